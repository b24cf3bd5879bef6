"""Reading divisions, and the one criterion that means "within this region".

Divisions only change when ``commands.load_regions`` runs, so rows once read are kept in the process, per database
engine. Rows seen inside a writing transaction are not kept: they may be rolled back. Another process keeps an old name
until it restarts, which is when a new year's data arrives anyway.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.transaction import in_transaction
from marketplace.regions import rules
from marketplace.regions.models import Region
from marketplace.regions.rules import NATION_CODE, RegionLevel


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A division detached from the session. ``parent_code`` is None for the nation only."""

    code: str
    name: str
    level: RegionLevel
    parent_code: str | None
    prefix: str


_known: WeakKeyDictionary[Engine, dict[str, RegionRow]] = WeakKeyDictionary()
#: the children of a nation, province or city; some 3,000 rows at the most
_children: WeakKeyDictionary[Engine, dict[str, list[RegionRow]]] = WeakKeyDictionary()
#: how the codes of those parents end
_DOWN_TO_CITIES = "0" * 8

#: the most parameters one IN list gets; both databases allow far more, long lists only slow the planner
_BATCH = 500


def _cache() -> dict[str, RegionRow]:
    return _known.setdefault(db.engine, {})


def forget_cached() -> None:
    """Drop what was kept for the current database: called after a load, and by whoever rebuilds its tables."""
    engine = db.engine
    _known.pop(engine, None)
    _children.pop(engine, None)


def _rows_where(*criteria: ColumnElement[bool]) -> list[RegionRow]:
    """Rows by code; columns, not objects, for a list must not fill the session."""
    columns = select(Region.code, Region.name, Region.level, Region.parent_code, Region.prefix)
    rows = db.session.execute(columns.where(*criteria).order_by(Region.code))
    return [RegionRow(row.code, row.name, row.level, row.parent_code, row.prefix) for row in rows]


def _kept(rows: list[RegionRow]) -> list[RegionRow]:
    """Rows just read, kept for the next who asks. Not within a transaction, which may yet be taken back."""
    if not in_transaction():
        _cache().update((row.code, row) for row in rows)
    return rows


def rows_of(codes: Iterable[str]) -> dict[str, RegionRow]:
    """The regions with these codes, by code; unknown and malformed codes are left out. One query per 500 new codes."""
    wanted = {code for code in codes if rules.is_code(code)}
    cache = _cache()
    found = {code: cache[code] for code in wanted if code in cache}
    missing = sorted(wanted - found.keys())
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        found.update((region.code, region) for region in _kept(_rows_where(Region.code.in_(batch))))
    return found


def find_region(code: str) -> RegionRow | None:
    """The region with this code, or None; any text may be asked for."""
    return rows_of([code]).get(code)


def get_region(code: str) -> RegionRow:
    """The region with this code. Raises NotFound ``regions.unknown``; any text may be asked for."""
    region = find_region(code)
    if region is None:
        raise NotFound("regions.unknown")
    return region


def nation() -> RegionRow:
    """The scope that holds every region. Raises NotFound when no divisions have been loaded."""
    return get_region(NATION_CODE)


def children_of(code: str) -> list[RegionRow]:
    """The regions directly below, by code; empty for a leaf or an unknown code.

    Levels may skip: below 东莞市 come towns, with no county between.
    """
    if not rules.is_code(code):
        return []
    return _rows_where(Region.parent_code == code)


def children_of_each(codes: Collection[str]) -> dict[str, list[RegionRow]]:
    """``children_of`` for several parents, as a cascade of selects needs them: at most one query.

    Provinces, cities and counties are kept, for every page that asks for an address shows some of them.
    """
    kept = _children.setdefault(db.engine, {})
    found = {code: kept.get(code, []) for code in codes if rules.is_code(code)}
    missing = sorted(found.keys() - kept.keys())
    for row in _rows_where(Region.parent_code.in_(missing)) if missing else []:
        found[row.parent_code or NATION_CODE].append(row)
    if not in_transaction():
        kept.update((code, found[code]) for code in missing if code.endswith(_DOWN_TO_CITIES) and found[code])
    return found


def descendants_of(code: str, level: RegionLevel | None = None) -> list[RegionRow]:
    """Everything below a region, or one level of it, by code; 20,000 rows for 陕西省. Raises NotFound."""
    region = get_region(code)
    criteria = [within(Region.code, region), Region.code != region.code]
    if level is not None:
        criteria.append(Region.level == level)
    return _kept(_rows_where(*criteria))


def _path_in(rows: dict[str, RegionRow], code: str) -> list[RegionRow]:
    path: list[RegionRow] = []
    region = rows.get(code)
    while region is not None and region.level is not RegionLevel.NATION:
        path.append(region)
        region = rows.get(region.parent_code or NATION_CODE)
    return path[::-1]


def path_of(code: str) -> list[RegionRow]:
    """From the province down to the region itself; empty for the nation. At most one query. Raises NotFound."""
    if code == NATION_CODE:
        return []
    if not rules.is_code(code):
        raise NotFound("regions.unknown")
    path = _path_in(_cache(), code)
    if not (path and path[0].parent_code == NATION_CODE):
        path = _path_in(rows_of(rules.possible_path(code)), code)
    if not path:
        raise NotFound("regions.unknown")
    return path


def full_name(code: str) -> str:
    """As on an envelope: 陕西省西安市周至县马召镇; 全国 for the nation. Raises NotFound."""
    return rules.joined_name([region.name for region in path_of(code)]) or get_region(code).name


def full_names_of(codes: Collection[str]) -> dict[str, str]:
    """``full_name`` for a list page, without a query per row; unknown codes are left out."""
    valid = {code for code in codes if rules.is_code(code)}
    rows = rows_of(valid.union(*(rules.possible_path(code) for code in valid)))
    return {
        code: rules.joined_name([region.name for region in _path_in(rows, code)]) or rows[code].name
        for code in valid
        if code in rows
    }


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """The regions' own names by code, for list pages; unknown codes are left out."""
    return {code: region.name for code, region in rows_of(codes).items()}


def within(column: InstrumentedAttribute[Any] | ColumnElement[Any], region: RegionRow) -> ColumnElement[bool]:
    """The criterion "this column's region code lies within ``region``, or is it": the only scope test there is.

    A range over whole codes, not LIKE, so that an ordinary index serves it on SQLite and on PostgreSQL under any
    collation. A NULL code lies nowhere, not even in the nation.
    """
    prefix = rules.scope_prefix(region.code, region.level)
    if not prefix:
        return column.is_not(None)
    lowest, highest = rules.prefix_bounds(prefix)
    return column.between(lowest, highest)
