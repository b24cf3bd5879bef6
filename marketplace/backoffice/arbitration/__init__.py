"""What buyers bring before the platform."""
