"""Invoices: who wants one, what it may say, the supplier's papers, red ones for what went back."""
