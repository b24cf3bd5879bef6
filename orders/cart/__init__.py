"""Carts of guests and members."""
