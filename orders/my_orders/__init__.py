"""The buyer's view of their orders."""
