"""What a member's orders brought: a year of it, and the card of a year that may be passed on."""
