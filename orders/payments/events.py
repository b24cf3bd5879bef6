"""What others may want to hear of payments."""

from dataclasses import dataclass

from orders.ordering.rules import PaymentMethod


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The whole amount of an order was kept, before or after it was shipped."""

    order_id: int
    method: PaymentMethod
    #: a unit's, released before it was paid
    pays_later: bool


@dataclass(frozen=True, slots=True)
class DisputeLost:
    """A bank gave an order's buyer the money back for good."""

    order_id: int
