"""Pure rules of reporting: periods in Asia/Shanghai days, and what a region drills into."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.regions.rules import RegionLevel

#: 西安市: where the reports of the platform's own people begin
HOME_CITY = "610100000000"
_MONTH = re.compile(r"(?a:(20\d\d)-(\d\d))")
_QUARTER = re.compile(r"(?a:(20\d\d)Q([1-4]))")
_YEAR = re.compile(r"(?a:(20\d\d))")
LONGEST = timedelta(days=3 * 366)
#: level shown → level of the rows below it
BELOW: Mapping[RegionLevel, RegionLevel] = {
    RegionLevel.PROVINCE: RegionLevel.CITY,
    RegionLevel.CITY: RegionLevel.COUNTY,
    RegionLevel.COUNTY: RegionLevel.TOWN,
    RegionLevel.TOWN: RegionLevel.VILLAGE,
}
LEVEL_WORDS: Mapping[RegionLevel, str] = {
    RegionLevel.CITY: "市",
    RegionLevel.COUNTY: "区县",
    RegionLevel.TOWN: "镇街",
    RegionLevel.VILLAGE: "村（社区）",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included. ``key`` names it in an address."""

    key: str
    start: date
    end: date
    label: str

    def args(self) -> dict[str, str]:
        """The arguments of an address that asks for it."""
        if self.key != "custom":
            return {"period": self.key}
        return {"period": "custom", "from": self.start.isoformat(), "to": self.end.isoformat()}

    def before(self) -> "Period":
        """What it is compared with: the month, quarter or year before, else as many days."""
        last = self.start - timedelta(days=1)
        if _MONTH.fullmatch(self.key):
            return month_of(last)
        if _QUARTER.fullmatch(self.key):
            return quarter_of(last)
        if _YEAR.fullmatch(self.key):
            return year_of(last)
        first = last - (self.end - self.start)
        return Period("custom", first, last, f"{first}至{last}")


def _last_day(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def month_of(day: date) -> Period:
    return Period(
        f"{day:%Y-%m}", day.replace(day=1), _last_day(day.year, day.month), f"{day.year}年{day.month}月"
    )


def quarter_of(day: date) -> Period:
    quarter = (day.month + 2) // 3
    start = date(day.year, quarter * 3 - 2, 1)
    return Period(
        f"{day.year}Q{quarter}", start, _last_day(day.year, quarter * 3), f"{day.year}年第{quarter}季度"
    )


def year_of(day: date) -> Period:
    return Period(f"{day.year}", date(day.year, 1, 1), date(day.year, 12, 31), f"{day.year}年")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stored sum that makes up a period: a day (20261125), month (202611) or year (2026), added or taken away."""

    period: int
    sign: int = 1


def pieces(start: date, end: date) -> list[Piece]:
    """The fewest stored sums that add up to the days from ``start`` to ``end``, both included: whole years, whole
    months, and the rest by days, or as a month less some days where that is shorter."""
    found: list[Piece] = []
    for year in range(start.year, end.year + 1):
        if start <= date(year, 1, 1) and date(year, 12, 31) <= end:
            found.append(Piece(year))
            continue
        first = start.month if year == start.year else 1
        last = end.month if year == end.year else 12
        for month in range(first, last + 1):
            found += _pieces_of_month(year, month, start, end)
    return found


def _pieces_of_month(year: int, month: int, start: date, end: date) -> list[Piece]:
    length = _last_day(year, month).day
    inside = [day for day in range(1, length + 1) if start <= date(year, month, day) <= end]
    outside = [day for day in range(1, length + 1) if day not in inside]
    whole = year * 100 + month
    if len(inside) <= len(outside):
        return [Piece(whole * 100 + day) for day in inside]
    return [Piece(whole), *(Piece(whole * 100 + day, -1) for day in outside)]


def read_period(key: str, start_text: str, end_text: str, today: date) -> Period:
    """The period an address asks for; what can't be read is the current month."""
    if match := _MONTH.fullmatch(key):
        month = int(match[2])
        return month_of(date(int(match[1]), month, 1)) if 1 <= month <= 12 else month_of(today)
    if match := _QUARTER.fullmatch(key):
        return quarter_of(date(int(match[1]), int(match[2]) * 3, 1))
    if match := _YEAR.fullmatch(key):
        return year_of(date(int(match[1]), 1, 1))
    if key == "custom":
        start, end = _day(start_text), _day(end_text)
        if start and end and start <= end and end - start <= LONGEST:
            return Period("custom", start, end, f"{start}至{end}")
    return month_of(today)


def day_label(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _day(text: str) -> date | None:
    if not re.fullmatch(r"(?a:20\d\d-\d\d-\d\d)", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def period_choices(today: date) -> list[Period]:
    """What the page offers: six months, four quarters, two years."""
    months = [month_of(today)]
    while len(months) < 6:
        months.append(months[-1].before())
    quarters = [quarter_of(today)]
    while len(quarters) < 4:
        quarters.append(quarters[-1].before())
    years = [year_of(today)]
    return [*months, *quarters, *years, years[0].before()]


def quick_choices(today: date) -> list[tuple[str, Period]]:
    """One click away: 本月, 上月, 本季度, 今年."""
    month = month_of(today)
    return [
        ("本月", month),
        ("上月", month.before()),
        ("本季度", quarter_of(today)),
        ("今年", year_of(today)),
    ]


def change(now_fen: int, before_fen: int) -> str:
    """Against the period before, in words: ``+12.4%``; empty when there was nothing to compare with."""
    if before_fen <= 0:
        return ""
    tenths = round((now_fen - before_fen) * 1000 / before_fen)
    sign = "+" if tenths > 0 else "−" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}%"
