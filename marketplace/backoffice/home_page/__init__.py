"""What the platform puts forward on the home page, kept by an admin: slots and fixed hot words with their days."""
