"""Questions about goods: hidden with a reason on record, and shown again."""
