"""Supplier pages: fulfilment."""
