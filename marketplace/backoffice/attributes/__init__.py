"""What goods of a category can say of themselves."""
