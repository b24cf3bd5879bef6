"""Units on hand per SKU and supply lot; reserving, selling, returning. Never oversold."""
