"""Produce taken in for suppliers."""
