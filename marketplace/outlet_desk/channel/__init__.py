"""The outlet's own link and code."""
