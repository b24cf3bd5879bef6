"""Public notice before a decision, counted in working days."""
