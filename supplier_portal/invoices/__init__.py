"""Issuing invoices, tax rates, the accountant's list."""
