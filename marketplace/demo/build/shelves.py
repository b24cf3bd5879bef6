"""The stock as the history runs: rows in memory, moved by the same rule table as real ones, written at the end."""

from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.stock.models import StockMovement, StockRow
from catalog.stock.rules import Counts, MovementKind, OpenRow, Taken, moved, take_oldest_first
from marketplace.demo.build.world import World
from marketplace.kernel import clock


@dataclass
class _Row:
    row: StockRow
    received_on: date
    counts: Counts = field(default_factory=Counts)
    booked_fen: int = 0


class Shelves:
    """All stock rows by SKU key, oldest first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows: dict[int, _Row] = {}
        self._by_sku: dict[str, list[_Row]] = {}

    def receive(self, sku_key: str, units: int, lot_id: int | None, at: datetime) -> None:
        """A new row; units of one SKU without a lot share one."""
        row = StockRow(sku_id=self._world.skus[sku_key], lot_id=lot_id)
        self._world.rows.add(row)
        kept = _Row(row, clock.local_date(at))
        self._rows[row.id] = kept
        self._by_sku.setdefault(sku_key, []).append(kept)
        self.move(row.id, MovementKind.RECEIVE, units, at)

    def take(self, sku_key: str, units: int, at: datetime, order_id: int) -> list[Taken]:
        """Reserve units of what had been received by then."""
        day = clock.local_date(at)
        rows = [
            OpenRow(kept.row.id, kept.row.lot_id, kept.counts.available, kept.counts.taken, kept.booked_fen)
            for kept in self._by_sku[sku_key]
            if kept.received_on <= day
        ]
        takes = take_oldest_first(rows, units)
        if takes is None:
            raise ValueError(f"the plan sells {units} of {sku_key} that had not come in by {day}")
        for take in takes:
            self.move(take.stock_row_id, MovementKind.RESERVE, take.units, at, order_id)
        return takes

    def book(self, stock_row_id: int, fen: int) -> None:
        self._rows[stock_row_id].booked_fen += fen

    def move(
        self,
        stock_row_id: int,
        kind: MovementKind,
        units: int,
        at: datetime,
        order_id: int | None = None,
        reason: str = "",
    ) -> None:
        kept = self._rows[stock_row_id]
        kept.counts = moved(kept.counts, kind, units)
        self._world.rows.put(
            StockMovement,
            stock_row_id=stock_row_id,
            kind=kind,
            units=units,
            order_id=order_id,
            reason=reason,
            at=at,
        )

    def write(self) -> None:
        """Put the final counters into the rows."""
        for kept in self._rows.values():
            for name in Counts.__dataclass_fields__:
                setattr(kept.row, name, getattr(kept.counts, name))
            kept.row.booked_income_fen = kept.booked_fen
