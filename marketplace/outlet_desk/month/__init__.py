"""How the outlet does."""
