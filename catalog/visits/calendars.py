"""A month of dates as a page shows it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.visits.queries import DayRow
from catalog.visits.rules import MAX_AHEAD, Month, OfferFacts, begins_at, month_to_show
from marketplace.kernel import clock


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the grid; ``on`` is None for days of the months around."""

    on: date | None
    row: DayRow | None
    is_over: bool
    can_be_chosen: bool
    has_begun: bool

    @property
    def word(self) -> str:
        if self.row is None:
            return ""
        if not self.row.can_be_booked or self.can_be_chosen:
            return self.row.word
        return "截止" if self.has_begun else "价不同"


@dataclass(frozen=True, slots=True)
class CalendarView:
    month: Month
    weeks: list[list[Cell]]
    before: Month | None
    next: Month | None


def may_be_booked(row: DayRow, offer: OfferFacts, moment: datetime, price_fen: int | None = None) -> bool:
    """Whether there is a place left on a day that has not begun; with ``price_fen`` only at that price."""
    return (
        row.can_be_booked
        and begins_at(row.on, offer.begins_hour) > moment
        and price_fen in (None, row.price_fen)
    )


def calendar_of(
    days: Sequence[DayRow],
    offer: OfferFacts,
    asked: str,
    chosen: date | None = None,
    price_fen: int | None = None,
) -> CalendarView:
    """The month ``asked`` for in the address (2026-12), else that of the chosen or first open day."""
    now, today = clock.now(), clock.today()
    by_day = {row.on: row for row in days}
    free = {row.on for row in days if may_be_booked(row, offer, now, price_fen)}
    month = month_to_show(asked, chosen, sorted(free), today)
    weeks = [[_cell(on, by_day, free, offer, now) for on in week] for week in _to_come(month, today)]
    last = Month.of(today + timedelta(days=MAX_AHEAD))
    return CalendarView(
        month,
        weeks,
        month.before if month.first > today else None,
        month.next if month.first < last.first else None,
    )


def _to_come(month: Month, today: date) -> list[list[date | None]]:
    """The weeks of the month that are not over; all of them for a month gone by."""
    weeks = month.weeks()
    return [week for week in weeks if any(on is not None and on >= today for on in week)] or weeks


def _cell(
    on: date | None, by_day: Mapping[date, DayRow], free: AbstractSet[date], offer: OfferFacts, now: datetime
) -> Cell:
    if on is None:
        return Cell(None, None, is_over=False, can_be_chosen=False, has_begun=False)
    has_begun = begins_at(on, offer.begins_hour) <= now
    return Cell(on, by_day.get(on), on < clock.local_date(now), on in free, has_begun)


def find_day(days: Sequence[DayRow], asked: str) -> DayRow | None:
    """The row of the day in an address (2026-12-05)."""
    return next((row for row in days if row.on.isoformat() == asked), None)
