"""Reports of a region by supplier, product, unit, arrangement, channel or outlet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.kernel.transaction import snapshot
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import place_name
from marketplace.reporting.dimensions import OUTLET_ROLES, Dimension, total_of
from marketplace.reporting.figures import Figures, differences
from marketplace.reporting.folding import Sums, blank
from marketplace.reporting.naming import Named, names_of_keys
from marketplace.reporting.progress import sums_everywhere
from marketplace.reporting.rules import Period, year_of
from marketplace.reporting.totals import (
    Asked,
    Counted,
    Tail,
    add_tail_by_key,
    households_by_key,
    read_tail,
    sums_by_key,
)


class By(StrEnum):
    """What the rows of a report are."""

    REGION = "region"
    OUTLET = "outlet"
    PAIRING = "pairing"
    UNIT = "unit"
    SUPPLIER = "supplier"
    PRODUCT = "product"
    CATEGORY = "category"
    CHANNEL = "channel"


DIMENSIONS: Mapping[By, Dimension] = {
    By.PAIRING: Dimension.PAIRING,
    By.UNIT: Dimension.UNIT,
    By.SUPPLIER: Dimension.SUPPLIER,
    By.PRODUCT: Dimension.PRODUCT,
    By.CATEGORY: Dimension.CATEGORY,
    By.CHANNEL: Dimension.CHANNEL,
}
WITH_TARGETS = frozenset({By.PAIRING, By.UNIT})


@dataclass(frozen=True, slots=True)
class KeyReport:
    """``total`` sums what has a value in the dimension (a sum of its own, not made of the rows), ``whole`` is all of
    the region. ``differences``: total less rows."""

    by: By
    region: RegionRow
    period: Period
    rows: list[Figures]
    total: Figures
    whole: Figures
    year: int
    differences: list[int]

    @property
    def adds_up(self) -> bool:
        return not any(self.differences)


def build_key_report(by: By, region: RegionRow, period: Period, category: str = "") -> KeyReport:
    """Every value with figures, the largest sales first; for products, of one category where one is named."""
    dimension = DIMENSIONS[by]
    year = period.end.year
    with snapshot():
        asked = _asked(dimension, period, category)
        tail = read_tail(*(each.dimension for each in asked))
        found, totals, wholes = _read(asked, region, tail)
        named = names_of_keys(dimension, {key for sums in found for key in sums}, region, period, category)
        counted = households_by_key(
            Asked(dimension, period, None), region, tail, set(named) if category else None
        )
        reached = _reached(by, named, year, tail)
    keys = named.keys() if category or by in WITH_TARGETS else {key for sums in found for key in sums}
    rows = [_row(key, named.get(key), found, counted, reached) for key in keys]
    rows = [row for row in rows if not row.is_empty or row.target_fen is not None]
    rows.sort(key=lambda row: (-row.sales_fen, -row.income_fen, -(row.target_fen or 0), row.name, row.code))
    name = place_name(region.name)
    total = Figures("", name, totals[0], totals[1], counted.total)
    whole = Figures("", name, wholes[0], wholes[1])
    gaps = differences(total.sums, [row.sums for row in rows])
    return KeyReport(by, region, period, rows, total, whole, year, gaps)


def _asked(dimension: Dimension, period: Period, category: str) -> list[Asked]:
    """The keys' sums, the dimension's, the region's; each of now and before."""
    of_total = (Dimension.CATEGORY, category) if category else (total_of(dimension), "")
    periods = (period, period.before())
    return [
        *(Asked(dimension, each, None) for each in periods),
        *(Asked(of_total[0], each, of_total[1]) for each in periods),
        *(Asked(Dimension.ALL, each) for each in periods),
    ]


def _read(
    asked: Sequence[Asked], region: RegionRow, tail: Tail
) -> tuple[list[dict[str, Sums]], list[Sums], list[Sums]]:
    """What ``_asked`` asks for."""
    found = sums_by_key(asked, region)
    for sums, each in zip(found, asked, strict=True):
        add_tail_by_key(sums, tail, each, region)
    totals, wholes = (
        [
            sums.get(each.key or "", blank())
            for sums, each in zip(found[at : at + 2], asked[at : at + 2], strict=True)
        ]
        for at in (2, 4)
    )
    return found[:2], totals, wholes


def _row(
    key: str,
    named: Named | None,
    found: Sequence[Mapping[str, Sums]],
    counted: Counted,
    reached: Mapping[str, int],
) -> Figures:
    now, before = (sums.get(key, blank()) for sums in found)
    return Figures(
        key,
        named.name if named else key,
        now,
        before,
        counted.by_group.get(key, 0),
        note=named.note if named else "",
        target_fen=named.target_fen if named else None,
        year_fen=reached.get(key, 0),
    )


def _reached(by: By, named: Mapping[str, Named], year: int, tail: Tail) -> dict[str, int]:
    """What was bought in the whole year, wherever it comes from: a target is for all of it."""
    if by not in WITH_TARGETS or not named:
        return {}
    dimension = DIMENSIONS[by]
    sums = sums_everywhere([(dimension, key) for key in named], year_of(date(year, 1, 1)), tail)
    return {key: found[0] for (_, key), found in sums.items()}


@dataclass(frozen=True, slots=True)
class OutletFigures:
    """An outlet's part in each role: four figures that say different things of partly the same orders."""

    code: str
    name: str
    note: str
    roles: Mapping[Dimension, Figures]

    @property
    def is_empty(self) -> bool:
        return all(figures.is_empty for figures in self.roles.values())


@dataclass(frozen=True, slots=True)
class OutletReport:
    region: RegionRow
    period: Period
    rows: list[OutletFigures]
    total: OutletFigures
    differences: list[int]

    @property
    def adds_up(self) -> bool:
        return not any(self.differences)


def build_outlet_report(region: RegionRow, period: Period) -> OutletReport:
    """Outlets by what they did for orders with goods from the region, each role for itself."""
    with snapshot():
        tail = read_tail(*OUTLET_ROLES)
        asked = [Asked(role, period, key) for role in OUTLET_ROLES for key in (None, "")]
        found = sums_by_key(asked, region)
        for sums, each in zip(found, asked, strict=True):
            add_tail_by_key(sums, tail, each, region)
        by_role = dict(zip(OUTLET_ROLES, found[::2], strict=True))
        totals = {role: sums.get("", blank()) for role, sums in zip(OUTLET_ROLES, found[1::2], strict=True)}
        keys = {key for sums in by_role.values() for key in sums}
        named = names_of_keys(Dimension.OUTLET_PLACED, keys, region, period)
    rows = [
        _outlet(key, named.get(key), {role: sums.get(key, blank()) for role, sums in by_role.items()})
        for key in keys
    ]
    rows = [row for row in rows if not row.is_empty]
    rows.sort(key=lambda row: (-sum(each.sales_fen for each in row.roles.values()), row.name, row.code))
    gaps = [
        gap
        for role in OUTLET_ROLES
        for gap in differences(totals[role], [row.roles[role].sums for row in rows])
    ]
    return OutletReport(region, period, rows, _outlet("", None, totals), gaps)


def _outlet(key: str, named: Named | None, sums: Mapping[Dimension, Sums]) -> OutletFigures:
    name, note = (named.name, named.note) if named else (key, "")
    return OutletFigures(key, name, note, {role: Figures(key, name, each) for role, each in sums.items()})
