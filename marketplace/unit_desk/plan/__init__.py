"""The unit's year: what it set out to buy, what it bought for whom, and what waits to be done."""
