"""Supplier pages: listings."""
