"""The outside world of money: one Protocol, one module per provider, and the registry that holds them."""
