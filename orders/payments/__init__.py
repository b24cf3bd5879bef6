"""Payments, providers and their events; money arriving twice, late or never."""
