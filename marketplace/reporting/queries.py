"""Reports of a region and a period, by the regions below it or by another dimension. From the totals and what waits.

An order counts in the period in which it was paid, wholly: refunds that come later are taken from it there, and the
income shows the state it is in now. Sales belong to the region the goods come from, income to the region of the
household. Additive figures add up over levels with the row 本级; distinct counts are counted anew at each level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.transaction import snapshot
from marketplace.parties.models import Household
from marketplace.presentation import MoneyPart
from marketplace.regions.queries import RegionRow, children_of, get_region, rows_of, within
from marketplace.regions.rules import CODE_LENGTH, RegionLevel, is_within, place_name
from marketplace.reporting.dimensions import LEVELS, Dimension
from marketplace.reporting.figures import Bucket, Figures, differences
from marketplace.reporting.folding import Sums, blank, period_of_day
from marketplace.reporting.progress import income_of
from marketplace.reporting.rules import BELOW, HOME_CITY, Period, pieces
from marketplace.reporting.totals import (
    Asked,
    Tail,
    add_tail_by_region,
    day_sums,
    households_by_region,
    read_tail,
    sums_by_period,
    sums_by_region,
)


def roots_of(actor: Actor) -> list[str]:
    """Where this person's reports begin: the regions of an official; the city for the platform's own people.

    Raises NotFound for anybody else.
    """
    if actor.has_role(Role.ADMIN, Role.FINANCE, Role.AUDITOR):
        return [HOME_CITY]
    if not actor.official_regions:
        raise NotFound
    return actor.official_regions


def region_for(actor: Actor, code: str) -> RegionRow:
    """The region asked for, or the person's own. Raises NotFound outside their scope, as for a region that is none, and
    above the city: totals begin there."""
    roots = roots_of(actor)
    region = get_region(code or roots[0])
    scopes = rows_of(roots).values()
    if region.level not in LEVELS or not any(
        is_within(region.code, scope.code, scope.level) for scope in scopes
    ):
        raise NotFound("regions.unknown")
    return region


def registered_households(region: RegionRow) -> int:
    """Households of the region that the shop has on file."""
    return (
        db.session.scalar(
            select(func.count()).select_from(Household).where(within(Household.village_code, region))
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Report:
    """``total`` is a sum of its own, not made of the rows: ``differences`` is what they differ by."""

    region: RegionRow
    period: Period
    rows: list[Figures]
    total: Figures
    line: list[tuple[Bucket, int]] = field(default_factory=list)

    @property
    def check_fen(self) -> int:
        """The rows' sales."""
        return sum(row.sales_fen for row in self.rows)

    @property
    def differences(self) -> list[int]:
        return differences(self.total.sums, [row.sums for row in self.rows])

    @property
    def adds_up(self) -> bool:
        return not any(self.differences)

    def parts(self) -> list[MoneyPart]:
        return self.total.parts()


def build_report(
    region: RegionRow, period: Period, category: str = "", buckets: Sequence[Bucket] = ()
) -> Report:
    """The region's rows and total, of one category where one is named, and the income over ``buckets``."""
    dimension = Dimension.CATEGORY if category else Dimension.ALL
    asked = [Asked(dimension, each, category) for each in (period, period.before())]
    below = BELOW.get(region.level)
    levels = [region.level, below] if below else [region.level]
    with snapshot():
        rows = _rows_of(region, below)
        tail = read_tail(dimension)
        found = sums_by_region(asked, region, levels)
        for sums, each in zip(found, asked, strict=True):
            add_tail_by_region(sums, tail, each, region, levels)
        households = households_by_region(asked[0], region, below, tail)
        line = income_line(dimension, category, region, buckets, tail)
    total = _figures(found, region.level, region.code, place_name(region.name), households.total)
    level = below or region.level
    codes = {code for sums in found for at, code in sums if at is level}
    for code in (
        codes - rows.keys()
    ):  # 东莞's towns below a city: what lies between two levels is the region's own
        _merge(found, level, code, region.code)
    counted: dict[str, int] = {}
    for part, count in households.by_group.items():
        code = part.ljust(CODE_LENGTH, "0")
        code = code if code in rows else region.code
        counted[code] = counted.get(code, 0) + count
    listed = [
        _figures(found, level, code, name, counted.get(code, 0), is_own=code == region.code)
        for code, name in rows.items()
    ]
    return Report(region, period, _in_order(listed), total, line)


def _rows_of(region: RegionRow, below: RegionLevel | None) -> dict[str, str]:
    if below is None:
        return {region.code: place_name(region.name)}
    rows = {child.code: place_name(child.name) for child in children_of(region.code)}
    return rows | {region.code: f"{place_name(region.name)}本级"}


def _figures(
    found: Sequence[dict[tuple[RegionLevel, str], Sums]],
    level: RegionLevel,
    code: str,
    name: str,
    households: int,
    *,
    is_own: bool = False,
) -> Figures:
    now, before = (sums.get((level, code), blank()) for sums in found)
    return Figures(code, name, now, before, households, is_own)


def _merge(
    found: Sequence[dict[tuple[RegionLevel, str], Sums]], level: RegionLevel, code: str, into: str
) -> None:
    for sums in found:
        more = sums.pop((level, code), None)
        if more is not None:
            known = sums.get((level, into), blank())
            sums[level, into] = [a + b for a, b in zip(known, more, strict=True)]


def _in_order(rows: list[Figures]) -> list[Figures]:
    """The largest first; the region's own row last, and only where it says something or nothing else does."""
    own = [row for row in rows if row.is_own]
    listed = sorted(
        (row for row in rows if not row.is_own), key=lambda row: (-row.sales_fen, -row.income_fen, row.code)
    )
    return listed + [row for row in own if not row.is_empty or not listed]


def income_line(
    dimension: Dimension, key: str, region: RegionRow, buckets: Sequence[Bucket], tail: Tail
) -> list[tuple[Bucket, int]]:
    """Income of each bucket, fen. One query, or none without buckets."""
    if not buckets:
        return []
    parts = [pieces(bucket.start, bucket.end) for bucket in buckets]
    periods = sorted({piece.period for each in parts for piece in each})
    stored = sums_by_period(dimension, key, region, periods)
    waiting = day_sums(tail, dimension, key, region)
    line: list[tuple[Bucket, int]] = []
    for bucket, each in zip(buckets, parts, strict=True):
        fen = sum(piece.sign * income_of(stored.get(piece.period, blank())) for piece in each)
        first, last = period_of_day(bucket.start), period_of_day(bucket.end)
        fen += sum(income_of(sums) for day, sums in waiting.items() if first <= day <= last)
        line.append((bucket, fen))
    return line
