"""The pages that sell: within their budget, showing only what may be sold, and never a dead end."""

import re
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.commands import refresh_projection, take_off_sale
from catalog.products.models import Listing
from catalog.products.queries import pictures_of
from catalog.search import engine
from catalog.stock.models import StockRow
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageAgreement
from certification.products.models import Category
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.storefront import queries, shared
from marketplace.storefront.product_queries import linkage_and_freight
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ordering.models import OrderLine
from tests.factories import builders as build
from tests.factories import sales
from tests.support.clients import Client
from tests.support.counting import statements

QUERIES, BYTES = 6, 60_000


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    world = build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)
    refresh_projection(world["product"])
    return world


def html(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.get_data(as_text=True)


@pytest.mark.template("demo")
def test_pages_of_a_full_shop_stay_within_their_budget(client: Client) -> None:
    listing_id = db.session.scalars(select(Listing.id).where(Listing.title == "周至翠香猕猴桃")).one()
    pages = [
        "/",
        "/c/fruit",
        "/c/fruit-kiwi?sort=price&stock=1",
        f"/p/{listing_id}",
        "/search?q=mihoutao",
        "/search",
    ]
    for address in pages:  # names of places and what a minute keeps
        html(client, address)
    spent = {}
    for address in pages:
        with statements() as seen:
            size = len(html(client, address).encode())
        spent[address] = (len(seen), size)
    assert {address: cost for address, cost in spent.items() if cost[0] > QUERIES or cost[1] > BYTES} == {}


@pytest.mark.template("demo")
def test_every_figure_of_the_money_bar_adds_up(client: Client) -> None:
    for listing_id, title in db.session.execute(select(Listing.id, Listing.title).limit(12)).all():
        page = html(client, f"/p/{listing_id}")
        for bar in re.findall(r'<div class="money.*?</dl>', page, re.DOTALL):
            paid = _fen(re.findall(r"您付的 ¥([\d,.]+)", bar)[0])
            parts = [_fen(each) for each in re.findall(r"<dd>¥([\d,.]+)", bar)]
            assert sum(parts) == paid, title


def _fen(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


def test_the_home_page_of_an_empty_shop_says_what_to_do(client: Client) -> None:
    assert "货架正在摆" in html(client, "/")


def test_a_guest_does_not_load_an_unchanged_page_twice(kiwi: dict[str, int], client: Client) -> None:
    tag = client.get("/c/fruit").headers["ETag"]
    again = client.get("/c/fruit", headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert "private" in again.headers["Cache-Control"]


def test_a_members_page_is_never_kept(kiwi: dict[str, int], client: Client) -> None:
    build.sign_in(client, build.user("reader"))
    assert client.get("/").headers["Cache-Control"] == "private, no-store"


def test_the_product_page_tells_where_the_money_goes(kiwi: dict[str, int], client: Client) -> None:
    page = html(client, f"/p/{kiwi['listing']}")
    for words in ("周至翠香猕猴桃", "¥15.00", "钱去了哪儿", "怎么算的", "坏果 48 小时内包赔", "西扶认"):
        assert words in page
    assert f'value="{kiwi["sku"]}" checked' in page
    assert "style=" not in page


def test_few_households_get_no_sum(kiwi: dict[str, int], client: Client) -> None:
    assert "这件已带给农户" not in html(client, f"/p/{kiwi['listing']}")


@pytest.mark.template("demo")
def test_a_products_sum_has_enough_households_behind_it_and_is_round(client: Client) -> None:
    """Linked households that brought nothing yet hide nobody; an exact sum of a village less that of a product would
    tell what is left to the others."""
    behind: dict[int, int] = dict(
        db.session.execute(
            select(Listing.id, func.count(Posting.household_id.distinct()))
            .join(OrderLine, OrderLine.listing_id == Listing.id)
            .join(Posting, Posting.line_id == OrderLine.id)
            .where(Posting.account_kind == AccountKind.HOUSEHOLD_INCOME)
            .group_by(Listing.id)
        ).all()
    )
    linked = {
        listing: linkage_and_freight(product)[0].households for listing, product in _products_of(behind)
    }
    few = [listing for listing in behind if behind[listing] < 5 <= linked[listing]]
    many = [listing for listing in behind if behind[listing] >= 5 <= linked[listing]]
    assert few
    assert many
    for listing in few[:6]:
        assert "这件已带给农户" not in html(client, f"/p/{listing}")
    shown = [
        re.findall(r"这件已带给农户</dt><dd[^>]*>(.*?)</dd>", html(client, f"/p/{each}")) for each in many[:6]
    ]
    assert [text for found in shown for text in found if not re.fullmatch(r"¥[1-9][0,]*\+", text)] == []
    assert any(shown)


def test_households_whose_part_went_back_hide_nobody_on_the_home_page(app: Flask) -> None:
    """Four orders that are given back would have left one household's day to be read off the page."""
    orders = [sales.paid_orders({build.saleable(units=3)["sku"]: 1})[0] for _ in range(5)]
    found = queries._read_pulse()
    assert found is not None
    assert (found.households, found.orders) == (5, 5)
    for order_id in orders[1:]:
        sales.refund(order_id, 1)
    assert queries._read_pulse() is None


def _products_of(listing_ids: Iterable[int]) -> list[tuple[int, int]]:
    rows = db.session.execute(select(Listing.id, Listing.product_id).where(Listing.id.in_(listing_ids)))
    return [(listing, product) for listing, product in rows]


def test_the_chosen_packing_comes_from_the_address(kiwi: dict[str, int], client: Client) -> None:
    other = build.sku(kiwi["listing"], price_fen=5600)
    build.lot(kiwi["agreement"], kiwi["household"], other)
    gone = build.sku(kiwi["listing"], price_fen=9900)
    page = html(client, f"/p/{kiwi['listing']}?sku={other}")
    assert f'value="{other}" checked' in page
    for odd in (gone, "x", 10**20, -1):
        assert f'value="{kiwi["sku"]}" checked' in html(client, f"/p/{kiwi['listing']}?sku={odd}")


def test_a_sold_out_product_offers_no_button(kiwi: dict[str, int], client: Client) -> None:
    with transaction() as session:
        session.execute(update(StockRow).values(available=0, sold=10))
    page = html(client, f"/p/{kiwi['listing']}")
    assert "卖完了" in page
    assert "立即购买" not in page
    assert "卖完了，等下一批" in html(client, "/c/fruit")
    assert "没有合适的" in html(client, "/c/fruit?stock=1")


@pytest.mark.parametrize(
    ("model", "key", "values", "status", "words"),
    [
        (Certificate, "certificate", {"state": CertificateState.SUSPENDED}, 200, "认定证书现在不在有效期内"),
        (LinkageAgreement, "agreement", {"ends_on": "yesterday"}, 200, "联结协议到期了"),
    ],
)
def test_what_may_not_be_sold_says_why_and_offers_others(
    kiwi: dict[str, int],
    client: Client,
    model: type,
    key: str,
    values: dict[str, object],
    status: int,
    words: str,
) -> None:
    other = build.saleable()
    if "ends_on" in values:
        values = {"ends_on": clock.today() - timedelta(days=1)}
    with transaction() as session:
        session.execute(update(model).where(model.id == kiwi[key]).values(**values))  # type: ignore[attr-defined]
    page = html(client, f"/p/{kiwi['listing']}", status)
    assert words in page
    assert f"/p/{other['listing']}" in page
    assert "立即购买" not in page
    assert f'/p/{kiwi["listing"]}"' not in html(client, "/c/fruit")


def test_what_its_supplier_took_off_is_gone_but_kind(kiwi: dict[str, int], client: Client) -> None:
    take_off_sale(build.owner_of(kiwi["supplier"]), kiwi["listing"])
    assert "这件已经下架" in html(client, f"/p/{kiwi['listing']}", 410)


def test_its_owner_sees_a_preview(kiwi: dict[str, int], client: Client) -> None:
    owner = build.owner_of(kiwi["supplier"])
    take_off_sale(owner, kiwi["listing"])
    build.sign_in(client, owner)
    page = html(client, f"/p/{kiwi['listing']}")
    assert "这是预览" in page
    assert "立即购买" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/c/fruit?page=99999999999",
        "/c/fruit?page=-1",
        "/c/fruit?county=x&price=y&sort=z&income=q",
        "/search?q=" + quote("猕" * 3000),
        "/search?q=%ff",
        "/search?page=0&q=a",
    ],
)
def test_nothing_typed_breaks_a_list(kiwi: dict[str, int], client: Client, address: str) -> None:
    html(client, address)


@pytest.mark.parametrize("address", ["/p/999999", "/p/0", "/c/nothing", "/p/99999999999999999999"])
def test_what_never_was_is_not_found(app: Flask, client: Client, address: str) -> None:
    html(client, address, 404)


def test_filters_narrow_by_place_price_and_income(kiwi: dict[str, int], client: Client) -> None:
    far = build.saleable(village_code=build.VILLAGE_OF_OTHER_COUNTY, price_fen=9900)
    shared.forget()

    def listed(query: str) -> set[int]:
        found = re.findall(r'class="pname"><a href="/p/(\d+)"', html(client, f"/c/fruit{query}"))
        return {int(each) for each in found}

    both = {kiwi["listing"], far["listing"]}
    assert listed("") == both
    assert listed(f"?county={build.COUNTY}") == {kiwi["listing"]}
    assert listed("?price=50-100") == {far["listing"]}
    assert listed("?income=half") == {kiwi["listing"]}
    assert listed("?stock=1&sort=price") == both


def test_a_search_marks_its_words_and_never_ends_dead(kiwi: dict[str, int], client: Client) -> None:
    engine.rebuild()
    page = html(client, "/search?q=" + quote("猕猴桃"))
    assert "<mark>猕猴桃</mark>" in page
    empty = html(client, "/search?q=" + quote("拖拉机<script>"))
    assert "没有找到" in empty
    assert f"/p/{kiwi['listing']}" in empty
    assert "<script>" not in empty


def test_the_rules_page_explains_the_figures(client: Client) -> None:
    page = html(client, "/rules")
    for words in ("未扣除生产成本", "48 小时", "平台服务费"):
        assert words in page


def test_my_page_asks_guests_to_sign_in(app: Flask, client: Client) -> None:
    assert client.get("/my").location == "/login?next=/my"
    build.sign_in(client, build.user("reader"))
    assert "还没买过东西" in html(client, "/my")


def test_a_listing_without_pictures_shows_the_stand_in(kiwi: dict[str, int], client: Client) -> None:
    assert pictures_of(kiwi["listing"]) == []
    assert "no-picture.svg" in html(client, f"/p/{kiwi['listing']}")


def test_what_is_sold_out_stands_last_unless_another_order_is_asked_for(
    client: Client, kiwi: dict[str, int]
) -> None:
    sold_out = build.saleable(units=1)
    dearer = build.saleable(units=5, price_fen=9900)
    with transaction():
        for listing, sold in ((sold_out["listing"], 900), (kiwi["listing"], 20), (dearer["listing"], 10)):
            db.session.get_one(Listing, listing).sold_units = sold
        db.session.get_one(StockRow, sold_out["stock_row"]).available = 0
        db.session.get_one(StockRow, sold_out["stock_row"]).sold = 1

    def order(address: str) -> list[int]:
        return [int(each) for each in re.findall(r'class="pname"><a href="/p/(\d+)"', html(client, address))]

    assert order("/c/fruit") == [kiwi["listing"], dearer["listing"], sold_out["listing"]]
    assert order("/c/fruit?sort=price")[0] == sold_out["listing"]
    engine.rebuild()
    assert order("/search?q=猕猴桃")[-1] == sold_out["listing"]


def test_what_was_asked_for_goes_along_into_a_kind(client: Client, app: Flask) -> None:
    build.saleable()
    with transaction() as session:
        session.add(
            Category(code="grape", name="葡萄", parent_code="fruit", position=2, after_sales_hours=48)
        )
        session.flush()
        session.execute(update(Listing).values(category_code="grape"))
    shared.forget()
    narrowed = html(client, "/c/fruit?stock=1&sort=new&a=7&page=1")
    assert 'href="/c/grape?stock=1&amp;sort=new"' in narrowed
    assert "<small>" not in narrowed.split('href="/c/grape', 1)[1].split("</a>", 1)[0], (
        "of how many it is not said"
    )
    assert 'href="/c/grape"' in html(client, "/c/fruit")
