"""The double-entry ledger: the only source of figures about money and income. Append-only."""
