"""Deterministic demo data, built by the same rules as real data."""
