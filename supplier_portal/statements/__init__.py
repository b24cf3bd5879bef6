"""Supplier pages: statements."""
