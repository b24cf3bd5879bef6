"""Figures other desks show: how far a unit is with its year, what a village and the city earned. From the totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy import and_, func, or_, select

from certification.applications.rules import SMALL_CELL
from certification.certificates.queries import in_force_clause
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import snapshot
from marketplace.pairing.models import PairingArrangement
from marketplace.regions.queries import find_region, get_region, nation
from marketplace.regions.rules import RegionLevel
from marketplace.reporting.dimensions import MEASURES, POSITION, STATE_MEASURES, Dimension, Nearness
from marketplace.reporting.folding import Sums, Value, blank
from marketplace.reporting.models import PeriodTotal
from marketplace.reporting.rules import HOME_CITY, Period, year_of
from marketplace.reporting.totals import (
    Asked,
    Tail,
    add_tail_by_key,
    households_by_region,
    read_tail,
    sums_by_key,
)

K = TypeVar("K")
_SALES = POSITION["sales_fen"]


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """A unit's year in fen: goods bought net of refunds, how much of it counts to each arrangement and how near, what
    it brings households (``income_fen``) and how many. Before costs, and purchases here only."""

    total_fen: int = 0
    by_arrangement: dict[int, int] = field(default_factory=dict)
    by_nearness: dict[Nearness, int] = field(default_factory=dict)
    income_fen: int = 0
    households: int = 0


@dataclass(frozen=True, slots=True)
class CityFigures:
    """Figures of the home page, income in fen. None where they would sum over too few households."""

    income_this_year_fen: int | None
    households_this_year: int | None
    products: int


def without_small_cells(fen: int, households: int) -> int | None:
    """The sum, or None where so few households stand behind it that one could be told from it."""
    return fen if households >= SMALL_CELL else None


def income_of(sums: Sums) -> int:
    """Income in all posted states, fen."""
    return sum(sums[POSITION[name]] for name in STATE_MEASURES.values())


def unit_progress(unit_id: int, year: int) -> UnitProgress:
    """What the unit bought in a year, by the day of payment, and where it counts."""
    period = year_of(date(year, 1, 1))
    with snapshot():
        tail = read_tail(Dimension.UNIT, Dimension.NEARNESS, Dimension.PAIRING)
        arrangements = db.session.scalars(
            select(PairingArrangement.id).where(PairingArrangement.unit_id == unit_id)
        ).all()
        wanted = [
            (Dimension.UNIT, str(unit_id)),
            *((Dimension.NEARNESS, f"{unit_id}:{nearness.value}") for nearness in Nearness),
            *((Dimension.PAIRING, str(arrangement_id)) for arrangement_id in arrangements),
        ]
        sums = sums_everywhere(wanted, period, tail)
        whole = sums.get((Dimension.UNIT, str(unit_id)), blank())
        asked = Asked(Dimension.UNIT, period, str(unit_id))
        households = households_by_region(asked, nation(), None, tail).total
    return UnitProgress(
        total_fen=whole[_SALES],
        by_arrangement=_sales_of(sums, {id_: (Dimension.PAIRING, str(id_)) for id_ in arrangements}),
        by_nearness=_sales_of(
            sums, {near: (Dimension.NEARNESS, f"{unit_id}:{near.value}") for near in Nearness}
        ),
        income_fen=income_of(whole),
        households=households,
    )


def sums_everywhere(values: Sequence[Value], period: Period, tail: Tail) -> dict[Value, Sums]:
    """Sums of a year by value, over all regions."""
    year = period.start.year
    by_dimension: dict[Dimension, list[str]] = {}
    for dimension, key in values:
        by_dimension.setdefault(dimension, []).append(key)
    rows = db.session.execute(
        select(
            PeriodTotal.dimension,
            PeriodTotal.key,
            *(func.sum(getattr(PeriodTotal, name)) for name in MEASURES),
        )
        .where(
            or_(
                *(
                    and_(PeriodTotal.dimension == dimension, PeriodTotal.key.in_(keys))
                    for dimension, keys in by_dimension.items()
                )
            ),
            PeriodTotal.level == RegionLevel.CITY,
            PeriodTotal.period == year,
        )
        .group_by(PeriodTotal.dimension, PeriodTotal.key)
    )
    sums: dict[Value, Sums] = {
        (dimension, key): [int(fen) for fen in found] for dimension, key, *found in rows
    }
    wanted = set(values)
    for dimension in by_dimension:
        for (_, level, day, _, key), more in tail.days[dimension].items():
            if level is RegionLevel.CITY and day // 10_000 == year and (dimension, key) in wanted:
                known = sums.get((dimension, key), blank())
                sums[dimension, key] = [a + b for a, b in zip(known, more, strict=True)]
    return sums


def _sales_of(sums: Mapping[Value, Sums], values: Mapping[K, Value]) -> dict[K, int]:
    return {
        name: sums[value][_SALES] for name, value in values.items() if value in sums and sums[value][_SALES]
    }


def village_income(code: str, year: int) -> int | None:
    """What the platform brought the households of a village in a year, fen; None under the small-cell rule, and for
    what is no region."""
    region = find_region(code)
    if region is None:
        return None
    asked = Asked(Dimension.ALL, year_of(date(year, 1, 1)))
    with snapshot():
        tail = read_tail(Dimension.ALL)
        [sums] = sums_by_key([asked], region)
        add_tail_by_key(sums, tail, asked, region)
        households = households_by_region(asked, region, None, tail).total
    return without_small_cells(income_of(sums.get("", blank())), households)


def city_figures() -> CityFigures:
    """Figures of the home page; who shows them keeps them a while, for every guest asks."""
    city, asked = get_region(HOME_CITY), Asked(Dimension.ALL, year_of(clock.today()))
    with snapshot():
        tail = read_tail(Dimension.ALL)
        [sums] = sums_by_key([asked], city)
        add_tail_by_key(sums, tail, asked, city)
        households = households_by_region(asked, city, None, tail).total
        products = db.session.scalar(
            select(func.count()).select_from(DeclaredProduct).where(in_force_clause(DeclaredProduct.id))
        )
    return CityFigures(
        income_this_year_fen=without_small_cells(income_of(sums.get("", blank())), households),
        households_this_year=without_small_cells(households, households),
        products=products or 0,
    )
