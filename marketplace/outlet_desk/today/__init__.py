"""The first page of the outlet's desk."""
