"""Registering a unit, correcting what an admin returned, its papers and contact, and switching between units."""
