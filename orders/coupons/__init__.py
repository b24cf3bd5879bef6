"""Coupons: who bears them, what they take off, how often they may be used. Knows nothing of carts or prices' making."""
