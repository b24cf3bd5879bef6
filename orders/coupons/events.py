"""What others may want to hear of coupons."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OffersChanged:
    """What everybody is offered is another thing now: a coupon was made or stopped, ran out, or is there again."""
