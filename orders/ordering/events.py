"""What others may want to hear of orders, in the transaction it happens in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """Before the first parcel, paid or not."""

    order_id: int
