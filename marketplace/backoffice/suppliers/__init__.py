"""Admitting suppliers: their papers, approving, returning, suspending."""
