"""A host's calendar of places, who is expected, and taking codes at the gate."""
