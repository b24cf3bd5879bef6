"""The villages a unit is paired with, and buying from them first."""
