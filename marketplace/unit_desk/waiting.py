"""What waits for a unit: beside the entries of its navigation, and in 待办. Amounts are fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, case, func, select

from marketplace.kernel.db import db
from orders.bulk.models import PurchaseOrder
from orders.bulk.workflow import PurchaseState
from orders.fulfilment.models import Delivery
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState

#: with parcels on their way or there: afterwards there is nothing left to accept
SHIPPED = (OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of each wait for somebody of the unit; ``to_pay_fen`` with the first day it is due, where there is
    one."""

    to_approve: int
    returned: int
    drafts: int
    to_accept: int
    to_pay: int
    to_pay_fen: int
    pay_due_on: date | None
    unpaid_until: datetime | None


def _one(statement: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    return statement.scalar_subquery()


def waiting_for(unit_id: int) -> Waiting:
    """What waits for a unit now, in one statement."""
    own = PurchaseOrder.unit_id == unit_id
    ordered = (
        select(Order.id)
        .join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
        .where(own, Order.state.in_(SHIPPED))
    )
    unpaid = and_(own, Order.paid_at.is_(None), Order.state != OrderState.CANCELLED)

    def purchases(state: PurchaseState) -> ScalarSelect[Any]:
        return _one(select(func.count()).select_from(PurchaseOrder).where(own, PurchaseOrder.state == state))

    def to_pay(*what: Any) -> ScalarSelect[Any]:
        joined = select(*what).select_from(Order)
        return _one(joined.join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id).where(unpaid))

    row: Sequence[Any] = db.session.execute(
        select(
            purchases(PurchaseState.SUBMITTED),
            purchases(PurchaseState.RETURNED),
            purchases(PurchaseState.DRAFT),
            _one(
                select(func.count())
                .select_from(Delivery)
                .where(Delivery.accepted_at.is_(None), Delivery.order_id.in_(ordered))
            ),
            to_pay(func.count()),
            to_pay(func.coalesce(func.sum(Order.total_fen), 0)),
            to_pay(func.min(Order.pay_due_on)),
            to_pay(func.min(case((Order.pays_later.is_(False), Order.reserved_until)))),
        )
    ).one()
    return Waiting(*row)


def nav_counts(waiting: Waiting) -> dict[str, int]:
    return {
        "unit.purchases": waiting.to_approve + waiting.returned,
        "unit.acceptance": waiting.to_accept,
        "unit.transfers": waiting.to_pay,
    }
