"""Reading totals: what is summed up plus what still waits, in one snapshot.

Every function reads under ``snapshot()``; a caller that needs several figures to agree opens it itself and passes the
same ``Tail`` along.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from marketplace.kernel.db import db
from marketplace.regions.queries import RegionRow, within
from marketplace.regions.rules import CODE_LENGTH, RegionLevel, scope_prefix
from marketplace.reporting.dimensions import MEASURES, Dimension
from marketplace.reporting.facts import read_waiting
from marketplace.reporting.folding import (
    HouseholdKey,
    Sums,
    TotalKey,
    blank,
    fold,
    period_of_day,
    region_at,
)
from marketplace.reporting.models import HouseholdTotal, PeriodTotal
from marketplace.reporting.rules import Period, Piece, pieces

_TOTALS = [getattr(PeriodTotal, name) for name in MEASURES]


@dataclass(frozen=True, slots=True)
class Tail:
    """What waits, by day, of each dimension it was read for: asked for another, it raises KeyError. Small nearly
    always: the worker takes it every few seconds."""

    days: Mapping[Dimension, Mapping[TotalKey, Sums]]
    incomes: Mapping[Dimension, Mapping[HouseholdKey, int]]


def read_tail(*dimensions: Dimension) -> Tail:
    """One query, whether anything waits or not."""
    lines, postings = read_waiting(with_collected=Dimension.OUTLET_COLLECTED in dimensions)
    sums = fold(lines, postings, lambda value: value[0] in dimensions)
    days: dict[Dimension, dict[TotalKey, Sums]] = {dimension: {} for dimension in dimensions}
    incomes: dict[Dimension, dict[HouseholdKey, int]] = {dimension: {} for dimension in dimensions}
    for at, figures in sums.days().items():
        days[at[0]][at] = figures
    for whose, fen in sums.household_days().items():
        incomes[whose[0]][whose] = fen
    return Tail(days, incomes)


@dataclass(frozen=True, slots=True)
class Asked:
    """Sums of one dimension over a period; ``key`` None asks for every key but ''."""

    dimension: Dimension
    period: Period
    key: str | None = ""

    def covers(self, dimension: Dimension, day: int, key: str) -> bool:
        return (
            dimension is self.dimension
            and (key == self.key if self.key is not None else key != "")
            and period_of_day(self.period.start) <= day <= period_of_day(self.period.end)
        )


def _signed(column: Any, parts: Sequence[Piece]) -> ColumnElement[Any]:
    """The column, negative in the rows of pieces that are taken away."""
    minus = [piece.period for piece in parts if piece.sign < 0]
    return case((column.class_.period.in_(minus), -column), else_=column) if minus else column


def _key_clause(column: Any, key: str | None) -> ColumnElement[bool]:
    clause: ColumnElement[bool] = column != "" if key is None else column == key
    return clause


def _sums_over(asked: Asked, group: Any, *criteria: ColumnElement[bool]) -> Select[Any]:
    parts = pieces(asked.period.start, asked.period.end)
    return select(group, *(func.sum(_signed(column, parts)) for column in _TOTALS)).where(
        PeriodTotal.dimension == asked.dimension,
        _key_clause(PeriodTotal.key, asked.key),
        PeriodTotal.period.in_([piece.period for piece in parts]),
        *criteria,
    )


def sums_by_region(
    asked: Sequence[Asked], region: RegionRow, levels: Sequence[RegionLevel]
) -> list[dict[tuple[RegionLevel, str], Sums]]:
    """For each of ``asked``: sums by (level, region code) within the region. One query; the tail is not in it."""
    parts = [
        _sums_over(
            each, PeriodTotal.level, PeriodTotal.level.in_(levels), within(PeriodTotal.region_code, region)
        )
        .add_columns(PeriodTotal.region_code, literal(place).label("asked"))
        .group_by(PeriodTotal.level, PeriodTotal.region_code)
        for place, each in enumerate(asked)
    ]
    found: list[dict[tuple[RegionLevel, str], Sums]] = [{} for _ in asked]
    for level, *sums, code, place in db.session.execute(union_all(*parts)):
        found[place][level, code] = [int(fen) for fen in sums]
    return found


def sums_by_key(asked: Sequence[Asked], region: RegionRow) -> list[dict[str, Sums]]:
    """For each of ``asked``: the region's sums by key. One query; the tail is not in it."""
    return sums_at(asked, region.level, region.code)


def sums_at(asked: Sequence[Asked], level: RegionLevel, code: str) -> list[dict[str, Sums]]:
    """The same for a row of any level, also for a region's own part (本级) among the rows below it."""
    parts = [
        _sums_over(each, PeriodTotal.key, PeriodTotal.level == level, PeriodTotal.region_code == code)
        .add_columns(literal(place).label("asked"))
        .group_by(PeriodTotal.key)
        for place, each in enumerate(asked)
    ]
    found: list[dict[str, Sums]] = [{} for _ in asked]
    for key, *sums, place in db.session.execute(union_all(*parts)):
        found[place][key] = [int(fen) for fen in sums]
    return found


def sums_by_period(
    dimension: Dimension, key: str, region: RegionRow, periods: Collection[int]
) -> dict[int, Sums]:
    """The region's sums by day or month; the tail is not in it."""
    rows = db.session.execute(
        select(PeriodTotal.period, *_TOTALS).where(
            PeriodTotal.dimension == dimension,
            PeriodTotal.level == region.level,
            PeriodTotal.period.in_(periods),
            PeriodTotal.region_code == region.code,
            PeriodTotal.key == key,
        )
    )
    return {period: list(sums) for period, *sums in rows}


def add_tail_by_region(
    sums: dict[tuple[RegionLevel, str], Sums],
    tail: Tail,
    asked: Asked,
    region: RegionRow,
    levels: Collection[RegionLevel],
) -> None:
    prefix = scope_prefix(region.code, region.level)
    for (dimension, level, day, code, key), more in tail.days[asked.dimension].items():
        if level in levels and code.startswith(prefix) and asked.covers(dimension, day, key):
            _add(sums, (level, code), more)


def add_tail_by_key(sums: dict[str, Sums], tail: Tail, asked: Asked, region: RegionRow) -> None:
    add_tail_at(sums, tail, asked, region.level, region.code)


def add_tail_at(sums: dict[str, Sums], tail: Tail, asked: Asked, level: RegionLevel, code: str) -> None:
    for (dimension, at, day, where, key), more in tail.days[asked.dimension].items():
        if at is level and where == code and asked.covers(dimension, day, key):
            _add(sums, key, more)


def _add(sums: dict[Any, Sums], key: Any, more: Sums) -> None:
    sums[key] = [a + b for a, b in zip(sums.get(key, blank()), more, strict=True)]


@dataclass(slots=True)
class Counted:
    """Distinct households with income, by group, and all of them once."""

    by_group: dict[str, int]
    total: int


def households_by_region(asked: Asked, region: RegionRow, below: RegionLevel | None, tail: Tail) -> Counted:
    """Households with income left after refunds, by the region of ``below`` they live in."""
    length = below.prefix_length if below else CODE_LENGTH
    return _households(
        asked,
        func.substr(HouseholdTotal.village_code, 1, length),
        region,
        tail,
        lambda _key, village: region_at(village, below)[:length] if below else village,
    )


def households_by_key(
    asked: Asked, region: RegionRow, tail: Tail, keys: Collection[str] | None = None
) -> Counted:
    """Households with income left after refunds, by key; the total is over the keys asked for (``asked.key`` None)."""
    criteria = [HouseholdTotal.key.in_(keys)] if keys is not None else []
    return _households(asked, HouseholdTotal.key, region, tail, lambda key, _village: key, criteria, keys)


def _households(
    asked: Asked,
    group: Any,
    region: RegionRow,
    tail: Tail,
    group_of: Any,
    criteria: Sequence[ColumnElement[bool]] = (),
    keys: Collection[str] | None = None,
) -> Counted:
    parts = pieces(asked.period.start, asked.period.end)
    fen = func.sum(_signed(HouseholdTotal.fen, parts))
    per_household = (
        select(group.label("part"), HouseholdTotal.household_id, fen.label("fen"))
        .where(
            HouseholdTotal.dimension == asked.dimension,
            HouseholdTotal.period.in_([piece.period for piece in parts]),
            _key_clause(HouseholdTotal.key, asked.key),
            within(HouseholdTotal.village_code, region),
            *criteria,
        )
        .group_by(group, HouseholdTotal.household_id)
    )
    waiting = _waiting_incomes(asked, region, tail, group_of, keys)
    if waiting:
        return _count_with_tail(per_household, waiting)
    found = per_household.having(fen > 0).cte("with_income")
    counted = union_all(
        select(found.c.part, func.count()).group_by(found.c.part),
        select(literal(""), func.count(found.c.household_id.distinct())),
    )
    by_group: dict[str, int] = {}
    total = 0
    for name, count in db.session.execute(counted):
        if name == "":
            total = count
        else:
            by_group[name] = count
    return Counted(by_group, total)


def _waiting_incomes(
    asked: Asked, region: RegionRow, tail: Tail, group_of: Any, keys: Collection[str] | None
) -> dict[tuple[str, int], int]:
    prefix = scope_prefix(region.code, region.level)
    found: dict[tuple[str, int], int] = defaultdict(int)
    for (dimension, day, key, village, household_id), fen in tail.incomes[asked.dimension].items():
        if keys is not None and key not in keys:
            continue
        if village.startswith(prefix) and asked.covers(dimension, day, key):
            found[group_of(key, village), household_id] += fen
    return {whose: fen for whose, fen in found.items() if fen}


def _count_with_tail(per_household: Select[Any], waiting: Mapping[tuple[str, int], int]) -> Counted:
    """While something waits: who has income is only known household by household."""
    sums = dict(waiting)
    for part, household_id, fen in db.session.execute(per_household):
        sums[part, household_id] = sums.get((part, household_id), 0) + int(fen)
    by_group: dict[str, int] = defaultdict(int)
    with_income: set[int] = set()
    for (part, household_id), fen in sums.items():
        if fen > 0:
            by_group[part] += 1
            with_income.add(household_id)
    return Counted(dict(by_group), len(with_income))


def day_sums(tail: Tail, dimension: Dimension, key: str, region: RegionRow) -> dict[int, Sums]:
    """What waits for one row, by day."""
    found: dict[int, Sums] = {}
    for (_, level, day, code, value), sums in tail.days[dimension].items():
        if value == key and level is region.level and code == region.code:
            _add(found, day, sums)
    return found
