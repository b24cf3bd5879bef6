"""Orders and their lines, frozen when placed, and the order state machine."""
