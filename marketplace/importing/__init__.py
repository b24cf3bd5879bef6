"""Tables that people hand in: looked at without writing, confirmed as a whole."""
