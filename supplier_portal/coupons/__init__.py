"""A supplier's own coupons."""
