"""Supplier pages: onboarding."""
