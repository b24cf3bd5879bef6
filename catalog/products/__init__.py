"""Listings and SKUs: how a declared product is offered for sale."""
