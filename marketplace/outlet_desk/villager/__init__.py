"""Orders for villagers who do not order themselves."""
