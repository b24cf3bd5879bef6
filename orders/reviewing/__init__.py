"""The buyer's side of reviews: who received what may say how it was. What is said is the catalogue's."""
