"""When a line of an order may be reviewed. Pure."""

from orders.ordering.workflow import OrderState

REVIEWABLE = frozenset({OrderState.RECEIVED, OrderState.COMPLETED})


def may_review(state: OrderState, units: int, refunded_units: int) -> bool:
    """After receipt, unless everything went back."""
    return state in REVIEWABLE and refunded_units < units
