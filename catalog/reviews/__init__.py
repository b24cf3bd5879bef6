"""Reviews: what buyers say of what they received, the seller's one answer, reports, and hiding with a reason on record.

Nothing here deletes: 电子商务法 第39条. Whether somebody received the goods is known above, to orders.
"""
