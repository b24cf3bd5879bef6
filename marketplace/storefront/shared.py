"""What every visitor sees alike, read once in a while per process: categories, counts, figures of the day.

Nothing of a person is kept here, and nothing a sale depends on: certificates, prices and stock are always asked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from catalog.attributes.queries import all_attributes
from catalog.attributes.rules import Attribute, attributes_of
from catalog.promotions.queries import Forward, put_forward
from catalog.search import hot
from certification.products.models import Category
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.storefront.facets import Table, read_table
from orders.coupons.public import PublicOffer, public_offers

SECONDS = 60.0
COUPONS = "coupons"
#: for so long another process may tell of a coupon that has just been stopped or used up, and a guest's page it made
#: meanwhile until it is made anew (``guests.SECONDS``); the checkout asks anew
COUPON_SECONDS = 10.0
T = TypeVar("T")


@dataclass(slots=True)
class _Place:
    """One thing that is kept, and whose turn it is to read it anew."""

    turn: Lock = field(default_factory=Lock)
    read_at: float = -inf
    value: Any = None


_kept: WeakKeyDictionary[Engine, dict[str, _Place]] = WeakKeyDictionary()


def kept(name: str, read: Callable[[], T], seconds: float = SECONDS) -> T:
    """What ``read`` gave at most ``seconds`` ago, per process and database.

    One thread at a time reads: the others wait for the first value, and take the last one while a new one is read. All
    of them at once would read ten thousand listings each.
    """
    place = _kept.setdefault(db.engine, {}).setdefault(name, _Place())
    if time.monotonic() - place.read_at >= seconds and place.turn.acquire(blocking=place.read_at == -inf):
        try:
            if time.monotonic() - place.read_at >= seconds:
                place.value = read()
                place.read_at = time.monotonic()
        finally:
            place.turn.release()
    value: T = place.value
    return value


def forget(name: str | None = None) -> None:
    """Drop one thing, or everything, that this process keeps for the current database."""
    engine = db.engine
    if name is None:
        _kept.pop(engine, None)
    else:
        _kept.get(engine, {}).pop(name, None)


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
    is_visit: bool
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


def hot_words() -> list[str]:
    """What people look for, beneath the search box of every page. One statement a minute; empty rather than an error,
    as ``channels``."""
    try:
        return kept("hot", hot.hot_words)
    except SQLAlchemyError:
        db.session.rollback()
        return []


def find_category(code: str) -> CategoryRow | None:
    return next((row for row in categories() if row.code == code), None)


def children_of(code: str) -> list[CategoryRow]:
    return [row for row in categories() if row.parent_code == code and row.count]


def _read_categories() -> list[CategoryRow]:
    counted = table()
    found = db.session.execute(
        select(
            Category.code, Category.name, Category.parent_code, Category.is_fresh, Category.is_visit
        ).order_by(Category.position, Category.code)
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
            count=counted.of_categories(below[row.code]).bit_count(),
            codes=tuple(below[row.code]),
            is_fresh=row.is_fresh,
            is_visit=row.is_visit,
            cover_token=counted.cover_of(below[row.code]),
        )
        for row in found
    ]


def forward() -> Forward:
    """Slots and hot words of the home page that are not over; which of them today shows is asked each time."""
    return kept("forward", lambda: put_forward(clock.today()))


def coupons_for(supplier_id: int, *, of_supplier: bool = True) -> list[PublicOffer]:
    """What whoever buys of a supplier is offered now, the shop's first; without its own where its goods take no part in
    those. Whether one runs is asked of the clock each time. One statement in ten seconds."""
    offers = kept(COUPONS, public_offers, COUPON_SECONDS)
    moment = clock.now()
    found = [*(offers.get(supplier_id, ()) if of_supplier else ()), *offers.get(None, ())]
    return [each for each in found if each.runs_at(moment)]


def table() -> Table:
    """What is shown, by everything a list can be narrowed by. Three statements a minute."""
    return kept("table", read_table)


def attributes() -> list[Attribute]:
    """Every attribute of every category. One statement a minute."""
    return kept("attributes", all_attributes)


def attributes_in(code: str) -> list[Attribute]:
    """Those of a category, with what it inherits."""
    return attributes_of(
        code,
        attributes(),
        {row.code: row.parent_code for row in categories()},
        is_visit=any(row.is_visit for row in categories() if row.code == code),
    )
