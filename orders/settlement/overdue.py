"""Whose households wait for their money: confirmed income a supplier has not paid on, and since when. For finance, who
reminds; every figure is the ledger's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from orders.ledger.models import Posting
from orders.ledger.rules import IncomeState
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
    """Who owes households confirmed income, the longest first. One query; a share counts while more of it was confirmed
    than paid on."""
    share = (
        select(
            Posting.supplier_id,
            Posting.household_id,
            (-func.sum(Posting.fen)).label("fen"),
            func.min(Posting.at).label("since"),
        )
        .where(Posting.income_state == IncomeState.CONFIRMED)
        .group_by(Posting.supplier_id, Posting.household_id, Posting.line_income_id)
        .having(func.sum(Posting.fen) < 0)
        .subquery()
    )
    rows = db.session.execute(
        select(
            share.c.supplier_id,
            Supplier.name,
            func.count(share.c.household_id.distinct()),
            func.sum(share.c.fen),
            func.min(share.c.since),
        )
        .join(Supplier, Supplier.id == share.c.supplier_id)
        .group_by(share.c.supplier_id, Supplier.name)
        .order_by(func.min(share.c.since), share.c.supplier_id)
    )
    return [Owing(supplier_id, name, count, int(fen), since) for supplier_id, name, count, fen, since in rows]
