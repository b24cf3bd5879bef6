"""What may be sold as a poverty-alleviation product.

Declared products, linkage to households, applications, certificates.
"""
