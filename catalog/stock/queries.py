"""Reading what is on hand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from catalog.stock.models import StockMovement, StockRow
from catalog.stock.rules import Counts, MovementKind
from marketplace.kernel.db import db


@dataclass(frozen=True, slots=True)
class SkuStock:
    """Units of one SKU over all its rows."""

    available: int
    reserved: int
    sold: int


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


def available_units(sku_ids: Collection[int]) -> dict[int, int]:
    """Units that can be ordered now, by SKU; 0 where nothing was ever received. One query."""
    found = dict.fromkeys(sku_ids, 0)
    if found:
        rows = db.session.execute(
            select(StockRow.sku_id, func.sum(StockRow.available))
            .where(StockRow.sku_id.in_(sorted(found)))
            .group_by(StockRow.sku_id)
        )
        found.update({sku_id: int(units) for sku_id, units in rows})
    return found


def stock_of(sku_ids: Collection[int]) -> dict[int, SkuStock]:
    """Totals by SKU for a supplier's list; SKUs that never had stock are left out. One query."""
    if not sku_ids:
        return {}
    rows = db.session.execute(
        select(
            StockRow.sku_id,
            func.sum(StockRow.available),
            func.sum(StockRow.reserved),
            func.sum(StockRow.sold - StockRow.restocked),
        )
        .where(StockRow.sku_id.in_(sorted(sku_ids)))
        .group_by(StockRow.sku_id)
    )
    return {
        sku_id: SkuStock(int(available), int(reserved), int(sold))
        for sku_id, available, reserved, sold in rows
    }


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
