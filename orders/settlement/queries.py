"""Statements: what was paid to whom, what is due, what a period brought. All figures come from the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from marketplace.kernel.clock import local_day_start
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.money import units_carrying
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Household, Supplier
from marketplace.presentation import MoneyPart
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import FEE_KINDS, AccountKind, EntryKind, IncomeState
from orders.ordering.models import LineIncome, Order, OrderLine
from orders.settlement.models import Disbursement, DisbursementRow
from orders.settlement.workflow import DisbursementState


@dataclass(frozen=True, slots=True)
class DisbursementFacts:
    """One payment to a household, amount in fen."""

    id: int
    number: str
    supplier_id: int
    household_id: int
    village_code: str
    state: DisbursementState
    amount_fen: int
    paid_on: date
    voucher_number: str
    voucher_id: int
    recorded_at: datetime
    bounced_at: datetime | None
    bounce_reason: str | None
    acknowledged_at: datetime | None
    acknowledged_by: int | None


@dataclass(frozen=True, slots=True)
class PaidRow:
    """One share a disbursement paid: of which order and goods, in fen. ``units`` without those refunded before."""

    order_number: str
    title: str
    sku_name: str
    units: int
    fen: int


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """One share of a household and what has become of it, in fen. ``units`` are those it is for; all where none is."""

    line_income_id: int
    order_number: str
    title: str
    units: int
    sold_at: datetime
    fen: int
    accrued_fen: int
    confirmed_fen: int
    disbursed_fen: int
    acknowledged_fen: int
    reversed_after_payout_fen: int


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One journal entry as it moves a supplier's money and debts, in fen; ``goods_fen`` before the platform's fee."""

    entry_id: int
    at: datetime
    kind: EntryKind
    order_number: str | None
    goods_fen: int
    fee_fen: int
    freight_fen: int
    household_fen: int
    disbursed_fen: int
    loss_fen: int

    @property
    def own_fen(self) -> int:
        """What of it is the supplier's own once households are paid."""
        return self.goods_fen - self.fee_fen + self.freight_fen - self.household_fen - self.loss_fen


_FACTS = columns_of(Disbursement, DisbursementFacts)


def get_disbursement(disbursement_id: int) -> DisbursementFacts:
    """Raises NotFound. Whose it is, the caller checks."""
    found = disbursements_where(Disbursement.id == disbursement_id)
    if not found:
        raise NotFound
    return found[0]


def disbursements_where(
    *criteria: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[DisbursementFacts]:
    """Newest first. One query."""
    rows: Iterable[Any] = db.session.execute(
        select(*_FACTS).where(*criteria).order_by(Disbursement.id.desc()).limit(limit).offset(offset)
    )
    return [DisbursementFacts(*row) for row in rows]


def _looked_for(
    supplier_id: int | None, state: DisbursementState | None, looked: LookedFor
) -> list[ColumnElement[bool]]:
    criteria = looked.dated(Disbursement.paid_on)
    if looked.text:
        supplier = select(Supplier.id).where(*looked.mentioned(Supplier.name))
        household = select(Household.id).where(*looked.mentioned(Household.code))
        words = looked.mentioned(Disbursement.number, Disbursement.voucher_number)
        criteria.append(
            or_(*words, Disbursement.supplier_id.in_(supplier), Disbursement.household_id.in_(household))
        )
    if supplier_id is not None:
        criteria.append(Disbursement.supplier_id == supplier_id)
    return criteria if state is None else [*criteria, Disbursement.state == state]


def disbursements(
    supplier_id: int | None, state: DisbursementState | None, page: int, looked: LookedFor = ANYTHING
) -> Page[DisbursementFacts]:
    """Payments to households, newest first; of all suppliers where none is named."""
    counts = count_disbursements(supplier_id, looked)
    criteria = _looked_for(supplier_id, state, looked)
    items = disbursements_where(*criteria, limit=PAGE_SIZE, offset=offset_of(page))
    return Page(items, page, sum(counts.values()) if state is None else counts.get(state, 0))


def all_disbursements(
    supplier_id: int | None, state: DisbursementState | None, looked: LookedFor
) -> list[DisbursementFacts]:
    """``disbursements`` without pages."""
    return disbursements_where(*_looked_for(supplier_id, state, looked))


def count_disbursements(
    supplier_id: int | None = None, looked: LookedFor = ANYTHING
) -> dict[DisbursementState, int]:
    return dict(
        db.session.execute(
            select(Disbursement.state, func.count())
            .where(*_looked_for(supplier_id, None, looked))
            .group_by(Disbursement.state)
        ).all()
    )


def disbursements_of_households(
    household_ids: Sequence[int], state: DisbursementState | None = None, limit: int = 50
) -> list[DisbursementFacts]:
    """What these households were paid, newest first."""
    criteria: list[ColumnElement[bool]] = [Disbursement.household_id.in_(household_ids)]
    if state is not None:
        criteria.append(Disbursement.state == state)
    return disbursements_where(*criteria, limit=limit)


def disbursements_of_villages(
    village_codes: Sequence[str], page: int, state: DisbursementState | None = None
) -> Page[DisbursementFacts]:
    """What households of these villages were paid, newest first; for the villages' officials."""
    criteria: list[ColumnElement[bool]] = [Disbursement.village_code.in_(village_codes)]
    if state is not None:
        criteria.append(Disbursement.state == state)
    items = disbursements_where(*criteria, limit=PAGE_SIZE, offset=offset_of(page))
    total = db.session.scalar(select(func.count()).select_from(Disbursement).where(*criteria)) or 0
    return Page(items, page, total)


def rows_of_disbursement(disbursement_id: int) -> list[PaidRow]:
    """The fixed list a disbursement closed."""
    rows: Iterable[Any] = db.session.execute(
        select(
            Order.number,
            OrderLine.title,
            OrderLine.sku_name,
            func.coalesce(LineIncome.lot_units, OrderLine.units),
            DisbursementRow.fen,
            LineIncome.fen,
        )
        .join(LineIncome, LineIncome.id == DisbursementRow.line_income_id)
        .join(OrderLine, OrderLine.id == LineIncome.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(DisbursementRow.disbursement_id == disbursement_id)
        .order_by(DisbursementRow.line_income_id)
    )
    return [
        PaidRow(number, title, sku_name, units_carrying(paid_fen, fen, units), paid_fen)
        for number, title, sku_name, units, paid_fen, fen in rows
    ]


def _in_state(state: IncomeState) -> ColumnElement[Any]:
    return -func.coalesce(func.sum(case((Posting.income_state == state, Posting.fen), else_=0)), 0)


def _income_row(row: Any) -> IncomeRow:
    states = [int(getattr(row, state.value)) for state in IncomeState]
    units = units_carrying(sum(states), row.fen, row.units) or row.units
    return IncomeRow(row.id, row.number, row.title, units, row.paid_at, row.fen, *states)


def household_income_rows(household_ids: Sequence[int], page: int) -> Page[IncomeRow]:
    """What each sale brought these households and what became of it, newest first."""
    base = (
        select(Posting.line_income_id)
        .where(Posting.household_id.in_(household_ids), Posting.income_state.is_not(None))
        .group_by(Posting.line_income_id)
    )
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    items = _household_incomes(household_ids, PAGE_SIZE, offset_of(page))
    return Page(items, page, total)


def all_household_income_rows(household_ids: Sequence[int]) -> list[IncomeRow]:
    """The same without pages, for a statement."""
    return _household_incomes(household_ids, None, 0)


def _household_incomes(household_ids: Sequence[int], limit: int | None, offset: int) -> list[IncomeRow]:
    states = (
        select(
            Posting.line_income_id.label("line_income_id"),
            *(_in_state(state).label(state.value) for state in IncomeState),
            func.min(Posting.at).label("sold_at"),
        )
        .where(Posting.household_id.in_(household_ids), Posting.income_state.is_not(None))
        .group_by(Posting.line_income_id)
        .order_by(func.min(Posting.at).desc(), Posting.line_income_id.desc())
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    rows = db.session.execute(
        select(
            LineIncome.id,
            Order.number,
            OrderLine.title,
            func.coalesce(LineIncome.lot_units, OrderLine.units).label("units"),
            Order.paid_at,
            LineIncome.fen,
            states,
        )
        .join(states, states.c.line_income_id == LineIncome.id)
        .join(OrderLine, OrderLine.id == LineIncome.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .order_by(states.c.sold_at.desc(), LineIncome.id.desc())
    )
    return [_income_row(row) for row in rows]


_PAID_ON = (IncomeState.DISBURSED, IncomeState.ACKNOWLEDGED, IncomeState.REVERSED_AFTER_PAYOUT)


def _sum_of(*criteria: ColumnElement[bool]) -> ColumnElement[Any]:
    matches = criteria[0]
    for criterion in criteria[1:]:
        matches &= criterion
    return func.coalesce(func.sum(case((matches, Posting.fen), else_=0)), 0)


def _statement_sums() -> tuple[ColumnElement[Any], ...]:
    """(net of fee, fee, freight, households' cost, paid to households, lost disputes), with the signs of postings."""
    kind = Posting.account_kind
    return (
        _sum_of(kind == AccountKind.SUPPLIER_DUE),
        _sum_of(kind.in_(FEE_KINDS)),
        _sum_of(kind == AccountKind.FREIGHT_DUE),
        _sum_of(kind == AccountKind.HOUSEHOLD_COST),
        _sum_of(kind == AccountKind.HOUSEHOLD_INCOME, Posting.income_state.in_(_PAID_ON)),
        _sum_of(kind == AccountKind.DISPUTE_LOSS),
    )


#: every posting that one of the sums counts: most of a sale's are what households are owed, and are told elsewhere
_TOLD = (
    Posting.account_kind.in_(
        (
            AccountKind.SUPPLIER_DUE,
            *FEE_KINDS,
            AccountKind.FREIGHT_DUE,
            AccountKind.HOUSEHOLD_COST,
            AccountKind.HOUSEHOLD_INCOME,
            AccountKind.DISPUTE_LOSS,
        )
    ),
    or_(Posting.account_kind != AccountKind.HOUSEHOLD_INCOME, Posting.income_state.in_(_PAID_ON)),
)
#: a settled bill clears accounts and moves nothing of what a statement tells: sales, fees, what households are owed
_NO_SETTLEMENT = or_(Posting.order_id.is_not(None), Posting.household_id.is_not(None))


def _period(start: date, end: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Both days included, in Asia/Shanghai."""
    return Posting.at >= local_day_start(start), Posting.at < local_day_start(end + timedelta(days=1))


def _statement_row(row: Any) -> StatementRow:
    due, fee, freight, cost, paid, loss = (int(value) for value in row[4:])
    return StatementRow(row[0], row[1], row[2], row[3], -due - fee, -fee, -freight, cost, -paid, loss)


def statement_rows(supplier_id: int, start: date, end: date, page: int | None) -> Page[StatementRow]:
    """A supplier's journal for a period, newest first; ``page`` None: all of it, for an export.

    Entries that move nothing of this (a confirmation, an acknowledgement) are left out.
    """
    sums = _statement_sums()
    moved = (
        select(Posting.entry_id, *(each.label(f"sum_{n}") for n, each in enumerate(sums)))
        .where(Posting.supplier_id == supplier_id, _NO_SETTLEMENT, *_TOLD, *_period(start, end))
        .group_by(Posting.entry_id)
        .having(or_(*(each != 0 for each in sums)))
    )
    total = db.session.scalar(select(func.count()).select_from(moved.subquery())) or 0
    moved = moved.order_by(Posting.entry_id.desc())
    if page is not None:
        moved = moved.limit(PAGE_SIZE).offset(offset_of(page))
    shown = moved.subquery()
    listed = (
        select(JournalEntry.id, JournalEntry.at, JournalEntry.kind, Order.number, *list(shown.c)[1:])
        .join(shown, shown.c.entry_id == JournalEntry.id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .order_by(JournalEntry.id.desc())
    )
    items = [_statement_row(row) for row in db.session.execute(listed)]
    return Page(items, page or 1, total, PAGE_SIZE if page is not None else max(total, 1))


@dataclass(frozen=True, slots=True)
class StatementTotals:
    """Sums of a period in fen."""

    goods_fen: int
    fee_fen: int
    freight_fen: int
    household_fen: int
    disbursed_fen: int
    #: lost disputes
    loss_fen: int = 0

    @property
    def own_fen(self) -> int:
        return self.goods_fen - self.fee_fen + self.freight_fen - self.household_fen - self.loss_fen

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_fen

    def parts(self, own: str) -> list[MoneyPart]:
        """钱去了哪儿 of the period, for the money bar; adds up to ``total_fen``. ``own`` names the supplier."""
        return [
            MoneyPart("home", "农户", self.household_fen),
            MoneyPart("coop", f"{own}（不含运费）", self.own_fen - self.freight_fen),
            MoneyPart("freight", "运费", self.freight_fen),
            MoneyPart("plat", "平台", self.fee_fen),
        ]


def statement_totals(supplier_id: int, start: date | None = None, end: date | None = None) -> StatementTotals:
    """The sums of ``statement_rows``; without a period, of all time."""
    criteria: list[ColumnElement[bool]] = [Posting.supplier_id == supplier_id, _NO_SETTLEMENT, *_TOLD]
    if start is not None and end is not None:
        criteria += _period(start, end)
    row = db.session.execute(select(*_statement_sums()).where(*criteria)).one()
    due, fee, freight, cost, paid, loss = (int(value) for value in row)
    return StatementTotals(-due - fee, -fee, -freight, cost, -paid, loss)
