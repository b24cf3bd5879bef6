"""What the demo shop is made of: text, prices, places and intentions. Pure data and rules, no database."""
