"""The public face: home, category, search, product, village and member pages. Owns no tables."""
