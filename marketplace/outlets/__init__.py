"""The three tiers of e-commerce outlets and the 专馆, 专区, 专柜.

It knows places, and refuses to know goods and orders.
"""
