"""How much of a packing somebody has bought already, where its supplier limits that."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState


def bought_units(buyer_key: str, days_of: Mapping[int, int]) -> dict[int, int]:
    """Units by SKU this buyer ordered within that many days, 0 for ever; what was cancelled, ran out of time or was
    refunded is not among them. One statement, none for nothing. Packings never bought are left out."""
    if not days_of:
        return {}
    moment = clock.now()
    within = [
        and_(OrderLine.sku_id == sku_id, Order.placed_at > _since(moment, days))
        if days
        else OrderLine.sku_id == sku_id
        for sku_id, days in sorted(days_of.items())
    ]
    rows = db.session.execute(
        select(OrderLine.sku_id, func.sum(OrderLine.units - OrderLine.refunded_units))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.buyer_key == buyer_key, Order.state != OrderState.CANCELLED, or_(*within))
        .group_by(OrderLine.sku_id)
    )
    return {sku_id: int(units) for sku_id, units in rows}


def _since(moment: datetime, days: int) -> datetime:
    return moment - timedelta(days=days)
