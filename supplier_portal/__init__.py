"""The face for suppliers: papers, households, products, listings, shipping, statements. Owns no tables."""
