"""Paying households: disbursements, bank bounces, acknowledgement, statements."""
