"""Working days: weekends and the public holidays and make-up days of a data file with its sources.

A year the file does not know has weekends only, which makes a period end too early rather than never; the file says
per year where it comes from and whether the make-up days are known yet.
"""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).parent / "data" / "public_holidays_cn.json"


class _Days(NamedTuple):
    off: frozenset[date]
    work: frozenset[date]


@cache
def _days() -> _Days:
    years = json.loads(_FILE.read_text("utf-8")).values()
    off = frozenset(day for year in years for span in year["off"] for day in _span(span))
    work = frozenset(day for year in years for span in year["work"] for day in _span(span))
    return _Days(off, work)


def _span(text: str) -> list[date]:
    first, _, last = text.partition("..")
    start = date.fromisoformat(first)
    return [start + timedelta(days=n) for n in range((date.fromisoformat(last or first) - start).days + 1)]


class KnownYear(NamedTuple):
    """A year of the data file in words: ``off`` and ``work`` as spans of days. ``complete``: make-up days are known."""

    year: int
    source: str
    complete: bool
    off: list[str]
    work: list[str]


def known_years() -> list[KnownYear]:
    """What the data file says, newest year last."""
    years = json.loads(_FILE.read_text("utf-8"))
    return [
        KnownYear(
            int(year),
            facts["source"],
            facts["complete"],
            [_span_in_words(span) for span in facts["off"]],
            [_span_in_words(span) for span in facts["work"]],
        )
        for year, facts in sorted(years.items())
    ]


def missing_year(today: date) -> int | None:
    """The year whose days off are not fully known though periods may already run into it: this one, or from November
    on, when the State Council announces it, the next."""
    complete = {each.year for each in known_years() if each.complete}
    wanted = [today.year, *([today.year + 1] if today.month >= 11 else [])]
    return next((year for year in wanted if year not in complete), None)


def _span_in_words(text: str) -> str:
    days = _span(text)
    first = f"{days[0].month}月{days[0].day}日"
    return first if len(days) == 1 else f"{first}至{days[-1].month}月{days[-1].day}日"


def is_working_day(day: date) -> bool:
    days = _days()
    return day in days.work or (day.weekday() < 5 and day not in days.off)


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; the day itself does not count (民法典第二百零一条)."""
    for _ in range(count):
        day += timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before ``start``."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))
