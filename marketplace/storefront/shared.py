"""What every visitor sees alike, read once in a while per process: categories, counts, figures of the day.

Nothing of a person is kept here, and nothing a sale depends on: certificates, prices and stock are always asked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from catalog.products.models import Listing
from catalog.products.queries import visible_clause
from catalog.products.workflow import ListingState
from certification.products.models import Category
from marketplace.kernel.db import db
from marketplace.regions.queries import names_of

SECONDS = 60.0
#: Counts are for orientation: beyond this many listings they stop growing.
MOST_COUNTED = 20_000
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


def counties() -> list[tuple[str, str]]:
    """(code, name) of the counties something on sale comes from, in code order."""
    return kept("counties", _read_counties)


def _read_counties() -> list[tuple[str, str]]:
    codes = db.session.scalars(
        select(Listing.county_code).where(Listing.state == ListingState.ON_SALE).distinct()
    )
    return sorted(names_of(codes).items())
