"""Reported reviews: hidden with a reason on record, shown again, or left as they are."""
