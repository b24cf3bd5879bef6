"""Suppliers with their papers, and households with their status; who they are, not what they sell."""
