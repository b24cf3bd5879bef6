"""What the plan page asks besides plan, arrangements and progress: sums by budget, and what waits. Fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select

from marketplace.kernel.clock import local_day_start
from marketplace.kernel.db import db
from orders.bulk.models import PurchaseOrder
from orders.bulk.rules import Purpose
from orders.bulk.workflow import PurchaseState
from orders.fulfilment.models import Delivery
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import AccountKind, EntryKind
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState

#: what is delivered first is to be paid when it was received
DELIVERED = (OrderState.SHIPPED, OrderState.RECEIVED, OrderState.COMPLETED)


def bought_by_purpose(unit_id: int, year: int) -> dict[Purpose, int]:
    """What counts to a unit's budgets of a year: goods paid in that year, without freight, refunds taken off."""
    sale = select(JournalEntry.order_id).where(
        JournalEntry.kind == EntryKind.SALE,
        JournalEntry.at >= local_day_start(date(year, 1, 1)),
        JournalEntry.at < local_day_start(date(year + 1, 1, 1)),
    )
    rows = db.session.execute(
        select(PurchaseOrder.purpose, -func.sum(Posting.fen))
        .join(Order, Order.purchase_order_id == PurchaseOrder.id)
        .join(Posting, Posting.order_id == Order.id)
        .where(
            Order.unit_id == unit_id,
            Order.id.in_(sale),
            Posting.line_id.is_not(None),
            Posting.account_kind.in_((AccountKind.SUPPLIER_DUE, AccountKind.PLATFORM_FEE)),
        )
        .group_by(PurchaseOrder.purpose)
    )
    return {purpose: int(fen) for purpose, fen in rows}


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
    ordered = select(Order.id).join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id).where(own)
    unpaid = and_(
        own,
        Order.paid_at.is_(None),
        or_(
            and_(Order.pays_later.is_(False), Order.state == OrderState.PLACED),
            and_(Order.pays_later, Order.state.in_(DELIVERED)),
        ),
    )

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
            to_pay(func.min(Order.reserved_until)),
        )
    ).one()
    return Waiting(*row)
