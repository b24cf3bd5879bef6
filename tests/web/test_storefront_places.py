"""Villages, outlets, sellers, the map of tiles, and narrowing a list: what they show, cost and keep to themselves."""

import json
import re
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog.products.commands import take_off_sale
from catalog.products.models import Listing
from catalog.search import engine
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.outlets.models import Outlet
from marketplace.parties.models import Supplier
from marketplace.parties.workflow import SupplierState
from marketplace.storefront import guests, shared
from marketplace.storefront.filters import Filters, chips_of, parse
from marketplace.storefront.places import TILES, county_tiles
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.counting import statements

QUERIES, BYTES = 6, 60_000
CARD = re.compile(r'class="pname"><a href="/p/(\d+)"')


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


def html(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.get_data(as_text=True)


def listed(client: Client, address: str) -> set[int]:
    return {int(each) for each in CARD.findall(html(client, address))}


def suggested(client: Client, typed: str) -> list[dict[str, str]]:
    answer = client.get("/search/suggest?q=" + quote(typed))
    assert answer.status_code == 200
    items: list[dict[str, str]] = json.loads(answer.get_data())["items"]
    return items


@pytest.mark.template("demo")
def test_pages_of_places_stay_within_their_budget(client: Client) -> None:
    village = db.session.scalars(select(DeclaredProduct.origin_code).limit(1)).one()
    pages = [
        "/",
        "/villages?county=610124000000",
        f"/villages/{village}",
        "/outlets?tier=village_point",
        "/s/1",
        "/c/fruit?county=610124000000&supplier=1&low=10&high=90&stock=1&sort=new",
        "/search?q=" + quote("弥猴桃"),
        "/search?q=" + quote("猕猴桃脆片"),
        "/search/suggest?q=mih",
    ]
    for address in pages:  # names of places and what a minute keeps
        html(client, address)
    guests._pages.clear()
    spent = {}
    for address in pages:
        with statements() as seen:
            size = len(html(client, address).encode())
        spent[address] = (len(seen), size)
    assert {address: cost for address, cost in spent.items() if cost[0] > QUERIES or cost[1] > BYTES} == {}
    assert spent["/search/suggest?q=mih"][0] <= 3


@pytest.mark.template("demo")
def test_no_list_reads_a_whole_table(client: Client) -> None:
    """What narrows and sorts a category is answered from an index."""
    engine_ = db.engine
    addresses = [
        "/c/fruit",
        "/c/fruit?sort=price",
        "/c/fruit?county=610124000000&sort=new",
        "/c/fruit?supplier=1",
    ]
    for address in addresses:
        html(client, address)
    guests._pages.clear()
    scans = {}
    for address in addresses:
        with statements() as seen:
            html(client, address)
        for statement in seen:
            with engine_.connect() as connection:
                holes = statement.count("?")
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (0,) * holes).all()
            found = [
                row[3] for row in plan if re.match(r"SCAN (listings|stock_rows|skus|certificates)\b", row[3])
            ]
            found = [each for each in found if "INDEX" not in each]
            if found:
                scans[address] = found
    assert scans == {}


def test_seller_and_price_narrow_a_list_and_go_one_by_one(kiwi: dict[str, int], client: Client) -> None:
    other = build.saleable(village_code=build.VILLAGE_OF_OTHER_COUNTY, price_fen=9900)
    shared.forget()
    both = {kiwi["listing"], other["listing"]}
    assert listed(client, "/c/fruit") == both
    assert listed(client, f"/c/fruit?supplier={other['supplier']}") == {other["listing"]}
    assert listed(client, "/c/fruit?low=50") == {other["listing"]}
    assert listed(client, "/c/fruit?low=100&high=20") == both  # turned round
    assert "没有合适的" in html(client, "/c/fruit?high=29.99")
    assert listed(client, "/c/fruit?low=x&high=1e9&supplier=99999") == both
    page = html(client, f"/c/fruit?county={build.COUNTY}&low=10&high=50&stock=1&sort=price")
    chips = dict(re.findall(r'class="fchip" aria-current="true" href="([^"]+)">([^<]+?) <', page))
    assert {text: href for href, text in chips.items()} == {
        "周至县": "/c/fruit?low=10&amp;high=50&amp;stock=1&amp;sort=price",
        "¥10–50": f"/c/fruit?county={build.COUNTY}&amp;stock=1&amp;sort=price",
        "只看有货": f"/c/fruit?county={build.COUNTY}&amp;low=10&amp;high=50&amp;sort=price",
    }


@pytest.mark.parametrize(
    ("arguments", "low", "high"),
    [
        ({"low": "20", "high": "50"}, 2000, 5000),
        ({"low": "9.9"}, 990, None),
        ({"high": "0.05"}, None, 5),
        ({"low": "50", "high": "20"}, 2000, 5000),
        ({"price": "20-50", "low": "1"}, 2000, 5000),
        ({"low": "-1", "high": "1e9"}, None, None),
        ({"low": "9999999", "high": "１２．５"}, None, 1250),
    ],
)
def test_prices_are_read_from_the_address(
    arguments: dict[str, str], low: int | None, high: int | None
) -> None:
    found = parse(arguments, {}, "sold")
    assert (found.low_fen, found.high_fen) == (low, high)


def test_what_is_no_price_is_told_at_its_field_and_stays_there(kiwi: dict[str, int], client: Client) -> None:
    page = html(client, "/c/fruit?low=abc&high=50")
    assert 'aria-invalid="true" aria-describedby="price-error"' in page
    assert (
        page.count("最低价“abc”不是金额，没有按它筛选。") == 2
    )  # at the field, and on a phone above the list
    assert 'value="abc"' in page
    assert 'value="50"' in page
    assert "不是金额" not in html(client, "/c/fruit?low=１０&high=")
    assert "不是金额" not in html(client, "/c/fruit?price=20-50&low=abc")
    assert "最高价“&lt;b&gt;”" in html(client, "/search?q=猕猴桃&high=<b>")


def test_chips_say_what_was_chosen() -> None:
    def texts(asked: Filters) -> list[str]:
        return [chip.text for chip in chips_of(asked, {"61": "周至县"}, {"7": "果社"})]

    assert texts(Filters()) == []
    assert texts(Filters(county="61", supplier="7", income="5", low_fen=990, in_stock=True)) == [
        "周至县",
        "果社",
        "带农户每份 ¥5 以上",
        "¥9.90 以上",
        "只看有货",
    ]
    assert texts(Filters(high_fen=5000)) == ["¥50 以下"]


def test_the_map_has_every_county_once_and_nothing_to_press_where_nothing_is(app: Flask) -> None:
    assert len({code for code, _, _ in TILES}) == len({(row, column) for _, row, column in TILES}) == 13
    tiles = {tile.code: tile for tile in county_tiles({build.COUNTY: 8, "610122000000": 1}, "/x/{}".format)}
    assert (tiles[build.COUNTY].shade, tiles["610122000000"].shade) == (4, 1)
    assert tiles[build.COUNTY].href == f"/x/{build.COUNTY}"
    assert {tile.href for tile in tiles.values() if not tile.count} == {""}


def test_a_search_says_how_well_it_fits(kiwi: dict[str, int], client: Client) -> None:
    engine.rebuild()
    corrected = html(client, "/search?q=" + quote("弥猴桃"))
    assert "没有“弥猴桃”，按<b>“猕猴桃”</b>给您找的" in corrected
    assert "<mark>猕猴桃</mark>" in corrected
    close = html(client, "/search?q=" + quote("猕猴桃脆片"))
    assert "没有找到“猕猴桃脆片”" in close
    assert "这些接近" in close
    assert listed(client, "/search?q=" + quote("猕猴桃脆片")) == {kiwi["listing"]}
    nothing = html(client, "/search?q=" + quote("榴莲千层"))
    assert "没有找到“榴莲千层”" in nothing
    assert "也许您喜欢" in nothing


def test_what_may_no_longer_be_seen_is_nothing_found(kiwi: dict[str, int], client: Client) -> None:
    engine.rebuild()
    take_off_sale(build.owner_of(kiwi["supplier"]), kiwi["listing"])
    assert "没有找到“猕猴桃”" in html(client, "/search?q=" + quote("猕猴桃"))
    assert "商品" not in {item["kind"] for item in suggested(client, "mht")}


def test_suggestions_lead_somewhere(kiwi: dict[str, int], client: Client) -> None:
    engine.rebuild()
    for typed in ("猕", "mht", "周至", "马召", "zhouzhi", "", "榴莲", "\U0001f34e", "a" * 500):
        for item in suggested(client, typed):
            assert set(item) == {"kind", "text", "href"}
            html(client, item["href"])
    kinds = {item["kind"] for item in suggested(client, "周至")}
    assert {"产地", "商品"} <= kinds


def test_a_village_shows_what_it_sells_and_no_sum_of_few(kiwi: dict[str, int], client: Client) -> None:
    shared.forget()
    page = html(client, f"/villages/{build.VILLAGE}")
    assert f"/p/{kiwi['listing']}" in page
    assert "不公开" in page
    assert f"/villages/{build.VILLAGE}" in html(client, f"/villages?county={build.COUNTY}")
    assert "没有这样的村子" in html(client, "/villages?v=" + quote("没这个村"))
    html(client, f"/villages/{build.COUNTY}", 404)
    html(client, "/villages?page=99999999999999&county=x")


def test_a_seller_is_shown_while_it_may_sell(kiwi: dict[str, int], client: Client) -> None:
    page = html(client, f"/s/{kiwi['supplier']}")
    assert f"/p/{kiwi['listing']}" in page
    assert "有效的认定证书" in page
    with transaction() as session:
        session.execute(update(Supplier).values(state=SupplierState.SUSPENDED))
    html(client, f"/s/{kiwi['supplier']}", 404)
    html(client, "/s/999999", 404)


@pytest.mark.template("demo")
def test_outlets_are_found_by_place_kind_and_word_and_closed_ones_are_not_shown(client: Client) -> None:
    assert "电商网点" in html(client, "/outlets")
    outlet = db.session.scalars(select(Outlet).where(Outlet.is_open).limit(1)).one()
    name = outlet.name
    assert f"<h3>{name}" in html(client, "/outlets?v=" + quote(name[:20]))
    assert "没有这样的网点" in html(client, "/outlets?v=" + quote("没这个网点"))
    html(client, "/outlets?tier=x&county=y&page=999999999")
    with transaction() as session:
        session.execute(update(Outlet).where(Outlet.id == outlet.id).values(is_open=False))
    assert f"<h3>{name}" not in html(client, "/outlets?v=" + quote(name[:20]))


def test_every_page_says_who_runs_the_shop_and_by_which_rules(client: Client) -> None:
    page = html(client, "/")
    assert "营业执照公示" in page
    assert "平台服务协议与交易规则" in page
    assert 'id="operator"' in html(client, "/rules")


@pytest.mark.template("demo")
def test_titles_are_not_shown_twice(client: Client) -> None:
    shown = CARD.findall(html(client, "/"))
    assert len(shown) == len(set(shown)) >= 20
    assert db.session.scalar(select(Listing.id).where(Listing.id == int(shown[0]))) is not None
