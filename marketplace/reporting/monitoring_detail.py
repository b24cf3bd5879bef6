"""What stands behind a light, straight from the ledger: by agreement, by household, order by order, and the lots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, union

from certification.linkage.models import LinkageAgreement, LinkageMember, SupplyLot, WorkSheet
from certification.linkage.workflow import AgreementState, SheetState
from marketplace.kernel.clock import local_day_start
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.reporting.facts import Sale, sale_of_order
from marketplace.reporting.monitoring_rules import Window
from orders.ledger.models import Posting
from orders.ledger.rules import PAID_OUT, IncomeState
from orders.ordering.models import LineIncome, Order, OrderLine

LATEST = 10
#: agreements that bind or have bound households
_BOUND = (AgreementState.ACTIVE, AgreementState.ENDED)
_KEPT = (*PAID_OUT, IncomeState.REVERSED_AFTER_PAYOUT)


@dataclass(frozen=True, slots=True)
class AgreementFact:
    """``paid_fen`` has reached households; ``lots`` and ``sheets`` of the window, ``minutes`` worked."""

    id: int
    version: int
    state: AgreementState
    starts_on: date
    ends_on: date
    members: int
    income_fen: int
    paid_fen: int
    lots: int
    sheets: int


@dataclass(frozen=True, slots=True)
class HouseholdFact:
    """A household of the agreements or with income from the product; ``income_fen`` may be 0."""

    household_id: int
    income_fen: int
    paid_fen: int

    @property
    def waiting_fen(self) -> int:
        return self.income_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class OrderFact:
    """What one order brought households by the product, after refunds."""

    number: str
    paid_at: datetime
    units: int
    income_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class LotFact:
    number: str
    received_on: date
    grams: int
    units: int
    total_fen: int


def _within(window: Window) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """By the day the order was paid, in Xi'an."""
    return (
        Sale.at >= local_day_start(window.start),
        Sale.at < local_day_start(window.end + timedelta(days=1)),
    )


_INCOME = -func.sum(Posting.fen)
_PAID = -func.sum(case((Posting.income_state.in_(_KEPT), Posting.fen), else_=0))


def _incomes(product_id: int, window: Window, *columns: Any) -> Any:
    """Income postings of the product's lines paid in the window; every state, so that refunds are taken off."""
    return (
        select(*columns, _INCOME.label("fen"), _PAID.label("paid_fen"))
        .select_from(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Sale, sale_of_order())
        .join(LineIncome, LineIncome.line_id == OrderLine.id)
        .join(Posting, Posting.line_income_id == LineIncome.id)
        .where(OrderLine.product_id == product_id, Posting.income_state.is_not(None), *_within(window))
        .group_by(*columns)
    )


def agreements_of(product_id: int, window: Window) -> list[AgreementFact]:
    """Agreements of the product that bind, bound or brought something, newest first. Five queries."""
    incomes = {
        agreement_id: (int(fen), int(paid))
        for agreement_id, fen, paid in db.session.execute(
            _incomes(product_id, window, OrderLine.agreement_id)
        )
    }
    agreements = db.session.scalars(
        select(LinkageAgreement)
        .where(LinkageAgreement.product_id == product_id, LinkageAgreement.state.in_(_BOUND))
        .order_by(LinkageAgreement.id.desc())
    ).all()
    ids = [each.id for each in agreements]
    members = _counts(LinkageMember.agreement_id, ids)
    days = (window.start, window.end)
    lots = _counts(SupplyLot.agreement_id, ids, SupplyLot.received_on.between(*days))
    closed = (WorkSheet.state == SheetState.CLOSED, WorkSheet.until_on.between(*days))
    sheets = _counts(WorkSheet.agreement_id, ids, *closed)
    return [
        AgreementFact(
            each.id,
            each.version,
            each.state,
            each.starts_on,
            each.ends_on,
            members.get(each.id, 0),
            *incomes.get(each.id, (0, 0)),
            lots.get(each.id, 0),
            sheets.get(each.id, 0),
        )
        for each in agreements
    ]


def _counts(column: Any, ids: Sequence[int], *criteria: ColumnElement[bool]) -> dict[int, int]:
    rows = db.session.execute(select(column, func.count()).where(column.in_(ids), *criteria).group_by(column))
    return {each: int(count) for each, count in rows}


def households_of(product_id: int, window: Window, page: int) -> Page[HouseholdFact]:
    """Everybody promised something or reached, least income first: who got nothing is what one looks for."""
    incomes = _incomes(product_id, window, LineIncome.household_id).subquery()
    bound = (
        select(LinkageMember.household_id)
        .join(LinkageAgreement, LinkageAgreement.id == LinkageMember.agreement_id)
        .where(LinkageAgreement.product_id == product_id, LinkageAgreement.state == AgreementState.ACTIVE)
    )
    everyone = union(bound, select(incomes.c.household_id)).subquery()
    total = db.session.scalar(select(func.count()).select_from(everyone)) or 0
    fen = func.coalesce(incomes.c.fen, 0)
    rows = db.session.execute(
        select(everyone.c.household_id, fen, func.coalesce(incomes.c.paid_fen, 0))
        .select_from(everyone)
        .outerjoin(incomes, incomes.c.household_id == everyone.c.household_id)
        .order_by(fen, everyone.c.household_id)
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([HouseholdFact(each, int(got), int(paid)) for each, got, paid in rows], page, total)


def latest_orders(product_id: int, window: Window) -> list[OrderFact]:
    """The newest that brought something; all of them are in the report of the product."""
    found = db.session.execute(
        _incomes(product_id, window, Order.number, Sale.at, OrderLine.id, OrderLine.units)
        .order_by(Sale.at.desc(), OrderLine.id.desc())
        .limit(LATEST)
    )
    return [
        OrderFact(number, at, units, int(fen), int(paid)) for number, at, _line, units, fen, paid in found
    ]


def latest_lots(agreement_ids: Sequence[int], window: Window) -> list[LotFact]:
    rows = db.session.execute(
        select(SupplyLot.number, SupplyLot.received_on, SupplyLot.grams, SupplyLot.units, SupplyLot.total_fen)
        .where(
            SupplyLot.agreement_id.in_(agreement_ids),
            SupplyLot.received_on.between(window.start, window.end),
        )
        .order_by(SupplyLot.received_on.desc(), SupplyLot.id.desc())
        .limit(LATEST)
    )
    return [LotFact(*row) for row in rows]
