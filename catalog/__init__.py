"""What is for sale: listings, their SKUs and stock, and finding them.

Asks certification what is in force; never copies it.
"""
