"""Reading the ledger: what became of each share, what is due to whom, where the money of an order went."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from certification.linkage.rules import IncomeKind, LinkageMode
from marketplace.kernel.db import db, read
from marketplace.kernel.money import units_carrying
from marketplace.presentation import MoneyPart
from orders.ledger.models import IncomeDue, JournalEntry, Posting
from orders.ledger.rules import FEE_KINDS, AccountKind, EntryKind, IncomeState, Share
from orders.ordering.models import LineIncome, Order, OrderLine
from orders.ordering.queries import LineFacts
from orders.ordering.workflow import OrderState

#: the most parameters one IN list gets
_BATCH = 500


@dataclass(frozen=True, slots=True)
class DueRow:
    """A share that is confirmed and not yet paid out; ``fen`` is what is left of it, ``units`` those it is for."""

    line_income_id: int
    household_id: int
    village_code: str
    order_id: int
    order_number: str
    title: str
    sku_name: str
    units: int
    mode: LinkageMode
    kind: IncomeKind
    completed_at: datetime | None
    fen: int


@dataclass(frozen=True, slots=True)
class HouseholdDue:
    """All that is due to one household from one supplier, in fen."""

    household_id: int
    fen: int
    rows: int


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """Where an order's money is, in fen. ``supplier_fen`` is after fee and lost disputes and before what it
    owes households."""

    funds_fen: int = 0
    supplier_fen: int = 0
    freight_fen: int = 0
    fee_fen: int = 0
    household_fen: int = 0
    #: what platform or government adds to what the buyer paid
    subsidy_fen: int = 0

    def parts(self) -> list[MoneyPart]:
        """钱去了哪儿, for the money bar; adds up to what buyer and subsidy paid and have not got back."""
        return [
            MoneyPart("home", "农户", self.household_fen),
            MoneyPart("coop", "供应商", self.supplier_fen - self.household_fen),
            MoneyPart("freight", "运费", self.freight_fen),
            MoneyPart("plat", "平台", self.fee_fen),
        ]


_SHARES = (
    select(
        LineIncome.id,
        LineIncome.line_id,
        OrderLine.order_id,
        Order.supplier_id,
        LineIncome.household_id,
        LineIncome.fen,
        LineIncome.paid_at_receipt,
    )
    .join(OrderLine, OrderLine.id == LineIncome.line_id)
    .join(Order, Order.id == OrderLine.order_id)
    .order_by(LineIncome.id)
)
_SHARES_OF_ORDER = _SHARES.where(OrderLine.order_id == bindparam("order_id"))


def shares_of_order(order_id: int) -> list[Share]:
    """Every frozen share of an order, by id."""
    return [Share(*row) for row in read(_SHARES_OF_ORDER, {"order_id": order_id})]


def shares_by_id(line_income_ids: Sequence[int]) -> dict[int, Share]:
    """The frozen shares with these ids; unknown ids are left out."""
    found: dict[int, Share] = {}
    for start in range(0, len(line_income_ids), _BATCH):
        batch = line_income_ids[start : start + _BATCH]
        for row in db.session.execute(_SHARES.where(LineIncome.id.in_(batch))):
            found[row[0]] = Share(*row)
    return found


def income_states(line_income_ids: Collection[int]) -> dict[int, dict[IncomeState, int]]:
    """Fen per share and posted state, empty states left out; shares never posted are missing."""
    wanted = sorted(line_income_ids)
    found: dict[int, dict[IncomeState, int]] = defaultdict(dict)
    for start in range(0, len(wanted), _BATCH):
        rows = db.session.execute(
            select(Posting.line_income_id, Posting.income_state, -func.sum(Posting.fen))
            .where(
                Posting.line_income_id.in_(wanted[start : start + _BATCH]),
                Posting.income_state.is_not(None),
            )
            .group_by(Posting.line_income_id, Posting.income_state)
            .having(func.sum(Posting.fen) != 0)
        )
        for line_income_id, state, fen in rows:
            if line_income_id is not None and state is not None:
                found[line_income_id][state] = int(fen)
    return dict(found)


def kept_after_payout(line_income_ids: Collection[int]) -> dict[int, int]:
    """Fen per share that a household keeps although the sale was refunded; shares without any are missing."""
    kept = IncomeState.REVERSED_AFTER_PAYOUT
    states = income_states(line_income_ids)
    return {each: balances[kept] for each, balances in states.items() if kept in balances}


def due_rows(
    supplier_id: int, household_id: int | None = None, *, limit: int | None = None, offset: int = 0
) -> list[DueRow]:
    """Confirmed and not disbursed shares of a supplier, oldest first; one household's when named."""
    criteria = [IncomeDue.supplier_id == supplier_id]
    if household_id is not None:
        criteria.append(IncomeDue.household_id == household_id)
    rows: Iterable[Any] = db.session.execute(
        select(
            LineIncome.id,
            LineIncome.household_id,
            LineIncome.village_code,
            Order.id,
            Order.number,
            OrderLine.title,
            OrderLine.sku_name,
            func.coalesce(LineIncome.lot_units, OrderLine.units),
            LineIncome.mode,
            LineIncome.kind,
            Order.completed_at,
            IncomeDue.fen,
            LineIncome.fen,
        )
        .join(IncomeDue, IncomeDue.line_income_id == LineIncome.id)
        .join(OrderLine, OrderLine.id == LineIncome.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(*criteria)
        .order_by(LineIncome.id)
        .limit(limit)
        .offset(offset)
    )
    return [_due_row(row) for row in rows]


def _due_row(row: Any) -> DueRow:
    due = DueRow(*row[:-1])
    return replace(due, units=units_carrying(due.fen, row[-1], due.units))


def due_households(supplier_id: int) -> list[HouseholdDue]:
    """Households this supplier has to pay, the largest sum first."""
    total = func.sum(IncomeDue.fen)
    rows = db.session.execute(
        select(IncomeDue.household_id, total, func.count())
        .where(IncomeDue.supplier_id == supplier_id)
        .group_by(IncomeDue.household_id)
        .order_by(total.desc(), IncomeDue.household_id)
    )
    return [HouseholdDue(household_id, int(fen), count) for household_id, fen, count in rows]


def income_left(states: Mapping[int, OrderState], lines: Mapping[int, Sequence[LineFacts]]) -> dict[int, int]:
    """What each order brings households, in fen: by the ledger once it is paid, where what was refunded is taken back;
    before that what its lines froze, and nothing where it was cancelled. A query per 500 that something was given back
    of: of the rest the ledger says what was frozen (I7)."""
    found = {
        order_id: 0 if state is OrderState.CANCELLED else sum(line.income_fen for line in lines[order_id])
        for order_id, state in states.items()
    }
    wanted = sorted(order_id for order_id in found if any(line.refunded_units for line in lines[order_id]))
    for start in range(0, len(wanted), _BATCH):
        rows = db.session.execute(
            select(Posting.order_id, func.sum(Posting.fen))
            .where(
                Posting.order_id.in_(wanted[start : start + _BATCH]),
                Posting.account_kind == AccountKind.HOUSEHOLD_COST,
            )
            .group_by(Posting.order_id)
        )
        found |= {order_id: int(fen) for order_id, fen in rows if order_id is not None}
    return found


def _money(kinds: Mapping[str, int]) -> OrderMoney:
    """Where an order's money is now, of its sums by kind of account, debit +."""
    return OrderMoney(
        funds_fen=kinds.get(AccountKind.FUNDS, 0),
        supplier_fen=-kinds.get(AccountKind.SUPPLIER_DUE, 0) - kinds.get(AccountKind.DISPUTE_LOSS, 0),
        freight_fen=-kinds.get(AccountKind.FREIGHT_DUE, 0),
        fee_fen=-sum(kinds.get(kind, 0) for kind in FEE_KINDS),
        household_fen=kinds.get(AccountKind.HOUSEHOLD_COST, 0),
        subsidy_fen=kinds.get(AccountKind.SUBSIDY, 0),
    )


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What one entry moved of one order on accounts of one kind (and state), in fen, debit +; of how many postings."""

    entry_id: int
    at: datetime
    kind: EntryKind
    account_kind: AccountKind
    state: IncomeState | None
    fen: int
    postings: int


def order_rows(order_id: int) -> list[OrderRow]:
    """The ledger of one order in the order it was written, without saying which household. One query."""
    rows = db.session.execute(
        select(
            JournalEntry.id,
            JournalEntry.at,
            JournalEntry.kind,
            Posting.account_kind,
            Posting.income_state,
            func.sum(Posting.fen),
            func.count(),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.order_id == order_id)
        .group_by(
            JournalEntry.id, JournalEntry.at, JournalEntry.kind, Posting.account_kind, Posting.income_state
        )
        .order_by(JournalEntry.id, func.min(Posting.id))
    )
    return [OrderRow(*row[:3], AccountKind(row[3]), row[4], int(row[5]), row[6]) for row in rows]


def order_parts(order_id: int, rows: Sequence[OrderRow]) -> list[MoneyPart]:
    """钱去了哪儿 of one order: from its ``order_rows`` once paid, before that from what the order froze."""
    if rows:
        sums: dict[str, int] = defaultdict(int)
        for row in rows:
            sums[row.account_kind] += row.fen
        return _money(sums).parts()
    net, fee, income = db.session.execute(
        select(
            func.coalesce(func.sum(OrderLine.net_fen), 0),
            func.coalesce(func.sum(OrderLine.fee_fen), 0),
            func.coalesce(func.sum(OrderLine.income_fen), 0),
        ).where(OrderLine.order_id == order_id)
    ).one()
    freight = db.session.scalar(select(Order.freight_fen).where(Order.id == order_id)) or 0
    return OrderMoney(int(net) + freight, int(net - fee), freight, int(fee), int(income)).parts()


def household_totals(household_ids: Collection[int]) -> dict[int, dict[IncomeState, int]]:
    """Fen per household and posted state. One query."""
    rows = db.session.execute(
        select(Posting.household_id, Posting.income_state, -func.sum(Posting.fen))
        .where(Posting.household_id.in_(household_ids), Posting.income_state.is_not(None))
        .group_by(Posting.household_id, Posting.income_state)
        .having(func.sum(Posting.fen) != 0)
    )
    totals: dict[int, dict[IncomeState, int]] = {household_id: {} for household_id in household_ids}
    for household_id, state, fen in rows:
        if household_id is not None and state is not None:
            totals[household_id][state] = int(fen)
    return totals


def brought_by_supplier(household_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Fen in all posted states by (household, supplier): what selling with it has brought so far. One query."""
    rows = db.session.execute(
        select(Posting.household_id, Posting.supplier_id, -func.sum(Posting.fen))
        .where(Posting.household_id.in_(household_ids), Posting.income_state.is_not(None))
        .group_by(Posting.household_id, Posting.supplier_id)
    )
    return {
        (household_id, supplier_id): int(fen)
        for household_id, supplier_id, fen in rows
        if household_id is not None and supplier_id is not None
    }
