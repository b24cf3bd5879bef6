"""What a work sheet may say. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.errors import InvalidInput

_HOURS = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Hours:
    """``minutes`` one household worked."""

    household_id: int
    minutes: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    from_on: date
    until_on: date
    task: str
    place: str
    hours: tuple[Hours, ...]

    @property
    def days(self) -> int:
        return (self.until_on - self.from_on).days + 1


def minutes_of(text: str) -> int:
    """``"7.5"`` hours → 450. Raises ValueError for anything that is no number of hours with two decimals."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a number of hours")
    whole, fraction = found.groups()
    return int(whole) * 60 + round(int((fraction or "0").ljust(2, "0")) * 60 / 100)


def hours_text(minutes: int) -> str:
    """450 → ``"7.5"``, as hours are typed; to the minute where two decimals can say it."""
    hours, rest = divmod(minutes, 60)
    hundredths = round(rest * 100 / 60)
    return f"{hours}.{hundredths:02d}".rstrip("0").rstrip(".") if hundredths else str(hours)


def check_sheet(facts: SheetFacts, starts_on: date, ends_on: date, today: date, most_days: int) -> None:
    """Raises InvalidInput at the field: days inside the agreement and not in the future, a task, a place, hours."""
    if facts.until_on < facts.from_on:
        raise InvalidInput("linkage.sheet_days", field="until_on")
    if facts.until_on > today:
        raise InvalidInput("linkage.sheet_in_future", field="until_on")
    if facts.from_on < starts_on or facts.until_on > ends_on:
        raise InvalidInput(
            "linkage.sheet_outside",
            field="from_on",
            starts_on=f"{starts_on:%Y-%m-%d}",
            ends_on=f"{ends_on:%Y-%m-%d}",
        )
    if facts.days > most_days:
        raise InvalidInput("linkage.sheet_too_long", field="until_on", most=most_days)
    if not facts.task.strip():
        raise InvalidInput("linkage.sheet_task", field="task")
    if not facts.place.strip():
        raise InvalidInput("linkage.sheet_place", field="place")


def check_hours(facts: SheetFacts, people: dict[int, int], hours_a_day: int) -> None:
    """Raises InvalidInput at ``hours``: somebody worked, each household once, each a member, none longer than its
    people could. ``people`` counts the heads of every member household."""
    if not facts.hours:
        raise InvalidInput("linkage.sheet_empty", field="hours")
    ids = [each.household_id for each in facts.hours]
    if len(set(ids)) != len(ids):
        raise InvalidInput("linkage.member_twice", field="hours")
    for each in facts.hours:
        if each.household_id not in people:
            raise InvalidInput("linkage.not_a_member", field="hours")
        if not 1 <= each.minutes <= most_minutes(people[each.household_id], facts.days, hours_a_day):
            raise InvalidInput("linkage.sheet_hours", field="hours")


def most_minutes(people: int, days: int, hours_a_day: int) -> int:
    return people * days * hours_a_day * 60


def overlaps(days: tuple[date, date], others: Sequence[tuple[date, date]]) -> bool:
    """Whether a span of days (both included) shares one with another."""
    return any(days[0] <= until_on and from_on <= days[1] for from_on, until_on in others)
