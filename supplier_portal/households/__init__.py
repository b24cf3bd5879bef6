"""Supplier pages: households."""
