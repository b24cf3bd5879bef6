"""The registers of outlets and of pairing: lists, records, forms, and tables in and out.

Kept by admins for the whole city and by officials for their own regions; whose a place is, the rooms below decide.
"""
