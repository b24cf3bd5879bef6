"""Pure rules of catalog.stock: what each kind of movement does to a row's counters (invariant I3).

The commands build their guarded UPDATE from the same table, so that what the property tests prove here is what runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from marketplace.kernel.errors import Conflict


class MovementKind(StrEnum):
    RECEIVE = "receive"
    RESERVE = "reserve"
    RELEASE = "release"
    SELL = "sell"
    RESTOCK = "restock"
    ADJUST = "adjust"


#: movement → counter → how often the movement's units are added to it
EFFECTS: Mapping[MovementKind, Mapping[str, int]] = {
    MovementKind.RECEIVE: {"received": 1, "available": 1},
    MovementKind.RESERVE: {"available": -1, "reserved": 1},
    MovementKind.RELEASE: {"available": 1, "reserved": -1},
    MovementKind.SELL: {"reserved": -1, "sold": 1},
    MovementKind.RESTOCK: {"restocked": 1, "available": 1},
    MovementKind.ADJUST: {"adjusted": 1, "available": 1},
}
#: movements that may run backwards: a correction, and a sale that is taken back
SIGNED = frozenset({MovementKind.ADJUST, MovementKind.SELL})
#: counters that may never fall below zero
BOUNDED = frozenset({"received", "restocked", "sold", "available", "reserved"})


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters of one stock row, in units of its SKU."""

    received: int = 0
    restocked: int = 0
    sold: int = 0
    adjusted: int = 0
    available: int = 0
    reserved: int = 0

    @property
    def balances(self) -> bool:
        """I3: received + restocked − sold + adjusted = available + reserved, and nothing below zero."""
        return (
            self.received + self.restocked - self.sold + self.adjusted == self.available + self.reserved
            and min(getattr(self, name) for name in BOUNDED) >= 0
        )

    @property
    def taken(self) -> int:
        """Units live order lines hold: reserved or sold, and not come back (restocked or spoiled)."""
        return self.reserved + self.sold - self.restocked


def moved(counts: Counts, kind: MovementKind, units: int) -> Counts:
    """The counters after a movement of ``units`` (signed for adjust and sell, positive otherwise).

    Raises ValueError for no units, Conflict ``stock.short`` when a counter would fall below zero or more would come
    back than was sold.
    """
    if units == 0 or (units < 0 and kind not in SIGNED):
        raise ValueError("a movement moves something")
    after = replace(
        counts, **{name: getattr(counts, name) + sign * units for name, sign in EFFECTS[kind].items()}
    )
    if not after.balances or after.restocked > after.sold:
        raise Conflict("stock.short", left=counts.available)
    return after


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row something may be taken from."""

    id: int
    lot_id: int | None
    available: int
    taken: int
    booked_fen: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Units taken from one row. ``taken_before`` and ``booked_fen`` are what live lines held of it just before."""

    stock_row_id: int
    lot_id: int | None
    units: int
    taken_before: int
    booked_fen: int


def take_oldest_first(rows: Sequence[OpenRow], units: int) -> list[Taken] | None:
    """Which rows ``units`` come from, in the order given; None when they do not hold enough."""
    takes: list[Taken] = []
    missing = units
    for row in rows:
        part = min(row.available, missing)
        if part > 0:
            takes.append(Taken(row.id, row.lot_id, part, row.taken, row.booked_fen))
            missing -= part
    return takes if missing == 0 else None
