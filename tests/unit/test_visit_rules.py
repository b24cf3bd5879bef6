"""Where a booking stands, for every state its order can be in."""

from datetime import UTC, datetime

import pytest

from orders.ordering.workflow import OrderState
from orders.visits.rules import VisitState, visit_state

REDEEMED = datetime(2026, 12, 5, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order", "redeemed_at", "stands"),
    [
        (OrderState.PLACED, None, VisitState.UNPAID),
        (OrderState.RELEASED, None, VisitState.EXPECTED),
        (OrderState.RECEIVED, REDEEMED, VisitState.MADE),
        (OrderState.COMPLETED, REDEEMED, VisitState.MADE),
        (OrderState.RECEIVED, None, VisitState.LAPSED),
        (OrderState.COMPLETED, None, VisitState.LAPSED),
        (OrderState.CANCELLED, None, VisitState.CANCELLED),
    ],
)
def test_where_a_booking_stands(order: OrderState, redeemed_at: datetime | None, stands: VisitState) -> None:
    assert visit_state(order, redeemed_at) is stands
