"""The orders behind a total, newest first, and an order's postings.

A page looks at the days on which the total has something, a few at a time: what it reads depends on the page, not on
how many orders there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true, union_all
from sqlalchemy.orm import aliased

from certification.linkage.models import SupplyLot
from certification.products.models import DeclaredProduct
from marketplace.kernel.clock import local_date, local_day_start
from marketplace.kernel.db import db
from marketplace.kernel.transaction import snapshot
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import RegionLevel, prefix_bounds
from marketplace.reporting.dimensions import POSITION, Dimension
from marketplace.reporting.facts import Sale, read_lines, read_postings
from marketplace.reporting.figures import Figures
from marketplace.reporting.folding import Sums, Value, blank, fold, period_of_day
from marketplace.reporting.models import LinePairing, PeriodTotal
from marketplace.reporting.progress import income_of
from marketplace.reporting.rules import BELOW, Period
from marketplace.reporting.totals import Asked, Tail, add_tail_at, read_tail, sums_at
from orders.ledger.models import Posting
from orders.ledger.rules import EntryKind
from orders.ordering.models import LineAllocation, LineIncome, Order, OrderLine
from orders.ordering.workflow import OrderState

PAGE = 20
#: the most days one page looks through
DAYS = 8
#: the most orders one file holds
EXPORT_LIMIT = 20_000
_BATCH = 1_000
_SALES = POSITION["sales_fen"]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """A total: its dimension and key, its region (``is_own``: what names exactly that region), its period."""

    region: RegionRow
    period: Period
    dimension: Dimension = Dimension.ALL
    key: str = ""
    is_own: bool = False

    @property
    def level(self) -> RegionLevel:
        below = BELOW.get(self.region.level)
        return below if self.is_own and below else self.region.level

    @property
    def bounds(self) -> tuple[str, str]:
        return prefix_bounds(self.region.code[: self.level.prefix_length])

    @property
    def asked(self) -> Asked:
        return Asked(self.dimension, self.period, self.key)

    def keeps(self, value: Value) -> bool:
        return value == (self.dimension, self.key)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the day, and the sale entry last shown of it (0: all of the day was)."""

    day: date
    entry_id: int

    def __str__(self) -> str:
        return f"{self.day:%Y%m%d}.{self.entry_id}"


def read_cursor(text: str) -> Cursor | None:
    """None for the first page, and for what is no cursor."""
    day, _, entry_id = text.partition(".")
    digits = day + entry_id
    if not (digits.isascii() and digits.isdigit() and len(day) == 8 and 0 < len(entry_id) <= 10):
        return None
    try:
        return Cursor(date(int(day[:4]), int(day[4:6]), int(day[6:])), min(int(entry_id), 2**31 - 1))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What one order brought to the total, in fen."""

    number: str
    paid_at: datetime
    state: OrderState
    sales_fen: int
    income_fen: int


@dataclass(frozen=True, slots=True)
class OrderPage:
    items: list[OrderRow]
    total: Figures
    next: Cursor | None


def orders_page(wanted: OrderFilter, cursor: Cursor | None) -> OrderPage:
    """Up to 20 orders after the cursor, fewer where the next ones lie many days back, and the total they belong to."""
    with snapshot():
        tail = read_tail(wanted.dimension)
        total = _total(wanted, tail)
        days, has_more = _days(wanted, cursor, tail)
        found = _paid(wanted, [(day, day) for day in days], _after(cursor), limit=PAGE + 1)
        shown = found[:PAGE]
        items = _rows(wanted, shown)
    if len(found) > PAGE:
        last = shown[-1]
        following: Cursor | None = Cursor(local_date(last.at), last.entry_id)
    else:
        following = Cursor(days[-1], 0) if has_more else None
    return OrderPage(items, total, following)


def all_orders(wanted: OrderFilter) -> list[OrderRow]:
    """Every order behind the total, for a file; at most EXPORT_LIMIT + 1, so that the caller can refuse."""
    with snapshot():
        whole = [(wanted.period.start, wanted.period.end)]
        return _rows(wanted, _paid(wanted, whole, true(), limit=EXPORT_LIMIT + 1))


def _total(wanted: OrderFilter, tail: Tail) -> Figures:
    asked = [wanted.asked]
    [sums] = sums_at(asked, wanted.level, wanted.region.code)
    add_tail_at(sums, tail, wanted.asked, wanted.level, wanted.region.code)
    return Figures(wanted.key, "", sums.get(wanted.key, blank()))


def _days(wanted: OrderFilter, cursor: Cursor | None, tail: Tail) -> tuple[list[date], bool]:
    """The next days on which the total has something, enough for a page; and whether there are more."""
    last = min(wanted.period.end, cursor.day) if cursor else wanted.period.end
    if cursor and cursor.entry_id == 0 and cursor.day <= wanted.period.end:
        last = cursor.day - timedelta(days=1)
    first, latest = period_of_day(wanted.period.start), period_of_day(last)
    rows = db.session.execute(
        select(PeriodTotal.period, PeriodTotal.orders)
        .where(
            PeriodTotal.dimension == wanted.dimension,
            PeriodTotal.key == wanted.key,
            PeriodTotal.level == wanted.level,
            PeriodTotal.region_code == wanted.region.code,
            PeriodTotal.period.in_(days_of(wanted.period.start, last)),
        )
        .order_by(PeriodTotal.period.desc())
        .limit(DAYS + 1)
    )
    orders: dict[int, int] = {period: count for period, count in rows}  # noqa: C416
    for (_, level, day, code, key), sums in tail.days[wanted.dimension].items():
        here = (level, code, key) == (wanted.level, wanted.region.code, wanted.key)
        if here and first <= day <= latest:
            orders[day] = orders.get(day, 0) + sums[POSITION["orders"]]
    chosen: list[date] = []
    expected = 0
    days = sorted(orders, reverse=True)
    for day in days[:DAYS]:
        chosen.append(date(day // 10_000, day // 100 % 100, day % 100))
        on_cursor_day = cursor is not None and chosen[-1] == cursor.day
        expected += 0 if on_cursor_day else orders[day]
        if expected > PAGE:
            break
    return chosen, len(days) > len(chosen)


def days_of(first: date, last: date) -> list[int]:
    """Every day as a period. Named one by one they are as many steps down an index, however much lies between."""
    count = max((last - first).days + 1, 0)
    return [period_of_day(first + timedelta(days=number)) for number in range(count)]


def _after(cursor: Cursor | None) -> ColumnElement[bool]:
    if cursor is None or cursor.entry_id == 0:
        return true()
    shown = aliased(Sale)
    at = select(shown.at).where(shown.id == cursor.entry_id).scalar_subquery()
    return or_(Sale.at < at, and_(Sale.at == at, Sale.id < cursor.entry_id))


@dataclass(frozen=True, slots=True)
class _Paid:
    order_id: int
    number: str
    state: OrderState
    at: datetime
    entry_id: int


def _paid(
    wanted: OrderFilter, days: Sequence[tuple[date, date]], after: ColumnElement[bool], limit: int
) -> list[_Paid]:
    """Orders paid on these days that have something in the total, the newest first.

    Each range of days is a query of its own inside one statement: a range of the index, whatever lies between them.
    """
    if not days:
        return []
    ranges = [
        _sales_of(wanted)
        .where(Sale.at >= local_day_start(first), Sale.at < local_day_start(last + timedelta(days=1)), after)
        .order_by(Sale.at.desc(), Sale.id.desc())
        .limit(limit)
        .subquery()
        for first, last in days
    ]
    every = union_all(*(select(part) for part in ranges)).subquery()
    rows: Iterable[Any] = db.session.execute(
        select(every).order_by(every.c.at.desc(), every.c.entry_id.desc()).limit(limit)
    )
    return [_Paid(*row) for row in rows]


def _sales_of(wanted: OrderFilter) -> Select[Any]:
    lowest, highest = wanted.bounds
    has_income_here = exists().where(
        LineIncome.line_id == OrderLine.id, LineIncome.village_code.between(lowest, highest)
    )
    has_line = exists().where(
        OrderLine.order_id == Order.id,
        or_(OrderLine.origin_code.between(lowest, highest), has_income_here),
        _line_clause(wanted),
    )
    columns: list[Any] = [Order.id, Order.number, Order.state, Sale.at, Sale.id.label("entry_id")]
    return (
        select(*columns)
        .join(Order, Order.id == Sale.order_id)
        .where(Sale.kind == EntryKind.SALE, _order_clause(wanted), has_line)
    )


_ORDER_COLUMNS = {
    Dimension.SUPPLIER: Order.supplier_id,
    Dimension.UNIT: Order.unit_id,
    Dimension.OUTLET_PLACED: Order.placed_outlet_id,
    Dimension.OUTLET_PICKUP: Order.pickup_outlet_id,
    Dimension.OUTLET_CHANNEL: Order.channel_outlet_id,
}


def _number(key: str) -> int:
    """The id a key names; one that is none matches nothing."""
    return int(key) if key.isascii() and key.isdigit() and len(key) <= 9 else -1


def _is(column: Any, key: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == _number(key) if key else column.is_not(None)
    return found


def _order_clause(wanted: OrderFilter) -> ColumnElement[bool]:
    column = _ORDER_COLUMNS.get(wanted.dimension)
    return true() if column is None else _is(column, wanted.key)


def _line_clause(wanted: OrderFilter) -> ColumnElement[bool]:
    key = wanted.key
    if wanted.dimension is Dimension.PRODUCT:
        # the sum keeps the database from going through all lines of the product for each order
        return _is(OrderLine.product_id + 0, key)
    if wanted.dimension is Dimension.CATEGORY:
        return exists().where(
            DeclaredProduct.id == OrderLine.product_id, DeclaredProduct.category_code == key
        )
    if wanted.dimension is Dimension.CHANNEL:
        return OrderLine.channel_code == key if key else OrderLine.channel_code != ""
    if wanted.dimension is Dimension.PAIRING:
        return exists().where(LinePairing.line_id == OrderLine.id, _is(LinePairing.arrangement_id, key))
    if wanted.dimension is Dimension.OUTLET_COLLECTED:
        return exists().where(
            LineAllocation.line_id == OrderLine.id,
            SupplyLot.id == LineAllocation.lot_id,
            _is(SupplyLot.outlet_id, key),
        )
    return true()


def _rows(wanted: OrderFilter, paid: Sequence[_Paid]) -> list[OrderRow]:
    """Each order's part of the total, by the same sums; orders that turn out to have none are left out."""
    rows: list[OrderRow] = []
    for start in range(0, len(paid), _BATCH):
        batch = paid[start : start + _BATCH]
        parts = _parts(wanted, [order.order_id for order in batch])
        rows += [
            OrderRow(order.number, order.at, order.state, sums[_SALES], income_of(sums))
            for order in batch
            if (sums := parts.get(order.order_id)) is not None
        ]
    return rows


def _parts(wanted: OrderFilter, order_ids: Collection[int]) -> dict[int, Sums]:
    postings = read_postings(Posting.order_id.in_(order_ids))
    lines = {line.line_id: line for line in read_lines({posting.line_id for posting in postings})}
    of_order: dict[int, list[Any]] = defaultdict(list)
    for posting in postings:
        if posting.line_id in lines:
            of_order[lines[posting.line_id].order_id].append(posting)
    found: dict[int, Sums] = {}
    for order_id, own in of_order.items():
        own_lines = [lines[line_id] for line_id in {posting.line_id for posting in own}]
        for (_, level, _, code, _), sums in fold(own_lines, own, wanted.keeps).days().items():
            if level is wanted.level and code == wanted.region.code:
                found[order_id] = sums
    return found
