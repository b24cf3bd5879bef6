"""One confirmation that places an order per supplier, once."""
