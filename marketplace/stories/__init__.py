"""Stories of a village or of one household: written by who knows it, published by somebody else, shown only while the
household allows it. Knows nothing of goods, money or pages."""
