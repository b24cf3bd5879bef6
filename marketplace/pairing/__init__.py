"""Which unit is paired with which village or household, and what was agreed for a year.

Progress is not here: it is reporting's, from what was bought.
"""
