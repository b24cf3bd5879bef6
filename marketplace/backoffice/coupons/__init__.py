"""Coupons over all suppliers, borne by the platform or a government."""
