"""One order as a report shows it: its postings, as far as they concern the reader's regions, and no buyer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.regions.queries import rows_of, within
from marketplace.reporting.facts import Sale, sale_of_order
from marketplace.reporting.order_lists import OrderRow
from marketplace.reporting.queries import roots_of
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import GOODS_KINDS, AccountKind, EntryKind, IncomeState
from orders.ordering.models import LineIncome, Order, OrderLine


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One posting of an order as a report shows it."""

    entry_id: int
    at: datetime
    kind: EntryKind
    account: str
    account_kind: AccountKind
    state: IncomeState | None
    title: str
    household_id: int | None
    village_code: str | None
    fen: int


@dataclass(frozen=True, slots=True)
class OrderDetail:
    order: OrderRow
    postings: list[PostingRow]


def order_detail(actor: Actor, number: str) -> OrderDetail:
    """An order's postings, as far as they concern the person's regions. Raises NotFound for any other order."""
    scopes = list(rows_of(roots_of(actor)).values())
    order = db.session.execute(
        select(Order.id, Order.number, Order.state, Sale.at)
        .join(Sale, sale_of_order())
        .where(Order.number == number)
    ).one_or_none()
    if order is None:
        raise NotFound
    seen = or_(
        *(
            or_(
                within(LineIncome.village_code, region),
                and_(Posting.line_income_id.is_(None), within(OrderLine.origin_code, region)),
            )
            for region in scopes
        )
    )
    rows: Iterable[Any] = db.session.execute(
        select(
            JournalEntry.id,
            JournalEntry.at,
            JournalEntry.kind,
            Posting.account,
            Posting.account_kind,
            Posting.income_state,
            OrderLine.title,
            Posting.household_id,
            LineIncome.village_code,
            Posting.fen,
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(OrderLine, OrderLine.id == Posting.line_id)
        .outerjoin(LineIncome, LineIncome.id == Posting.line_income_id)
        .where(Posting.order_id == order.id, seen)
        .order_by(Posting.id)
    )
    postings = [PostingRow(*row) for row in rows]
    if not postings:
        raise NotFound
    sales = -sum(row.fen for row in postings if row.account_kind in GOODS_KINDS)
    income = -sum(row.fen for row in postings if row.state is not None)
    return OrderDetail(OrderRow(order.number, order.at, order.state, sales, income), postings)
