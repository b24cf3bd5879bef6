"""How a supplier is bound to households and what one sold unit yields to each of them."""
