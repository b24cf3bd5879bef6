"""Parcels that come, lie and go."""
