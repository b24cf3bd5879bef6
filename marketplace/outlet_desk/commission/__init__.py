"""What the outlet earns."""
