"""Pure rules of visits: days of a pattern, when a visit begins, until when it may be moved. Amounts in fen."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketplace.kernel.clock import local_day_start
from marketplace.kernel.errors import InvalidInput

#: how far ahead dates may be opened, in days, and how many at once
MAX_AHEAD = 180
MAX_PLACES = 999
MAX_FREE_HOURS = 168
_WEEKDAYS = "一二三四五六日"
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What every date of a visit shares. ``unit`` is what one place is (人, 间); a visit begins at ``begins_hour``
    (Xi'an time) and may be moved or cancelled free of charge until ``free_hours`` before; ``most_units`` at once."""

    unit: str
    address: str
    phone: str
    hours: str
    begins_hour: int
    free_hours: int
    most_units: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What one place costs that day, in fen, and how many there are, booked ones included."""

    price_fen: int
    places: int


def check_offer(facts: OfferFacts) -> None:
    """Raises InvalidInput at the field that is missing or out of range."""
    for name, most in (("unit", 4), ("address", 80), ("phone", 20), ("hours", 40)):
        if not 1 <= len(getattr(facts, name)) <= most:
            raise InvalidInput(f"visits.{name}", field=name, most=most)
    if not 0 <= facts.begins_hour <= 23:
        raise InvalidInput("visits.begins_hour", field="begins_hour")
    if not 0 <= facts.free_hours <= MAX_FREE_HOURS:
        raise InvalidInput("visits.free_hours", field="free_hours", most=MAX_FREE_HOURS)
    if not 1 <= facts.most_units <= MAX_PLACES:
        raise InvalidInput("visits.most_units", field="most_units", most=MAX_PLACES)


def check_day(on: date, plan: DayPlan, today: date) -> None:
    """Raises InvalidInput ``visits.day`` for a past or far day, ``visits.places``."""
    if not today <= on <= today + timedelta(days=MAX_AHEAD):
        raise InvalidInput("visits.day", field="last_on", most=MAX_AHEAD)
    if not 1 <= plan.places <= MAX_PLACES:
        raise InvalidInput("visits.places", field="places", most=MAX_PLACES)


def is_weekend(on: date) -> bool:
    return on.weekday() >= SATURDAY


def days_of_pattern(
    first: date, last: date, weekday: DayPlan | None, weekend: DayPlan | None
) -> dict[date, DayPlan]:
    """What each day from ``first`` to ``last`` is to be; a kind of day without a plan is left as it is.

    Raises InvalidInput where the days run backwards or over more than ``MAX_AHEAD``, or nothing is planned.
    """
    if not timedelta(0) <= last - first <= timedelta(days=MAX_AHEAD):
        raise InvalidInput("visits.span", field="last_on", most=MAX_AHEAD)
    if weekday is None and weekend is None:
        raise InvalidInput("visits.no_plan", field="weekday_price_fen")
    return {
        on: plan
        for on in (first + timedelta(days=count) for count in range((last - first).days + 1))
        if (plan := weekend if is_weekend(on) else weekday) is not None
    }


def begins_at(on: date, begins_hour: int) -> datetime:
    """When the visit begins, in UTC."""
    return local_day_start(on) + timedelta(hours=begins_hour)


def free_until(on: date, begins_hour: int, free_hours: int) -> datetime:
    """Until when it may be moved or cancelled free of charge, in UTC."""
    return begins_at(on, begins_hour) - timedelta(hours=free_hours)


def name_of(on: date) -> str:
    """A date as its packing is called: 2026年12月5日 周六."""
    return f"{on.year}年{on.month}月{on.day}日 周{_WEEKDAYS[on.weekday()]}"


@dataclass(frozen=True, slots=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, on: date) -> "Month":
        return cls(on.year, on.month)

    @property
    def code(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def title(self) -> str:
        return f"{self.year}年{self.number}月"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def next(self) -> "Month":
        return Month.of(self.first + timedelta(days=31))

    @property
    def before(self) -> "Month":
        return Month.of(self.first - timedelta(days=1))

    def weeks(self) -> list[list[date | None]]:
        """Monday to Sunday; None for days of the months around."""
        return [
            [day if day.month == self.number else None for day in week]
            for week in calendar.Calendar().monthdatescalendar(self.year, self.number)
        ]


def parse_month(text: str) -> Month | None:
    """``2026-12``; None for what is no month."""
    try:
        return Month.of(date.fromisoformat(f"{text}-01")) if len(text) == 7 else None
    except ValueError:
        return None


def month_to_show(asked: str, wanted: date | None, open_days: Sequence[date], today: date) -> Month:
    """The month of the address, else that of the chosen day, else of the first open day; never one that is over."""
    found = parse_month(asked)
    if found is not None and Month.of(today).first <= found.first <= today + timedelta(days=MAX_AHEAD):
        return found
    return Month.of(wanted or next(iter(open_days), today))
