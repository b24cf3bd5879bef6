"""Lists of listings: what is sold out comes last, on whichever page that is."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog.products.models import Listing, Sku
from catalog.products.workflow import ListingState
from catalog.stock.models import StockRow
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.storefront import facets, queries
from marketplace.storefront.facets import read_table
from marketplace.storefront.filters import Filters
from tests.factories import builders as build
from tests.support.counting import statements


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    queries._page_statement.cache_clear()  # the size is written into it
    yield
    queries._page_statement.cache_clear()


@pytest.fixture
def shelf(app: Flask) -> list[int]:
    """Five listings, the first sold most."""
    worlds = [build.saleable() for _ in range(5)]
    with transaction() as session:
        for place, world in enumerate(worlds):
            session.execute(
                update(Listing).where(Listing.id == world["listing"]).values(sold_units=50 - place)
            )
    return [world["listing"] for world in worlds]


def sell_out(*listing_ids: int) -> None:
    of_them = select(Sku.id).where(Sku.listing_id.in_(listing_ids))
    with transaction() as session:
        session.execute(update(StockRow).where(StockRow.sku_id.in_(of_them)).values(available=0, sold=10))


def page(number: int, *, in_stock: bool = False, sort: str = "sold") -> tuple[list[int], int]:
    codes = tuple(db.session.scalars(select(Listing.category_code).distinct()))
    asked = Filters(sort=sort, page=number, in_stock=in_stock)
    rows, total = queries.category_page(codes, asked, read_table())
    return [row.listing_id for row in rows], total


@pytest.mark.parametrize(
    ("sold_out", "order"),
    [
        ((), (0, 1, 2, 3, 4)),
        ((0,), (1, 2, 3, 4, 0)),
        ((0, 2), (1, 3, 4, 0, 2)),
        ((0, 1, 2), (3, 4, 0, 1, 2)),
        ((0, 1, 2, 3), (4, 0, 1, 2, 3)),
        ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4)),
    ],
)
def test_what_is_sold_out_comes_last_and_nothing_twice(
    shelf: list[int], two_a_page: None, sold_out: tuple[int, ...], order: tuple[int, ...]
) -> None:
    sell_out(*(shelf[place] for place in sold_out))
    wanted = [shelf[place] for place in order]
    assert [page(number) for number in (1, 2, 3)] == [(wanted[:2], 5), (wanted[2:4], 5), (wanted[4:], 5)]


def test_only_what_can_be_bought_has_no_tail(shelf: list[int], two_a_page: None) -> None:
    sell_out(shelf[0], shelf[1])
    assert page(1, in_stock=True) == (shelf[2:4], 3)
    assert page(2, in_stock=True) == (shelf[4:], 3)


def test_another_order_is_kept_as_asked(shelf: list[int], two_a_page: None) -> None:
    sell_out(shelf[0])
    newest = sorted(shelf, reverse=True)
    assert [page(number, sort="new")[0] for number in (1, 2, 3)] == [newest[:2], newest[2:4], newest[4:]]


def test_more_listings_than_the_table_holds_are_all_listed(
    shelf: list[int], two_a_page: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MOST_COUNTED", 3)
    assert [page(number) for number in (1, 2, 3)] == [(shelf[:2], 5), (shelf[2:4], 5), (shelf[4:], 5)]


def found(listing_ids: list[int], filters: Filters, table: facets.Table) -> tuple[list[int], int]:
    rows, total = queries.found_page(listing_ids, filters, table)
    return [row.listing_id for row in rows], total


def test_a_search_puts_what_is_sold_out_last_unless_asked_for_an_order(shelf: list[int]) -> None:
    backwards = shelf[::-1]
    sell_out(shelf[3])
    table = read_table()
    assert found(backwards, Filters(), table) == ([shelf[4], *backwards[2:], shelf[3]], 5)
    assert found(backwards, Filters(sort="sold"), table) == (shelf, 5), "as asked"


@pytest.mark.parametrize("place", [0, 4])
@pytest.mark.parametrize("filters", [Filters(), Filters(sort="sold"), Filters(county=build.COUNTY)])
def test_a_search_shows_what_is_new_and_hides_what_is_gone_at_once(
    shelf: list[int], filters: Filters, place: int
) -> None:
    table = read_table()
    new = build.saleable()["listing"]
    off = build.saleable()["listing"]
    with transaction() as session:
        session.execute(
            update(Listing).where(Listing.id.in_((shelf[place], off))).values(state=ListingState.OFF_SALE)
        )
    rest = [each for each in shelf if each != shelf[place]]
    assert found([*shelf, new, off], filters, table) == ([*rest, new], 5)


def test_a_search_narrows_by_what_is_so_now(shelf: list[int]) -> None:
    table = read_table()
    with transaction() as session:
        session.execute(update(Listing).where(Listing.id == shelf[1]).values(from_price_fen=123))
    sell_out(shelf[2])
    assert found(shelf, Filters(high_fen=123), table) == ([shelf[1]], 1)
    assert found(shelf, Filters(in_stock=True), table) == ([*shelf[:2], *shelf[3:]], 4)


def test_a_search_costs_one_statement_where_nothing_is_narrowed(shelf: list[int]) -> None:
    table = read_table()
    with statements() as sent:
        found(shelf, Filters(), table)
    assert len(sent) == 1
