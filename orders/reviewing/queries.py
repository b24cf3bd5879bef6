"""Whose line it is, and who received something."""

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from orders.ordering.models import Order, OrderLine
from orders.ordering.queries import LineFacts, lines_of
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer
from orders.reviewing.rules import REVIEWABLE


def require_own_line(actor: Actor, number: str, line_id: int) -> tuple[Order, LineFacts]:
    """A line of a member's own order; a unit's order is not one. Raises NotFound."""
    order = require_buyers_order(Buyer(actor.user_id), number)
    if order.user_id != actor.user_id or order.purchase_order_id is not None:
        raise NotFound
    line = next((each for each in lines_of(order.id) if each.id == line_id), None)
    if line is None:
        raise NotFound
    return order, line


def has_received(user_id: int, listing_id: int) -> bool:
    """Whether a member has something of a listing from an order of their own, not all of it refunded."""
    query = (
        select(OrderLine.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.user_id == user_id,
            Order.purchase_order_id.is_(None),
            Order.state.in_(REVIEWABLE),
            OrderLine.listing_id == listing_id,
            OrderLine.refunded_units < OrderLine.units,
        )
        .limit(1)
    )
    return db.session.scalar(query) is not None
