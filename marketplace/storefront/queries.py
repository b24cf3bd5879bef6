"""Lists of listings for home, category and search: rows for cards, bounded, from SQL.

Which listings a home section shows is chosen once a minute; whether each may be shown is asked on every request.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from catalog.attributes.queries import has_option
from catalog.products.models import Listing
from catalog.products.queries import CardRow, card_select, cards, cards_by_id, in_stock_clause, visible_clause
from certification.certificates.models import Certificate
from certification.notices.queries import NoticePage, board
from certification.products.models import Category
from marketplace.kernel import clock
from marketplace.kernel.db import db, read
from marketplace.parties.models import Household
from marketplace.storefront.facets import Table
from marketplace.storefront.filters import INCOME_BANDS, LAST_PAGE, PAGE_SIZE, Filters
from marketplace.storefront.shared import kept
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.rules import AccountKind, EntryKind
from orders.my_orders.queries import is_own
from orders.ordering.models import Order

_MOST_COUNTED = PAGE_SIZE * LAST_PAGE
_SORT_COLUMNS: dict[str, tuple[InstrumentedAttribute[Any], bool]] = {
    "sold": (Listing.sold_units, True),
    "new": (Listing.first_on_sale_at, True),
    "price": (Listing.from_price_fen, False),
    "price_desc": (Listing.from_price_fen, True),
    "share": (Listing.from_income_bp, True),
}


def criteria(filters: Filters, day: date | None = None) -> list[ColumnElement[bool]]:
    """What the address narrows to; visibility included."""
    return [visible_clause(day), *_narrowed(filters, day)]


def _narrowed(filters: Filters, day: date | None = None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.county:
        found.append(Listing.county_code == filters.county)
    if filters.supplier:
        found.append(Listing.supplier_id == int(filters.supplier))
    if filters.low_fen is not None:
        found.append(Listing.from_price_fen >= filters.low_fen)
    if filters.high_fen is not None:
        found.append(Listing.from_price_fen <= filters.high_fen)
    if filters.income:
        _, least = INCOME_BANDS[filters.income]
        share = Listing.from_income_fen * 2 >= Listing.from_price_fen
        found.append(share if least is None else Listing.from_income_fen >= least)
    if filters.in_stock:
        found.append(in_stock_clause())
    if filters.in_season:
        found.append(_in_month((day or clock.today()).month))
    found += [has_option(option_id) for option_id in filters.options]
    return found


def category_page(codes: tuple[str, ...], filters: Filters, table: Table) -> tuple[list[CardRow], int]:
    """One page of the categories' listings and how many there are. Best sold first and what is sold out last, as the
    table of choices has them; in another order, and where there are more than that table holds, as they are stored."""
    if filters.sort != "sold" or not table.is_whole:
        return _stored_page(codes, filters)
    ids, left = table.ranked(table.of_categories(codes), filters)
    total = min(left, _MOST_COUNTED)
    pages = max(1, -(-total // PAGE_SIZE))
    start = (min(filters.page, pages) - 1) * PAGE_SIZE
    return cards_by_id(list(islice(ids, start, start + PAGE_SIZE))), total


def _stored_page(codes: tuple[str, ...], filters: Filters) -> tuple[list[CardRow], int]:
    """One page of the categories' listings and how many there are, counted to 1,000. Two statements at most.

    Each category is read in the order of its own index and no further than the page needs; then they are merged. How
    many there are takes longer than the page: what fits on one is not counted, and all of a category once a minute.
    """
    day, narrowing = clock.today(), replace(filters, page=1)
    if filters.page == 1:
        rows = cards(_page_statement(codes, narrowing, day, 0))
        if len(rows) < PAGE_SIZE:
            return rows, len(rows)
        return rows, max(len(rows), _total(codes, narrowing, day))
    total = _total(codes, narrowing, day)
    pages = max(1, -(-total // PAGE_SIZE))
    offset = (min(filters.page, pages) - 1) * PAGE_SIZE
    return cards(_page_statement(codes, narrowing, day, offset)), total


def _total(codes: tuple[str, ...], narrowing: Filters, day: date) -> int:
    def count() -> int:
        return read(_count_statement(codes, narrowing, day)).scalar() or 0

    if narrowing.narrows:
        return count()
    return kept(f"listed:{','.join(codes)}", count)


@lru_cache(maxsize=256)
def _count_statement(codes: tuple[str, ...], filters: Filters, day: date) -> Select[int]:
    counted: Select[Any] = (
        select(literal_column("1"))
        .where(Listing.category_code.in_(codes), *criteria(filters, day))
        .limit(_MOST_COUNTED)
    )
    return select(func.count()).select_from(counted.subquery())


@lru_cache(maxsize=256)
def _page_statement(
    codes: tuple[str, ...], filters: Filters, day: date, offset: int
) -> Select[*tuple[Any, ...]]:
    where = criteria(filters, day)
    key, falling = _SORT_COLUMNS[filters.sort]
    order = (key.desc(), Listing.id.desc()) if falling else (key.asc(), Listing.id.asc())
    parts = [
        select(
            select(Listing.id.label("id"))
            .where(Listing.category_code == code, *where)
            .order_by(*order)
            .limit(offset + PAGE_SIZE)
            .subquery()
        )
        for code in codes
    ]
    chosen = union_all(*parts).subquery()
    return (
        card_select()
        .where(Listing.id.in_(select(chosen.c.id)))
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset(offset)
    )


def found_page(listing_ids: Sequence[int], filters: Filters, table: Table) -> tuple[list[CardRow], int]:
    """One page of a search's hits, in the engine's order and what is sold out last, unless the address asks for another
    order. One statement, one more where the address narrows or sorts and one where a hit is new.

    Whether each hit may be shown is asked of those on the page; what the table of choices had a while ago does for the
    others, and what it does not know, for it is new, is asked. Where one on the page is gone since, all are asked, for
    three statements more at most.
    """
    unknown = [each for each in listing_ids if not table.knows(each)]
    hidden = set(unknown) - _shown(unknown)
    rows, total, is_whole = _found([each for each in listing_ids if each not in hidden], filters, table)
    if not is_whole:
        shown = _shown(listing_ids)
        rows, total, _ = _found([each for each in listing_ids if each in shown], filters, table)
    return rows, total


@lru_cache(maxsize=8)
def _shown_statement(day: date) -> Select[int]:
    return select(Listing.id).where(Listing.id.in_(bindparam("ids", expanding=True)), visible_clause(day))


def _shown(listing_ids: Sequence[int]) -> set[int]:
    if not listing_ids:
        return set()
    return set(read(_shown_statement(clock.today()), {"ids": list(listing_ids)}).scalars().all())


@lru_cache(maxsize=256)
def _narrowed_statement(filters: Filters, day: date) -> Select[int]:
    statement = select(Listing.id).where(
        Listing.id.in_(bindparam("ids", expanding=True)), *_narrowed(filters, day)
    )
    if filters.sort not in _SORT_COLUMNS:
        return statement
    key, falling = _SORT_COLUMNS[filters.sort]
    return statement.order_by(key.desc() if falling else key.asc(), Listing.id.desc())


def _found(listing_ids: Sequence[int], filters: Filters, table: Table) -> tuple[list[CardRow], int, bool]:
    """The page, how many there are, and whether all of the page may be shown."""
    ids = list(listing_ids)
    is_sorted = filters.sort in _SORT_COLUMNS
    if ids and (filters.narrows or is_sorted):
        statement = _narrowed_statement(replace(filters, page=1), clock.today())
        left = dict.fromkeys(read(statement, {"ids": ids}).scalars().all())
        ids = list(left) if is_sorted else [each for each in ids if each in left]
    if not is_sorted:
        gone = table.sold_out
        ids = [*(each for each in ids if each not in gone), *(each for each in ids if each in gone)]
    pages = max(1, -(-len(ids) // PAGE_SIZE))
    start = (min(filters.page, pages) - 1) * PAGE_SIZE
    page = ids[start : start + PAGE_SIZE]
    rows = cards_by_id(page)
    return rows, len(ids), len(rows) == len(page)


def titles_of(listing_ids: Sequence[int], limit: int) -> list[tuple[int, str]]:
    """(id, title) of those that may be shown, in the order asked for. One statement."""
    if not listing_ids:
        return []
    rows = db.session.execute(
        select(Listing.id, Listing.title).where(Listing.id.in_(listing_ids), visible_clause())
    )
    titles = {row[0]: row[1] for row in rows}
    return [(each, titles[each]) for each in listing_ids if each in titles][:limit]


@dataclass(frozen=True, slots=True)
class HomeIds:
    season: list[int]
    staples: list[int]
    fresh_certified: list[int]


def home_ids() -> HomeIds:
    """What the home page shows, chosen once a minute."""
    return kept("home", lambda: choose_home(clock.today()))


def choose_home(day: date) -> HomeIds:
    """What is in season on a day, of what may be sold today."""
    season = _ids(select(Listing.id).where(_in_month(day.month), visible_clause(), in_stock_clause()), 10)
    staples = _ids(
        select(Listing.id)
        .join(Category, Category.code == Listing.category_code)
        .where(Category.is_fresh.is_(False), Listing.id.not_in(season), visible_clause(), in_stock_clause()),
        10,
    )
    today = clock.today()
    issued = aliased(
        Certificate
    )  # under its own name it would be taken for the one asked about in the criterion
    newest = (
        select(Listing.id)
        .join(issued, issued.product_id == Listing.product_id)
        .where(
            visible_clause(),
            in_stock_clause(),
            Listing.id.not_in([*season, *staples]),
            issued.valid_from <= today,
            issued.valid_until >= today,
        )
        .group_by(Listing.id)
        .order_by(func.max(issued.issued_at).desc(), Listing.id.desc())
        .limit(5)
    )
    return HomeIds(season, staples, list(db.session.scalars(newest)))


def _ids(statement: Any, limit: int) -> list[int]:
    return list(
        db.session.scalars(statement.order_by(Listing.sold_units.desc(), Listing.id.desc()).limit(limit))
    )


def _in_month(month: int) -> ColumnElement[bool]:
    """In season by the list of months; JSON text is what both databases can look into."""
    months = cast(Listing.season_months, String)
    return or_(
        *(months.like(pattern) for pattern in (f"[{month}]", f"[{month},%", f"% {month},%", f"% {month}]"))
    )


def home_cards(ids: HomeIds) -> dict[int, CardRow]:
    """Cards by id of what may be shown now. One statement."""
    wanted = list(dict.fromkeys([*ids.season, *ids.staples, *ids.fresh_certified]))
    return {card.listing_id: card for card in cards_by_id(wanted)}


def popular(limit: int = 10) -> list[CardRow]:
    """What sells best, for pages that found nothing."""
    ids = kept("popular", lambda: _ids(select(Listing.id).where(visible_clause(), in_stock_clause()), 10))
    return cards_by_id(ids[:limit])


def of_county(county_code: str, category_code: str, without: int, limit: int = 5) -> list[CardRow]:
    """Others from the same county, filled up from the same category."""
    ids = kept(f"county:{county_code}:{category_code}", lambda: _neighbours(county_code, category_code))
    return cards_by_id([each for each in ids if each != without][:limit])


def _neighbours(county_code: str, category_code: str) -> list[int]:
    near = _ids(select(Listing.id).where(Listing.county_code == county_code, visible_clause()), 8)
    alike = _ids(select(Listing.id).where(Listing.category_code == category_code, visible_clause()), 8)
    return list(dict.fromkeys([*near, *alike]))


@dataclass(frozen=True, slots=True)
class Pulse:
    """What sales brought households in a period, refunds taken off; ``days`` 1 is today. From the ledger only."""

    days: int
    fen: int
    orders: int
    households: int
    villages: int


def pulse() -> Pulse | None:
    """Today's figures; those of 30 days where today concerns fewer households than may be counted in public."""
    return kept("pulse", _read_pulse)


def _read_pulse() -> Pulse | None:
    for days in (1, 30):
        found = _income_since(days)
        if found.households >= 5 and found.fen > 0:
            return found
    return None


def _income_since(days: int) -> Pulse:
    since = clock.local_day_start(clock.today() - timedelta(days=days - 1))
    income = (Posting.account_kind == AccountKind.HOUSEHOLD_INCOME.value, Posting.at >= since)
    # a household whose part went back whole hides no other one behind it
    of_household = (
        select(Posting.household_id, (-func.sum(Posting.fen)).label("fen"))
        .where(*income)
        .group_by(Posting.household_id)
        .subquery()
    )
    got = of_household.c.fen > 0
    fen, households, villages = db.session.execute(
        select(
            func.coalesce(func.sum(of_household.c.fen), 0),
            func.count(case((got, Household.id))),
            func.count(case((got, Household.village_code)).distinct()),
        ).join(Household, Household.id == of_household.c.household_id)
    ).one()
    orders = db.session.scalar(
        select(func.count(Posting.order_id.distinct()))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(*income, JournalEntry.kind == EntryKind.SALE)
    )
    return Pulse(days, int(fen), orders or 0, households, villages)


def notices_hanging() -> NoticePage:
    """The notice board's first page; who looks closer gets the page itself."""
    return kept("notices", board)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a member's orders brought households, refunds taken off, in fen."""

    fen: int
    households: int
    villages: int


def brought_by(user_id: int) -> Brought:
    fen, households, villages = db.session.execute(
        select(
            func.coalesce(-func.sum(Posting.fen), 0),
            func.count(Posting.household_id.distinct()),
            func.count(Household.village_code.distinct()),
        )
        .join(Order, Order.id == Posting.order_id)
        .join(Household, Household.id == Posting.household_id)
        .where(is_own(user_id), Posting.account_kind == AccountKind.HOUSEHOLD_INCOME.value)
    ).one()
    return Brought(int(fen), households, villages)
