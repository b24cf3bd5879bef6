"""Pure rules of refunds: which units, how much of what. Amounts in fen; any sequence of parts adds up to the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from marketplace.kernel.money import cumulative_share
from marketplace.kernel.working_days import add_working_days, is_working_day
from orders.ordering.workflow import OrderState


class RefundKind(StrEnum):
    """``cancellation``: the whole order, before the first parcel."""

    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"
    CANCELLATION = "cancellation"


class RefundCause(StrEnum):
    """Why a buyer asks. For some of them the seller answers, freight included (``FAULTS``)."""

    DAMAGED = "damaged"
    SHORT = "short"
    WRONG = "wrong"
    NOT_AS_DESCRIBED = "not_as_described"
    NOT_ARRIVED = "not_arrived"
    NOT_WANTED = "not_wanted"
    OTHER = "other"


FAULTS = frozenset(
    {
        RefundCause.DAMAGED,
        RefundCause.SHORT,
        RefundCause.WRONG,
        RefundCause.NOT_AS_DESCRIBED,
        RefundCause.NOT_ARRIVED,
    }
)

#: states in which a paid order's goods may be claimed for
REFUNDABLE = (
    OrderState.RELEASED,
    OrderState.PARTIALLY_SHIPPED,
    OrderState.SHIPPED,
    OrderState.RECEIVED,
    OrderState.COMPLETED,
)


@dataclass(frozen=True)
class LinePart:
    """``refunded`` of a line's ``units`` went back before, ``part`` more go now.

    Of ``net_fen`` the buyer paid what is not ``subsidy_fen``; each gets back its own rounded part, so that neither ever
    pays for the other's odd fen.
    """

    net_fen: int
    fee_fen: int
    units: int
    refunded: int
    part: int
    subsidy_fen: int = 0
    outlet_fee_fen: int = 0

    def _of(self, fen: int) -> int:
        return cumulative_share(fen, self.units, self.refunded, self.part)

    @property
    def goods_fen(self) -> int:
        """What the buyer gets back."""
        return self._of(self.net_fen - self.subsidy_fen)

    @property
    def returned_subsidy_fen(self) -> int:
        return self._of(self.subsidy_fen)

    @property
    def returned_fee_fen(self) -> int:
        return self._of(self.fee_fen)

    @property
    def returned_outlet_fee_fen(self) -> int:
        return self._of(self.outlet_fee_fen)


@dataclass(frozen=True)
class RowPart:
    """Units of a line's allocation: ``returned`` went back before, ``part`` more go now."""

    allocation_id: int
    stock_row_id: int
    lot_id: int | None
    units: int
    returned: int
    part: int = 0


@dataclass(frozen=True)
class FrozenShare:
    line_income_id: int
    lot_id: int | None
    fen: int


def choose_rows(rows: Sequence[RowPart], units: int) -> list[RowPart]:
    """Which stock the refunded units belong to: what was taken last goes back first, so the oldest lots stay sold.

    Raises ValueError when the rows do not hold that many any more.
    """
    chosen: list[RowPart] = []
    left = units
    for row in sorted(rows, key=lambda each: each.allocation_id, reverse=True):
        part = min(left, row.units - row.returned)
        if part > 0:
            chosen.append(
                RowPart(row.allocation_id, row.stock_row_id, row.lot_id, row.units, row.returned, part)
            )
            left -= part
    if left:
        raise ValueError("more units than were allocated")
    return chosen


def reversed_shares(
    shares: Sequence[FrozenShare], chosen: Sequence[RowPart], line: LinePart
) -> list[tuple[int, int]]:
    """(line income, fen) undone by a part: of a lot's share what its units carry, of the others what the line's do."""
    by_lot = {row.lot_id: row for row in chosen if row.lot_id is not None}
    undone: list[tuple[int, int]] = []
    for share in shares:
        if share.lot_id is None:
            fen = cumulative_share(share.fen, line.units, line.refunded, line.part)
        elif (row := by_lot.get(share.lot_id)) is not None:
            fen = cumulative_share(share.fen, row.units, row.returned, row.part)
        else:
            fen = 0
        if fen:
            undone.append((share.line_income_id, fen))
    return undone


def freight_share(
    freight_fen: int, paid_goods_fen: int, before_fen: int, part_fen: int, left_fen: int
) -> int:
    """The freight that goes back with ``part_fen`` of an order's ``paid_goods_fen`` for which the seller answers, after
    ``before_fen`` of it; never more than the ``left_fen`` that has not gone back yet. All parts together bring all."""
    if paid_goods_fen <= 0:
        return 0
    return min(left_fen, cumulative_share(freight_fen, paid_goods_fen, before_fen, part_fen))


def left_to_ship(units: int, shipped: int, refunded: int) -> int:
    """A refund takes what is not yet shipped first."""
    return max(0, units - shipped - refunded)


class Window(StrEnum):
    """Whether a line may be claimed for: as of right, with the supplier's consent, or no more."""

    RIGHT = "right"
    CONSENT = "consent"
    CLOSED = "closed"


def window_of(
    received_at: datetime | None, after_sales_hours: int, consent_days: int, moment: datetime
) -> Window:
    """Before receipt and within the line's after-sales hours it is a right."""
    if received_at is None or moment < received_at + timedelta(hours=after_sales_hours):
        return Window.RIGHT
    end = received_at + timedelta(hours=after_sales_hours) + timedelta(days=consent_days)
    return Window.CONSENT if moment < end else Window.CLOSED


def ruling_due_on(appealed_on: date, working_days: int) -> date:
    """The last day on which the platform answers what was brought before it on a day; that day does not count."""
    return add_working_days(appealed_on, working_days)


def newest_late_day(today: date, working_days: int) -> date:
    """Whatever was brought before the platform on this day or earlier is late today, and nothing that came later."""
    day = today - timedelta(days=1)
    while working_days > 0:
        working_days -= is_working_day(day)
        day -= timedelta(days=1)
    return day
