"""What every visitor sees alike, read once in a while per process: categories, counts, figures of the day.

Nothing of a person is kept here, and nothing a sale depends on: certificates, prices and stock are always asked.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from catalog.products.models import Listing
from catalog.products.queries import visible_clause
from certification.products.models import Category
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from marketplace.regions.queries import names_of

SECONDS = 60.0
#: Counts are for orientation: beyond this many listings they stop growing.
MOST_COUNTED = 20_000
#: A longer list of sellers to choose from is no help; the others are found by name.
MOST_SELLERS = 40
T = TypeVar("T")
_kept: WeakKeyDictionary[Engine, dict[str, tuple[float, Any]]] = WeakKeyDictionary()


def kept(name: str, read: Callable[[], T], seconds: float = SECONDS) -> T:
    """What ``read`` gave at most ``seconds`` ago, per process and database."""
    shelf = _kept.setdefault(db.session.get_bind().engine, {})
    found = shelf.get(name)
    if found is not None and time.monotonic() - found[0] < seconds:
        value: T = found[1]
        return value
    value = read()
    shelf[name] = (time.monotonic(), value)
    return value


def forget() -> None:
    """Drop everything kept for the current database."""
    _kept.pop(db.session.get_bind().engine, None)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """``count`` listings shown in it and below, ``codes`` itself and what lies below, ``cover_token`` the picture of
    what sells best in it."""

    code: str
    name: str
    parent_code: str | None
    count: int
    codes: tuple[str, ...]
    is_fresh: bool
    cover_token: str | None


def categories() -> list[CategoryRow]:
    """Every category in its order, parents with what their children hold. One query a minute."""
    return kept("categories", _read_categories)


def top_categories() -> list[CategoryRow]:
    return [row for row in categories() if row.parent_code is None]


def channels() -> list[CategoryRow]:
    """The categories in the head of every page: those with something in them. Empty rather than an error: a page that
    says that the database is away must not ask it."""
    try:
        return [row for row in top_categories() if row.count]
    except SQLAlchemyError:
        db.session.rollback()
        return []


def find_category(code: str) -> CategoryRow | None:
    return next((row for row in categories() if row.code == code), None)


def children_of(code: str) -> list[CategoryRow]:
    return [row for row in categories() if row.parent_code == code and row.count]


def _read_categories() -> list[CategoryRow]:
    visible = visible_clause()
    counts: dict[str, int] = {}
    covers: dict[str, str | None] = {}
    rows = db.session.execute(
        select(Listing.category_code, Listing.cover_token)
        .where(visible)
        .order_by(Listing.sold_units.desc(), Listing.id)
        .limit(MOST_COUNTED)
    )
    for code, cover in rows:
        counts[code] = counts.get(code, 0) + 1
        covers.setdefault(code, cover)
    found = db.session.execute(
        select(Category.code, Category.name, Category.parent_code, Category.is_fresh).order_by(
            Category.position, Category.code
        )
    ).all()
    below: dict[str, list[str]] = {row.code: [row.code] for row in found}
    for row in found:
        if row.parent_code in below:
            below[row.parent_code].append(row.code)
    return [
        CategoryRow(
            code=row.code,
            name=row.name,
            parent_code=row.parent_code,
            count=sum(counts.get(code, 0) for code in below[row.code]),
            codes=tuple(below[row.code]),
            is_fresh=row.is_fresh,
            cover_token=next((covers[code] for code in below[row.code] if covers.get(code)), None),
        )
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class Facets:
    """What a list can be narrowed by: names and how many listings, by county code and by supplier id as text."""

    counties: dict[str, str]
    suppliers: dict[str, str]
    per_county: dict[str, int]


def facets(codes: Sequence[str] = ()) -> Facets:
    """Counties and sellers of these categories (of everything: none). One query a minute."""
    return kept(f"facets:{','.join(codes)}", lambda: _read_facets(codes))


def _read_facets(codes: Sequence[str]) -> Facets:
    criteria = [visible_clause()]
    if codes:
        criteria.append(Listing.category_code.in_(codes))
    seen = select(Listing.county_code, Listing.supplier_id).where(*criteria).limit(MOST_COUNTED).subquery()
    rows = db.session.execute(
        select(seen.c.county_code, seen.c.supplier_id, Supplier.name, func.count())
        .join(Supplier, Supplier.id == seen.c.supplier_id)
        .group_by(seen.c.county_code, seen.c.supplier_id, Supplier.name)
    ).all()
    per_county: dict[str, int] = {}
    goods: dict[tuple[str, str], int] = {}
    for county, supplier_id, name, count in rows:
        per_county[county] = per_county.get(county, 0) + count
        seller = (str(supplier_id), name.replace("（示例）", ""))
        goods[seller] = goods.get(seller, 0) + count
    sellers = sorted(goods, key=lambda seller: (-goods[seller], seller[1]))[:MOST_SELLERS]
    return Facets(dict(sorted(names_of(per_county).items())), dict(sellers), per_county)
