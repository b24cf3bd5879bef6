"""What goods of a category are told apart by, as data: definitions by category, and what a listing says of itself.
It knows no page, no filter and no price."""
