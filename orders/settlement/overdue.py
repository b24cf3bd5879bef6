"""Whose households wait for their money: confirmed income a supplier has not paid on, and since when. For finance, who
reminds; every figure is the ledger's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from orders.ledger.models import IncomeDue
from orders.settlement.parameters import PAY_WITHIN_DAYS


@dataclass(frozen=True, slots=True)
class Owing:
    """A supplier that owes ``households`` ``fen``; ``since`` is when the oldest of it was confirmed."""

    supplier_id: int
    supplier: str
    households: int
    fen: int
    since: datetime

    @property
    def due_at(self) -> datetime:
        return self.since + timedelta(days=PAY_WITHIN_DAYS.get())

    @property
    def is_overdue(self) -> bool:
        return self.due_at < clock.now()


def owing() -> list[Owing]:
    """Who owes households confirmed income, the longest first. One query."""
    since = func.min(IncomeDue.since)
    rows = db.session.execute(
        select(
            IncomeDue.supplier_id,
            Supplier.name,
            func.count(IncomeDue.household_id.distinct()),
            func.sum(IncomeDue.fen),
            since,
        )
        .join(Supplier, Supplier.id == IncomeDue.supplier_id)
        .group_by(IncomeDue.supplier_id, Supplier.name)
        .order_by(since, IncomeDue.supplier_id)
    )
    return [Owing(supplier_id, name, count, int(fen), since) for supplier_id, name, count, fen, since in rows]
