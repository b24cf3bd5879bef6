"""What waits for the platform, and its day in figures."""
