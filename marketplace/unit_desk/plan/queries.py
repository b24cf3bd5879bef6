"""What the plan page asks besides plan, arrangements and progress: sums by budget, fen."""

from datetime import date

from sqlalchemy import func, select

from marketplace.kernel.clock import local_day_start
from marketplace.kernel.db import db
from orders.bulk.models import PurchaseOrder
from orders.bulk.rules import Purpose
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import GOODS_KINDS, EntryKind
from orders.ordering.models import Order


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
            Posting.account_kind.in_(GOODS_KINDS),
        )
        .group_by(PurchaseOrder.purpose)
    )
    return {purpose: int(fen) for purpose, fen in rows}
