"""The households a supplier works with, masked; their income is shown by statements."""
