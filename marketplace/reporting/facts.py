"""Reading the facts: postings of lines, and what their lines froze."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, any_, cast, func, null, select, type_coerce
from sqlalchemy.orm import aliased

from certification.linkage.models import SupplyLot
from certification.linkage.rules import IncomeKind
from certification.products.models import DeclaredProduct
from marketplace.kernel.clock import local_date
from marketplace.kernel.db import db
from marketplace.reporting.dimensions import Dimension, Nearness
from marketplace.reporting.folding import LineFacts, PostingFacts, Value
from marketplace.reporting.models import LinePairing, WaitingEntry
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import GOODS_KINDS, AccountKind, EntryKind, IncomeState
from orders.ordering.models import LineAllocation, LineIncome, Order, OrderLine

#: the most ids one IN list gets
BATCH = 5_000
COUNTED = (
    *GOODS_KINDS,
    AccountKind.HOUSEHOLD_COST,
    AccountKind.HOUSEHOLD_INCOME,
)
#: the entry that says when an order was paid
Sale = aliased(JournalEntry, name="sale")


def sale_of_order() -> ColumnElement[bool]:
    """How an order finds its sale. Written so that no index over kinds serves it: the way leads from the order."""
    return and_(Sale.order_id == Order.id, func.lower(Sale.kind) == EntryKind.SALE.value)


#: what ``_posting`` takes of a row
_POSTING: tuple[Any, ...] = (
    Posting.line_id,
    JournalEntry.kind,
    Posting.account_kind,
    Posting.fen,
    Posting.household_id,
    Posting.income_state,
    LineIncome.village_code,
    LineIncome.kind,
    SupplyLot.outlet_id,
    LineIncome.lot_id,
)
_Lot = aliased(SupplyLot, name="taken_lot")
#: the stock a line took, as ``id:outlet:units`` of each part; none unless an outlet had collected some of it. In words,
#: because it is the one way to have it within the line's row on both databases
_COLLECTED = (
    select(
        func.aggregate_strings(
            cast(LineAllocation.id, String)
            + ":"
            + func.coalesce(cast(_Lot.outlet_id, String), "")
            + ":"
            + cast(LineAllocation.units, String),
            ",",
        )
    )
    .outerjoin(_Lot, _Lot.id == LineAllocation.lot_id)
    .where(LineAllocation.line_id == OrderLine.id)
    .group_by(LineAllocation.line_id)
    .having(func.count(_Lot.outlet_id) > 0)
    .correlate(OrderLine)
    .scalar_subquery()
)
#: what ``_line`` takes of a row, and after it what outlets collected
_LINE: tuple[Any, ...] = (
    OrderLine.id,
    OrderLine.order_id,
    Sale.at,
    OrderLine.origin_code,
    OrderLine.product_id,
    DeclaredProduct.category_code,
    OrderLine.channel_code,
    Order.supplier_id,
    Order.unit_id,
    Order.placed_outlet_id,
    Order.pickup_outlet_id,
    Order.channel_outlet_id,
    LinePairing.arrangement_id,
    LinePairing.nearness,
)


def _blank(columns: tuple[Any, ...]) -> list[Any]:
    return [type_coerce(null(), column.type) for column in columns]


def _posting_rows(*columns: Any) -> Select[Any]:
    return (
        select(*_POSTING, *columns)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(LineIncome, LineIncome.id == Posting.line_income_id)
        .outerjoin(SupplyLot, SupplyLot.id == LineIncome.lot_id)
    )


def _line_rows(*columns: Any, collected: Any = _COLLECTED) -> Select[Any]:
    return (
        select(*columns, *_LINE, collected)
        .select_from(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Sale, sale_of_order())
        .join(DeclaredProduct, DeclaredProduct.id == OrderLine.product_id)
        .outerjoin(LinePairing, LinePairing.line_id == OrderLine.id)
    )


def read_postings(*criteria: ColumnElement[bool]) -> list[PostingFacts]:
    """Postings that count in reports; criteria may name postings and their entries.

    What doesn't count is left out here and not by the query: an index over kinds of accounts would tempt the database
    away from the criteria, and they are what keeps the work small.
    """
    rows: Iterable[Any] = db.session.execute(_posting_rows().where(*criteria))
    return [_posting(*row) for row in rows if _counts(row)]


def _counts(row: Any) -> bool:
    return row[0] is not None and row[2] in COUNTED


def read_lines(line_ids: Collection[int]) -> list[LineFacts]:
    """What paid lines froze; a line whose order has no sale entry is left out. One query per 5,000."""
    wanted = sorted(line_ids)
    found: list[LineFacts] = []
    for start in range(0, len(wanted), BATCH):
        ids = wanted[start : start + BATCH]
        rows: Iterable[Any] = db.session.execute(_line_rows().where(OrderLine.id.in_(ids)))
        found += [_line(*row) for row in rows]
    return found


def _waits() -> ColumnElement[bool]:
    """Postings of what waits, found from the entries that wait. PostgreSQL is given them as an array: from a table that
    fills and empties all the time it would estimate any number, and rather read all postings than look up a few."""
    waiting = select(WaitingEntry.entry_id)
    if db.engine.dialect.name == "postgresql":
        return Posting.entry_id == any_(func.array(waiting.scalar_subquery()))
    return Posting.entry_id.in_(waiting)


def read_waiting(*, with_collected: bool = True) -> tuple[list[LineFacts], list[PostingFacts]]:
    """Lines and postings of all that waits, in one query: rows of postings, then rows of lines, the other half blank.

    For reading beside the totals. Who takes it into them has to know which entries those are, and reads them by number.
    Dividing by who collected the goods is half of the work of folding, so it is left out where nobody asks.
    """
    waits = _waits()
    lines_of = _line_rows(*_blank(_POSTING), collected=_COLLECTED if with_collected else null())
    rows: Iterable[Any] = db.session.execute(
        _posting_rows(*_blank((*_LINE, _COLLECTED)))
        .where(waits)
        .union_all(lines_of.where(OrderLine.id.in_(select(Posting.line_id).where(waits))))
    )
    lines: list[LineFacts] = []
    postings: list[PostingFacts] = []
    for row in rows:
        if _counts(row):
            postings.append(_posting(*row[: len(_POSTING)]))
        elif row[len(_POSTING)] is not None:
            lines.append(_line(*row[len(_POSTING) :]))
    return lines, postings


def _posting(
    line_id: int,
    kind: EntryKind,
    account: str,
    fen: int,
    household: int | None,
    state: IncomeState | None,
    village: str | None,
    income: IncomeKind | None,
    outlet: int | None,
    lot: int | None,
) -> PostingFacts:
    return PostingFacts(
        line_id, kind is EntryKind.SALE, account, fen, household, state, village, income, outlet, bool(lot)
    )


def _line(line_id: int, order_id: int, at: datetime, origin: str, *more: Any) -> LineFacts:
    *values, collected = more
    return LineFacts(line_id, order_id, local_date(at), origin, _values(*values), _parts(collected))


def _values(
    product: int,
    category: str,
    channel: str,
    supplier: int,
    unit: int | None,
    placed: int | None,
    pickup: int | None,
    channel_outlet: int | None,
    arrangement: int | None,
    nearness: Nearness | None,
) -> tuple[Value, ...]:
    """The line's values; under '' once more where not every line has one."""
    values: list[Value] = [
        (Dimension.ALL, ""),
        (Dimension.SUPPLIER, str(supplier)),
        (Dimension.PRODUCT, str(product)),
        (Dimension.CATEGORY, category),
    ]
    near = f"{unit}:{nearness.value}" if unit and nearness else None
    for dimension, value in (
        (Dimension.UNIT, unit),
        (Dimension.PAIRING, arrangement),
        (Dimension.NEARNESS, near),
        (Dimension.CHANNEL, channel),
        (Dimension.OUTLET_PLACED, placed),
        (Dimension.OUTLET_PICKUP, pickup),
        (Dimension.OUTLET_CHANNEL, channel_outlet),
    ):
        if value:
            values += [(dimension, str(value)), (dimension, "")]
    return tuple(values)


def _parts(collected: str | None) -> tuple[tuple[int | None, int], ...]:
    """(outlet or None, units) of each part, in the order they were taken: no database promises one for words."""
    if collected is None:
        return ()
    parts = sorted(
        (int(id_), outlet, int(units))
        for id_, outlet, units in (part.split(":") for part in collected.split(","))
    )
    return tuple((int(outlet) if outlet else None, units) for _, outlet, units in parts)
