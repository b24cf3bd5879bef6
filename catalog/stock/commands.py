"""The only writer of stock. Every change is an UPDATE that carries its own guard, and a movement beside it.

Rows are touched in one fixed order (SKU, then age), so that two buyers never wait for each other crosswise.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Update,
    and_,
    bindparam,
    case,
    literal,
    or_,
    select,
    update,
)

from catalog.products import commands as products
from catalog.products.models import Listing, Sku
from catalog.stock.models import StockMovement, StockRow
from catalog.stock.rules import BOUNDED, EFFECTS, SIGNED, MovementKind, OpenRow, Taken, take_oldest_first
from marketplace.kernel import clock
from marketplace.kernel.db import db, insert_rows, read
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transactional

#: (stock row id, units)
Takes = Iterable[tuple[int, int]]
MAX_UNITS = 1_000_000


class Guard:
    """The guard of ``reserve``. The race test's control runs without it and must oversell, else the test is void."""

    def __init__(self) -> None:
        self.is_on = True

    def switch_off(self, settings: Settings) -> None:
        """Trust the stock a page saw. Raises RuntimeError anywhere but in a test."""
        if settings.environment != "test":
            raise RuntimeError("the stock guard can be switched off in tests only")
        self.is_on = False

    def switch_on(self) -> None:
        self.is_on = True


GUARD = Guard()


@transactional
def receive(
    sku_id: int, units: int, actor_id: int | None, lot_id: int | None = None, reason: str = ""
) -> int:
    """Put units on hand: a lot becomes a row of its own, units of no lot join the SKU's row. Returns the row's id.

    Raises InvalidInput ``stock.units`` outside 1..1,000,000.
    """
    if not 1 <= units <= MAX_UNITS:
        raise InvalidInput("stock.units", field="units", maximum=MAX_UNITS)
    row_id = (
        None
        if lot_id is not None
        else db.session.scalar(
            select(StockRow.id)
            .where(StockRow.sku_id == sku_id, StockRow.lot_id.is_(None))
            .order_by(StockRow.id)
            .limit(1)
        )
    )
    if row_id is None:
        row = StockRow(sku_id=sku_id, lot_id=lot_id)
        db.session.add(row)
        db.session.flush()
        row_id = row.id
    _move(MovementKind.RECEIVE, [(row_id, units)], reason=reason, actor_id=actor_id)
    return row_id


_OPEN_ROWS = (
    select(
        StockRow.sku_id,
        StockRow.id,
        StockRow.lot_id,
        StockRow.available,
        (StockRow.reserved + StockRow.sold - StockRow.restocked).label("taken"),
        StockRow.booked_income_fen,
    )
    .where(StockRow.sku_id.in_(bindparam("skus", expanding=True)))
    .order_by(StockRow.sku_id, StockRow.id)
    .with_for_update()
)


@transactional
def reserve(wanted: Mapping[int, int], order_id_by_sku: Mapping[int, int]) -> dict[int, list[Taken]]:
    """Take units of several SKUs for the orders being placed, oldest row first. Three statements for any number.

    Raises Conflict ``stock.sold_out`` (params ``sku_id``, ``left``) and takes nothing when a SKU has too little.
    """
    rows: dict[int, list[OpenRow]] = {sku_id: [] for sku_id in sorted(wanted)}
    for row in read(_OPEN_ROWS, {"skus": list(rows)}):
        rows[row.sku_id].append(OpenRow(*row[1:]))
    taken: dict[int, list[Taken]] = {}
    for sku_id, open_rows in rows.items():
        takes = _plan(open_rows, wanted[sku_id])
        if takes is None:
            left = sum(open_row.available for open_row in open_rows)
            raise Conflict("stock.sold_out" if left == 0 else "stock.too_few", sku_id=sku_id, left=left)
        taken[sku_id] = takes
    moves = [(take, order_id_by_sku[sku_id]) for sku_id, takes in taken.items() for take in takes]
    if moves and not _reserve_rows([(take.stock_row_id, take.units) for take, _ in moves]):
        raise Conflict("stock.sold_out", sku_id=next(iter(taken)), left=0)
    _record(
        MovementKind.RESERVE,
        [(take.stock_row_id, take.units, order_id) for take, order_id in moves],
        "",
        None,
    )
    return taken


def _plan(rows: Sequence[OpenRow], units: int) -> list[Taken] | None:
    takes = take_oldest_first(rows, units)
    if takes is None and rows and not GUARD.is_on:
        row = rows[0]
        return [Taken(row.id, row.lot_id, units, row.taken, row.booked_fen)]
    return takes


def _reserve_rows(takes: list[tuple[int, int]]) -> bool:
    if GUARD.is_on:
        return _update(MovementKind.RESERVE, takes) == len(takes)
    units: ColumnElement[int] = bindparam("by_units")
    there = case((StockRow.available >= units, units), else_=StockRow.available)
    _execute_many(
        update(StockRow)
        .where(StockRow.id == bindparam("row_id"))
        .values(
            available=StockRow.available - there,
            reserved=StockRow.reserved + units,
            adjusted=StockRow.adjusted + units - there,
        ),
        takes,
    )
    return True


@transactional
def release(order_id: int, takes: Takes) -> None:
    """Give back what an unpaid order held."""
    _move(MovementKind.RELEASE, takes, order_id=order_id)


@transactional
def sell(order_id: int, takes: Takes) -> None:
    """What was held is paid for."""
    _move(MovementKind.SELL, takes, order_id=order_id)


@transactional
def unsell(order_id: int, takes: Takes) -> None:
    """Take a sale back as if it had not been: a visit is moved to another day. Nothing was refunded, so nothing is
    restocked; the rows sell on."""
    listed = list(takes)
    _move(MovementKind.SELL, [(row_id, -units) for row_id, units in listed], order_id=order_id)
    _move(MovementKind.RELEASE, listed, order_id=order_id)


@transactional
def restock(order_id: int, stock_row_id: int, units: int) -> None:
    """Sold units came back whole, to the row they were from. Its price may have been cut since the lot was gone: then
    the packing stops selling, so that nobody buys what can't pay its household."""
    _move(MovementKind.RESTOCK, [(stock_row_id, units)], order_id=order_id)
    product_id = db.session.scalar(
        select(Listing.product_id)
        .join(Sku, Sku.listing_id == Listing.id)
        .join(StockRow, StockRow.sku_id == Sku.id)
        .where(StockRow.id == stock_row_id)
    )
    if product_id is not None:
        products.withdraw_mispriced(product_id)


@transactional
def spoil(order_id: int, stock_row_id: int, units: int, reason: str) -> None:
    """Sold units were refunded and can't be sold again: they come back and are written off in one go.

    Every refunded unit is either restocked or spoiled, else a lot's next line would carry its income twice.
    """
    _move(MovementKind.RESTOCK, [(stock_row_id, units)], order_id=order_id, reason=reason)
    _move(MovementKind.ADJUST, [(stock_row_id, -units)], order_id=order_id, reason=reason)


@transactional
def adjust(
    stock_row_id: int, delta: int, reason: str, actor_id: int | None, *, up_to_received: bool = False
) -> None:
    """Correct what is on hand after counting, by ``delta`` units (signed).

    A lot never counts more units than were received: its agreed total is divided among those, and one more would
    bring its household more than was agreed. ``up_to_received`` asks the same of units of no lot. Raises InvalidInput
    without a reason or a difference or ``stock.above_lot``, Conflict ``stock.short`` below zero.
    """
    if not reason.strip():
        raise InvalidInput("stock.reason", field="reason")
    if delta == 0 or abs(delta) > MAX_UNITS:
        raise InvalidInput("stock.units", field="units", maximum=MAX_UNITS)
    _move(MovementKind.ADJUST, [(stock_row_id, delta)], reason=reason.strip(), actor_id=actor_id)
    above = or_(StockRow.lot_id.is_not(None), literal(up_to_received))
    if delta > 0 and db.session.scalar(
        select(StockRow.id).where(StockRow.id == stock_row_id, StockRow.adjusted > 0, above)
    ):
        raise InvalidInput("stock.above_lot", field="units")


@transactional
def book_income(stock_row_id: int, delta_fen: int) -> None:
    """Remember what live lines froze of a lot's agreed total (fen, signed)."""
    book_incomes({stock_row_id: delta_fen})


_BOOK = (
    update(StockRow)
    .where(StockRow.id == bindparam("row_id"))
    .values(booked_income_fen=StockRow.booked_income_fen + bindparam("by_units"))
)


@transactional
def book_incomes(delta_fen: Mapping[int, int]) -> None:
    """``book_income`` for many rows in one statement."""
    changes = [(row_id, fen) for row_id, fen in sorted(delta_fen.items()) if fen]
    if changes:
        _execute_many(_BOOK, changes)


def _move(
    kind: MovementKind,
    takes: Takes,
    *,
    order_id: int | None = None,
    reason: str = "",
    actor_id: int | None = None,
) -> None:
    listed = sorted((row_id, units) for row_id, units in takes if units)
    if not listed:
        return
    if kind not in SIGNED and any(units < 0 for _, units in listed):
        raise ValueError("a movement moves something")
    if _update(kind, listed) != len(listed):
        known = db.session.scalars(
            select(StockRow.id).where(StockRow.id.in_([row_id for row_id, _ in listed]))
        ).all()
        if len(known) < len({row_id for row_id, _ in listed}):
            raise NotFound("not_found")
        raise Conflict("stock.short")
    _record(kind, [(row_id, units, order_id) for row_id, units in listed], reason, actor_id)


def _update(kind: MovementKind, takes: list[tuple[int, int]]) -> int:
    """Apply a movement where the row can bear it; how many rows could."""
    return _execute_many(_movement(kind), takes)


@cache
def _movement(kind: MovementKind) -> Update:
    units: ColumnElement[int] = bindparam("by_units")
    changed = {name: getattr(StockRow, name) + sign * units for name, sign in EFFECTS[kind].items()}
    guards = [after >= 0 for name, after in changed.items() if name in BOUNDED]
    if kind is MovementKind.RESTOCK:
        guards.append(StockRow.restocked + units <= StockRow.sold)
    return update(StockRow).where(and_(StockRow.id == bindparam("row_id"), *guards)).values(**changed)


def _execute_many(statement: object, takes: list[tuple[int, int]]) -> int:
    # the connection, not the session: a list of parameters would be taken for a bulk update by primary key
    result: CursorResult[object] = db.session.connection().execute(
        statement,  # type: ignore[call-overload]
        [{"row_id": row_id, "by_units": units} for row_id, units in takes],
    )
    return result.rowcount


def _record(
    kind: MovementKind, moves: list[tuple[int, int, int | None]], reason: str, actor_id: int | None
) -> None:
    moment = clock.now()
    insert_rows(
        StockMovement,
        [
            {
                "stock_row_id": row_id,
                "kind": kind,
                "units": units,
                "order_id": order_id,
                "reason": reason,
                "at": moment,
                "by": actor_id,
            }
            for row_id, units, order_id in moves
        ],
    )
