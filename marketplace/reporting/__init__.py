"""Figures about sales and income, all of them from the ledger, by region and period."""
