"""Until when a parcel has to be on its way: so many hours after payment, or the day a pre-sale promised."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from marketplace.kernel import clock
from orders.ordering.models import Order


def ship_due(paid_at: datetime, ship_by: date | None, within: timedelta) -> datetime:
    """The moment it is late; a promised day lasts until midnight in Xi'an."""
    return paid_at + within if ship_by is None else clock.local_day_start(ship_by + timedelta(days=1))


def due_until(moment: datetime, within: timedelta) -> ColumnElement[bool]:
    """Whether an Order's parcel is due at ``moment`` or before."""
    return or_(
        and_(Order.ship_by.is_(None), Order.paid_at <= moment - within),
        and_(Order.ship_by.is_not(None), Order.ship_by < clock.local_date(moment)),
    )
