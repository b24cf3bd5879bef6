"""Outlets that collect produce for the supplier."""
