"""What was done by whom, and the parameters with their sources."""
