"""What is asked about a supplier's goods; answered on the listing's own page."""
