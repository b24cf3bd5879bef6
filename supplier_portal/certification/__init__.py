"""Supplier pages: declared products, linkage agreements and applications for certification."""
