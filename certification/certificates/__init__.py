"""Certificates: number, version, validity, state, and whether one is in force now."""
