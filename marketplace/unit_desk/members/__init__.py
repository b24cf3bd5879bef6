"""Who belongs to the unit in which role, and inviting others by a link."""
