"""Admitting partner units: their paper, approving, returning, suspending."""
