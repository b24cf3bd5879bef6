"""After-sales by line and quantity, before and after payout."""
