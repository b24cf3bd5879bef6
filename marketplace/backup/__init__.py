"""Backups of the database and the media files, and restoring one as a drill that verifies what it restored."""
