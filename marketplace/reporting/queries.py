"""Figures of a region and a period, from the ledger and nothing else.

An order counts in the period in which it was paid, wholly: refunds that come later are taken from it there, and the
income shows the state it is in now. Sales belong to the region the goods come from, income to the region of the
household. Additive figures add up over levels with the row 本级; distinct counts are counted anew at each level.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from certification.linkage.rules import IncomeKind
from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel.clock import local_day_start
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.presentation import MoneyPart
from marketplace.regions.queries import RegionRow, children_of, get_region, rows_of, within
from marketplace.regions.rules import CODE_LENGTH, RegionLevel, is_within, place_name
from marketplace.reporting.rules import BELOW, HOME_CITY, Period
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import AccountKind, EntryKind, IncomeState
from orders.ordering.models import LineIncome, Order, OrderLine
from orders.ordering.workflow import OrderState

ARRIVED = (IncomeState.DISBURSED, IncomeState.ACKNOWLEDGED)
_LINE_MONEY = (AccountKind.SUPPLIER_DUE, AccountKind.PLATFORM_FEE)


def roots_of(actor: Actor) -> list[str]:
    """Where this person's reports begin: the regions of an official; the city for the platform's own people.

    Raises NotFound for anybody else.
    """
    if actor.has_role(Role.ADMIN, Role.FINANCE, Role.AUDITOR):
        return [HOME_CITY]
    if not actor.official_regions:
        raise NotFound
    return actor.official_regions


def region_for(actor: Actor, code: str) -> RegionRow:
    """The region asked for, or the person's own. Raises NotFound outside their scope, as for a region that is none."""
    roots = roots_of(actor)
    if not code:
        return get_region(roots[0])
    region = get_region(code)
    scopes = rows_of(roots).values()
    if not any(is_within(region.code, scope.code, scope.level) for scope in scopes):
        raise NotFound("regions.unknown")
    return region


@dataclass(slots=True)
class Figures:
    """One row of a report; amounts in fen, ``sales_fen`` net of refunds and without freight."""

    code: str
    name: str
    is_own: bool = False
    sales_fen: int = 0
    fee_fen: int = 0
    #: what the goods from here bring households, wherever they live
    given_fen: int = 0
    orders: int = 0
    households: int = 0
    by_state: dict[IncomeState, int] = field(default_factory=lambda: defaultdict(int))
    by_kind: dict[IncomeKind, int] = field(default_factory=lambda: defaultdict(int))
    before_fen: int = 0

    @property
    def income_fen(self) -> int:
        """平台带来收入: all posted states."""
        return sum(self.by_state.values())

    @property
    def arrived_fen(self) -> int:
        """已到账: disbursed or acknowledged."""
        return sum(self.by_state.get(state, 0) for state in ARRIVED)

    @property
    def is_empty(self) -> bool:
        return not (self.sales_fen or self.orders or self.by_state or self.before_fen)


@dataclass(frozen=True, slots=True)
class Report:
    region: RegionRow
    period: Period
    rows: list[Figures]
    total: Figures
    #: sales counted once without rows or levels: equal to the rows' sum, or the page says so
    check_fen: int

    def parts(self) -> list[MoneyPart]:
        """钱去了哪儿 of this region's goods; adds up to the sales."""
        total = self.total
        return [
            MoneyPart("home", "农户", total.given_fen),
            MoneyPart("coop", "供应商", total.sales_fen - total.fee_fen - total.given_fen),
            MoneyPart("plat", "平台", total.fee_fen),
        ]


def _paid_in(period: Period) -> tuple[ColumnElement[bool], ...]:
    """The sale entries of the period; the other tables join on their order."""
    return (
        JournalEntry.kind == EntryKind.SALE,
        JournalEntry.at >= local_day_start(period.start),
        JournalEntry.at < local_day_start(period.end + timedelta(days=1)),
    )


def _group_key(column: Any, level: RegionLevel | None) -> ColumnElement[Any]:
    length = level.prefix_length if level else CODE_LENGTH
    return func.substr(column, 1, length)


def _sales(
    region: RegionRow, period: Period, *columns: Any, kinds: tuple[AccountKind, ...] = _LINE_MONEY
) -> Select[Any]:
    return (
        select(*columns)
        .select_from(JournalEntry)
        .join(Posting, Posting.order_id == JournalEntry.order_id)
        .join(OrderLine, OrderLine.id == Posting.line_id)
        .where(
            *_paid_in(period),
            Posting.account_kind.in_(kinds),
            within(OrderLine.origin_code, region),
        )
    )


def _income(region: RegionRow, period: Period, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(JournalEntry)
        .join(Posting, Posting.order_id == JournalEntry.order_id)
        .join(LineIncome, LineIncome.id == Posting.line_income_id)
        .where(*_paid_in(period), Posting.income_state.is_not(None), within(LineIncome.village_code, region))
    )


def build_report(region: RegionRow, period: Period) -> Report:
    """The region's rows and total. Eight queries, whatever there is."""
    below = BELOW.get(region.level)
    rows: dict[str, Figures] = {
        child.code: Figures(child.code, place_name(child.name)) for child in children_of(region.code)
    }
    name = place_name(region.name)
    rows[region.code] = Figures(region.code, f"{name}本级" if below else name, is_own=True)
    total = Figures(region.code, name)
    _add_sales(rows, total, region, period, below)
    _add_before(rows, total, region, period.before(), below)
    _add_income(rows, total, region, period, below)
    _add_households(rows, total, region, period, below)
    check_fen, total.orders = db.session.execute(
        _sales(
            region, period, -func.coalesce(func.sum(Posting.fen), 0), func.count(Posting.order_id.distinct())
        )
    ).one()
    own = rows.pop(region.code)
    listed = sorted(rows.values(), key=lambda row: (-row.sales_fen, -row.income_fen, row.code))
    if not own.is_empty or not listed:
        listed.append(own)
    return Report(region, period, listed, total, int(check_fen))


def _at(rows: Mapping[str, Figures], region: RegionRow, key: str) -> Figures:
    """The row of a group; what names a region between two levels (东莞) belongs to the region itself."""
    return rows.get(key.ljust(CODE_LENGTH, "0"), rows[region.code])


def _add_sales(
    rows: dict[str, Figures], total: Figures, region: RegionRow, period: Period, below: RegionLevel | None
) -> None:
    key = _group_key(OrderLine.origin_code, below)
    sums = [
        func.coalesce(func.sum(case((Posting.account_kind == kind, Posting.fen), else_=0)), 0)
        for kind in (AccountKind.SUPPLIER_DUE, AccountKind.PLATFORM_FEE, AccountKind.HOUSEHOLD_COST)
    ]
    found: Iterable[Any] = db.session.execute(
        _sales(
            region,
            period,
            key,
            *sums,
            func.count(Posting.order_id.distinct()),
            kinds=(*_LINE_MONEY, AccountKind.HOUSEHOLD_COST),
        ).group_by(key)
    )
    for code, due, fee, cost, orders in found:
        at = _at(rows, region, code)
        at.orders += orders
        for row in (at, total):
            row.sales_fen -= int(due) + int(fee)
            row.fee_fen -= int(fee)
            row.given_fen += int(cost)


def _add_before(
    rows: dict[str, Figures], total: Figures, region: RegionRow, period: Period, below: RegionLevel | None
) -> None:
    key = _group_key(OrderLine.origin_code, below)
    for code, sales in db.session.execute(_sales(region, period, key, -func.sum(Posting.fen)).group_by(key)):
        _at(rows, region, code).before_fen += int(sales)
        total.before_fen += int(sales)


def _add_income(
    rows: dict[str, Figures], total: Figures, region: RegionRow, period: Period, below: RegionLevel | None
) -> None:
    key = _group_key(LineIncome.village_code, below)
    found: Iterable[Any] = db.session.execute(
        _income(region, period, key, Posting.income_state, LineIncome.kind, -func.sum(Posting.fen))
        .group_by(key, Posting.income_state, LineIncome.kind)
        .having(func.sum(Posting.fen) != 0)
    )
    for code, state, kind, fen in found:
        for row in (_at(rows, region, code), total):
            row.by_state[state] += int(fen)
            row.by_kind[kind] += int(fen)


def _add_households(
    rows: dict[str, Figures], total: Figures, region: RegionRow, period: Period, below: RegionLevel | None
) -> None:
    """Households with income left after refunds; each is counted where it lives, so the rows' counts add up."""
    key = _group_key(LineIncome.village_code, below).label("key")
    with_income = (
        _income(region, period, key, LineIncome.household_id)
        .group_by(key, LineIncome.household_id)
        .having(func.sum(Posting.fen) < 0)
        .subquery()
    )
    counted = select(with_income.c.key, func.count()).group_by(with_income.c.key)
    for code, households in db.session.execute(counted):
        _at(rows, region, code).households += households
    distinct = select(func.count(with_income.c.household_id.distinct()))
    total.households = db.session.scalar(distinct) or 0


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What one order brought this region, in fen."""

    number: str
    paid_at: datetime
    state: OrderState
    sales_fen: int
    income_fen: int


def order_rows(region: RegionRow, period: Period, page: int | None) -> Page[OrderRow]:
    """The orders behind a total, newest first; their amounts add up to it. ``page`` None: all, for an export."""
    here = _part_of_region(region)
    listed = here.where(*_paid_in(period)).order_by(JournalEntry.at.desc(), Order.id.desc())
    total = db.session.scalar(select(func.count()).select_from(listed.subquery())) or 0
    if page is not None:
        listed = listed.limit(PAGE_SIZE).offset(offset_of(page))
    items = [
        OrderRow(row.number, row.at, row.state, int(row.sales), int(row.income))
        for row in db.session.execute(listed)
    ]
    return Page(items, page or 1, total, PAGE_SIZE if page is not None else max(total, 1))


def _part_of_region(region: RegionRow) -> Select[Any]:
    """Per order what of its lines comes from the region, and what of its income goes there."""
    sold_here = and_(Posting.account_kind.in_(_LINE_MONEY), within(OrderLine.origin_code, region))
    earned_here = and_(Posting.income_state.is_not(None), within(LineIncome.village_code, region))
    return (
        select(
            Order.id,
            Order.number,
            Order.state,
            JournalEntry.at,
            (-func.coalesce(func.sum(case((sold_here, Posting.fen), else_=0)), 0)).label("sales"),
            (-func.coalesce(func.sum(case((earned_here, Posting.fen), else_=0)), 0)).label("income"),
        )
        .select_from(JournalEntry)
        .join(Order, Order.id == JournalEntry.order_id)
        .join(Posting, Posting.order_id == JournalEntry.order_id)
        .join(OrderLine, OrderLine.id == Posting.line_id)
        .outerjoin(LineIncome, LineIncome.id == Posting.line_income_id)
        .where(JournalEntry.kind == EntryKind.SALE, or_(sold_here, earned_here))
        .group_by(Order.id, Order.number, Order.state, JournalEntry.at)
    )


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
    found = [
        row
        for region in scopes
        for row in db.session.execute(_part_of_region(region).where(Order.number == number))
    ]
    if not found:
        raise NotFound
    first = found[0]
    order = OrderRow(
        first.number,
        first.at,
        first.state,
        sum(int(row.sales) for row in found),
        sum(int(row.income) for row in found),
    )
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
        .where(Posting.order_id == first.id, seen)
        .order_by(Posting.id)
    )
    return OrderDetail(order, [PostingRow(*row) for row in rows])
