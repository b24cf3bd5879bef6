"""Reading what is on hand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from catalog.stock.models import StockMovement, StockRow
from catalog.stock.rules import Counts, MovementKind
from marketplace.kernel.db import db


@dataclass(frozen=True, slots=True)
class StockRowFacts:
    id: int
    sku_id: int
    lot_id: int | None
    counts: Counts
    booked_income_fen: int


@dataclass(frozen=True, slots=True)
class MovementFacts:
    kind: MovementKind
    units: int
    order_id: int | None
    reason: str
    at: datetime


def rows_of(sku_ids: Collection[int]) -> list[StockRowFacts]:
    """Every row of these SKUs, oldest first within a SKU."""
    if not sku_ids:
        return []
    rows = db.session.execute(
        select(
            StockRow.id,
            StockRow.sku_id,
            StockRow.lot_id,
            StockRow.received,
            StockRow.restocked,
            StockRow.sold,
            StockRow.adjusted,
            StockRow.available,
            StockRow.reserved,
            StockRow.booked_income_fen,
        )
        .where(StockRow.sku_id.in_(sorted(sku_ids)))
        .order_by(StockRow.sku_id, StockRow.id)
    )
    return [StockRowFacts(row[0], row[1], row[2], Counts(*row[3:9]), row[9]) for row in rows]


def movements_of(stock_row_id: int, limit: int = 100) -> list[MovementFacts]:
    """The latest movements of a row, newest first."""
    rows = db.session.execute(
        select(
            StockMovement.kind,
            StockMovement.units,
            StockMovement.order_id,
            StockMovement.reason,
            StockMovement.at,
        )
        .where(StockMovement.stock_row_id == stock_row_id)
        .order_by(StockMovement.id.desc())
        .limit(limit)
    )
    return [MovementFacts(*row) for row in rows]
