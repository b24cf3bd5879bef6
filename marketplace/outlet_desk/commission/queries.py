"""An outlet's commission, entry by entry, as the ledger has it. Amounts are fen; above zero the outlet is owed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import AccountKind, EntryKind
from orders.ordering.models import Order


@dataclass(frozen=True, slots=True)
class Sums:
    """``month_fen`` of one month; of all time, ``earned_fen`` less what went back, and ``settled_fen`` of it that
    suppliers settled with their bills."""

    month_fen: int
    earned_fen: int
    settled_fen: int

    @property
    def open_fen(self) -> int:
        return self.earned_fen - self.settled_fen


@dataclass(frozen=True, slots=True)
class CommissionRow:
    """What one entry brought or took. The outlet ids tell for what: one of them is the outlet's own."""

    at: datetime
    kind: EntryKind
    order_number: str
    placed_outlet_id: int | None
    channel_outlet_id: int | None
    fen: int


_FEN = -func.sum(Posting.fen)


def _account(outlet_id: int) -> str:
    return f"{AccountKind.OUTLET_FEE}:{outlet_id}"


def sums_of(outlet_id: int, first: date, after: date) -> Sums:
    """One query."""
    start, end = clock.local_day_start(first), clock.local_day_start(after)
    is_settling = JournalEntry.kind == EntryKind.SETTLE
    in_month = (Posting.at >= start) & (Posting.at < end)
    month, earned, settled = db.session.execute(
        select(
            func.sum(case((~is_settling & in_month, -Posting.fen), else_=0)),
            func.sum(case((~is_settling, -Posting.fen), else_=0)),
            func.sum(case((is_settling, Posting.fen), else_=0)),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == _account(outlet_id))
    ).one()
    return Sums(int(month or 0), int(earned or 0), int(settled or 0))


def _rows(outlet_id: int, first: date, after: date, limit: int | None, offset: int) -> list[CommissionRow]:
    rows = db.session.execute(
        select(
            JournalEntry.at,
            JournalEntry.kind,
            Order.number,
            Order.placed_outlet_id,
            Order.channel_outlet_id,
            _FEN,
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == Posting.order_id)  # settling names no order
        .where(*_in_month(outlet_id, first, after))
        .group_by(JournalEntry.id, Order.id)
        .order_by(JournalEntry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [CommissionRow(*row[:-1], int(row[-1])) for row in rows]


def _in_month(outlet_id: int, first: date, after: date) -> list[ColumnElement[bool]]:
    return [
        Posting.account == _account(outlet_id),
        Posting.order_id.is_not(None),
        Posting.at >= clock.local_day_start(first),
        Posting.at < clock.local_day_start(after),
    ]


def commission_page(outlet_id: int, first: date, after: date, page: int) -> Page[CommissionRow]:
    """Newest first. Two queries."""
    total = db.session.scalar(
        select(func.count(Posting.entry_id.distinct())).where(*_in_month(outlet_id, first, after))
    )
    return Page(_rows(outlet_id, first, after, PAGE_SIZE, offset_of(page)), page, total or 0)


def all_commission(outlet_id: int, first: date, after: date) -> list[CommissionRow]:
    """``commission_page`` without pages."""
    return _rows(outlet_id, first, after, None, 0)
