"""Purchase orders of partner units: drawn up by one person, approved by another, then placed with every supplier."""
