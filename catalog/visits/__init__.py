"""Places to be visited (采摘, 农家乐, 民宿): what a visit is, which dates are open, at what price, for how many.

A date is a packing of its listing, so its places are a stock row and are sold as goods are: reserved under the same
guard, priced above the same floor. It knows nothing of orders.
"""
