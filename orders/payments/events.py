"""What others may want to hear of payments."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The whole amount of an order was kept, before or after it was shipped."""

    order_id: int
