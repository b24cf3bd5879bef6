"""Goods on the shelf as the platform sees them: found, taken off sale with a reason on record, shown again."""
