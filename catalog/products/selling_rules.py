"""How a packing is offered beyond its price: how much of it one buyer may have, before it can be shipped, in which
weeks of the year, and what its net weight may differ by. Pure.

Weights are grams, amounts fen, days those of Xi'an.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from marketplace.kernel.errors import InvalidInput

MAX_LIMIT_UNITS = 9_999
MAX_LIMIT_DAYS = 366
#: how far ahead a parcel may be promised: longer than a harvest nobody should lend money
MAX_PRESALE_DAYS = 180
GRAMS_OF_JIN = 500
_TOLERANCES = Path(__file__).parent / "data" / "net_content_tolerance.csv"
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


class Packing(StrEnum):
    """What people call one unit."""

    PIECE = "piece"
    BOX = "box"
    BAG = "bag"
    BOTTLE = "bottle"

    @property
    def word(self) -> str:
        return {"piece": "件", "box": "箱", "bag": "袋", "bottle": "瓶"}[self.value]


class Closed(StrEnum):
    """Why a packing that stands on the shelf can't be bought today."""

    SEASON = "season"
    PRESALE_OVER = "presale_over"


@dataclass(frozen=True, slots=True)
class Selling:
    """``limit_units`` per buyer within ``limit_days`` (0: ever), None without a limit. ``presale_until`` is the last
    day it is sold ahead, ``ship_by`` the last day it is shipped; both or neither. ``tolerance_grams`` is what the
    declared net weight may differ by, None for what is sold by the piece."""

    packing: Packing = Packing.PIECE
    tolerance_grams: int | None = None
    limit_units: int | None = None
    limit_days: int = 0
    presale_until: date | None = None
    ship_by: date | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """The days of every year on which a listing is sold, as ``MM-DD``, both included; it may reach over New Year. Both
    empty: all year."""

    sale_from: str = ""
    sale_until: str = ""

    def is_open(self, day: date) -> bool:
        if not self.sale_from:
            return True
        today = f"{day:%m-%d}"
        if self.sale_from <= self.sale_until:
            return self.sale_from <= today <= self.sale_until
        return today >= self.sale_from or today <= self.sale_until

    @property
    def opens(self) -> str:
        """6月1日, the first day of it."""
        return _in_words(self.sale_from)

    @property
    def closes(self) -> str:
        return _in_words(self.sale_until)


def _in_words(month_day: str) -> str:
    month, _, day = month_day.partition("-")
    return f"{int(month)}月{int(day)}日" if day else ""


ALL_YEAR, ORDINARY = Season(), Selling()


def closed_for(season: Season, presale_until: date | None, day: date) -> Closed | None:
    """What keeps a packing from being bought on a day, or None. A pre-sale that is over sells nothing until its
    supplier takes the dates off: whoever buys then would not know when it ships."""
    if not season.is_open(day):
        return Closed.SEASON
    return Closed.PRESALE_OVER if presale_until is not None and presale_until < day else None


def check_season(season: Season) -> None:
    """Raises InvalidInput at ``sale_from`` or ``sale_until``: both or neither, and days that a year has."""
    if bool(season.sale_from) != bool(season.sale_until):
        missing = "sale_until" if season.sale_from else "sale_from"
        raise InvalidInput("listing.season_half", field=missing)
    for name, text in (("sale_from", season.sale_from), ("sale_until", season.sale_until)):
        if text and not _is_day(text):
            raise InvalidInput("listing.season_day", field=name)


def _is_day(text: str) -> bool:
    if not _MONTH_DAY.fullmatch(text):
        return False
    month, day = map(int, text.split("-"))
    return day <= (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31)


def check_selling(selling: Selling, grams: int, today: date) -> None:
    """Raises InvalidInput at the field that can't be kept or is only half there."""
    if selling.limit_units is not None and not 1 <= selling.limit_units <= MAX_LIMIT_UNITS:
        raise InvalidInput("listing.limit_units", field="limit_units", maximum=MAX_LIMIT_UNITS)
    if not 0 <= selling.limit_days <= MAX_LIMIT_DAYS or (selling.limit_days and selling.limit_units is None):
        raise InvalidInput("listing.limit_days", field="limit_days", maximum=MAX_LIMIT_DAYS)
    if (selling.presale_until is None) != (selling.ship_by is None):
        missing = "ship_by" if selling.ship_by is None else "presale_until"
        raise InvalidInput("listing.presale_half", field=missing)
    if selling.presale_until is not None and selling.ship_by is not None:
        if selling.ship_by < selling.presale_until:
            raise InvalidInput("listing.presale_ship_by", field="ship_by")
        if (selling.ship_by - today).days > MAX_PRESALE_DAYS:
            raise InvalidInput("listing.presale_far", field="ship_by", maximum=MAX_PRESALE_DAYS)
    if selling.tolerance_grams is not None:
        most = most_tolerance(grams)
        if not 0 <= selling.tolerance_grams <= most:
            raise InvalidInput("listing.tolerance", field="tolerance_grams", most=most)


@cache
def _tolerances() -> Sequence[tuple[int, int, int]]:
    """(up to grams, ten-thousandths of the net content, grams), the lightest first."""
    with _TOLERANCES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [
            (int(row["upto_grams"]), int(row["basis_points"] or 0), int(row["tenths_of_gram"] or 0))
            for row in rows
        ]


def most_tolerance(grams: int) -> int:
    """The largest difference from a declared net weight that the law lets pass, in whole grams, rounded down.

    Source: 定量包装商品计量监督管理办法 (国家市场监督管理总局令第70号, 2023), 附表 3, which is the data file. It ends
    at 50 kg, and what is heavier keeps its last percentage.
    """
    rows = _tolerances()
    _, basis_points, tenths = next((row for row in rows if grams <= row[0]), rows[-1])
    return grams * basis_points // 10_000 if basis_points else tenths // 10


def jin_fen(price_fen: int, grams: int, tolerance_grams: int | None) -> int:
    """What half a kilo (斤) costs, in fen, half up, to compare packings by; 0 for what is not sold by weight."""
    if tolerance_grams is None or grams <= 0:
        return 0
    return (price_fen * GRAMS_OF_JIN * 2 + grams) // (grams * 2)


def left_of_limit(limit_units: int | None, bought: int) -> int | None:
    """How many more units a buyer may have; None without a limit."""
    return None if limit_units is None else max(0, limit_units - bought)
