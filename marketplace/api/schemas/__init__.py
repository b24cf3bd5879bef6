"""What the API takes and gives, by subject. Amounts are fen, weights grams, times UTC (RFC 3339)."""
