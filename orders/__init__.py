"""From the cart to the household's money: ordering, payment, delivery, refunds, the ledger and settlement."""
