"""Declared products and their categories: the things that are certified."""
