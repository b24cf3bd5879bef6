"""Reading the facts: postings of lines, and what their lines froze."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from certification.linkage.models import SupplyLot
from certification.products.models import DeclaredProduct
from marketplace.kernel.clock import local_date
from marketplace.kernel.db import db
from marketplace.reporting.dimensions import Dimension
from marketplace.reporting.folding import LineFacts, PostingFacts, Value
from marketplace.reporting.models import LinePairing
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import GOODS_KINDS, AccountKind, EntryKind
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


def read_postings(*criteria: ColumnElement[bool]) -> list[PostingFacts]:
    """Postings that count in reports; criteria may name postings and their entries.

    What doesn't count is left out here and not by the query: an index over kinds of accounts would tempt the database
    away from the criteria, and they are what keeps the work small.
    """
    rows: Iterable[Any] = db.session.execute(
        select(
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
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(LineIncome, LineIncome.id == Posting.line_income_id)
        .outerjoin(SupplyLot, SupplyLot.id == LineIncome.lot_id)
        .where(*criteria)
    )
    return [
        PostingFacts(
            line_id,
            kind is EntryKind.SALE,
            account,
            fen,
            household,
            state,
            village,
            income,
            outlet,
            bool(lot),
        )
        for line_id, kind, account, fen, household, state, village, income, outlet, lot in rows
        if line_id is not None and account in COUNTED
    ]


def read_lines(line_ids: Collection[int], *, with_collected: bool = True) -> list[LineFacts]:
    """What paid lines froze; a line whose order has no sale entry is left out. Who collected their goods costs a query
    more, where anybody did."""
    wanted = sorted(line_ids)
    found: list[LineFacts] = []
    for start in range(0, len(wanted), BATCH):
        found += _lines(wanted[start : start + BATCH], with_collected)
    return found


def _lines(line_ids: Sequence[int], with_collected: bool) -> list[LineFacts]:
    is_collected = exists().where(
        LineAllocation.line_id == OrderLine.id,
        SupplyLot.id == LineAllocation.lot_id,
        SupplyLot.outlet_id.is_not(None),
    )
    rows = db.session.execute(
        select(
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
            is_collected.label("is_collected"),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .join(Sale, sale_of_order())
        .join(DeclaredProduct, DeclaredProduct.id == OrderLine.product_id)
        .outerjoin(LinePairing, LinePairing.line_id == OrderLine.id)
        .where(OrderLine.id.in_(line_ids))
    ).all()
    collected = _collected([row.id for row in rows if row.is_collected and with_collected])
    return [
        LineFacts(
            row.id,
            row.order_id,
            local_date(row.at),
            row.origin_code,
            _values(row),
            collected.get(row.id, ()),
        )
        for row in rows
    ]


def _values(row: Any) -> tuple[Value, ...]:
    """The line's values; under '' once more where not every line has one."""
    values: list[Value] = [
        (Dimension.ALL, ""),
        (Dimension.SUPPLIER, str(row.supplier_id)),
        (Dimension.PRODUCT, str(row.product_id)),
        (Dimension.CATEGORY, row.category_code),
    ]
    near = f"{row.unit_id}:{row.nearness.value}" if row.unit_id and row.nearness else None
    for dimension, value in (
        (Dimension.UNIT, row.unit_id),
        (Dimension.PAIRING, row.arrangement_id),
        (Dimension.NEARNESS, near),
        (Dimension.CHANNEL, row.channel_code),
        (Dimension.OUTLET_PLACED, row.placed_outlet_id),
        (Dimension.OUTLET_PICKUP, row.pickup_outlet_id),
        (Dimension.OUTLET_CHANNEL, row.channel_outlet_id),
    ):
        if value:
            values += [(dimension, str(value)), (dimension, "")]
    return tuple(values)


def _collected(line_ids: Sequence[int]) -> dict[int, tuple[tuple[int | None, int], ...]]:
    if not line_ids:
        return {}
    rows = db.session.execute(
        select(LineAllocation.line_id, SupplyLot.outlet_id, LineAllocation.units)
        .outerjoin(SupplyLot, SupplyLot.id == LineAllocation.lot_id)
        .where(LineAllocation.line_id.in_(line_ids))
        .order_by(LineAllocation.id)
    )
    parts: dict[int, list[tuple[int | None, int]]] = defaultdict(list)
    for line_id, outlet_id, units in rows:
        parts[line_id].append((outlet_id, units))
    return {line_id: tuple(found) for line_id, found in parts.items()}
