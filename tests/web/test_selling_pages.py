"""What a supplier says about how goods are offered, from its form to the buyer's order."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask

from catalog.products.own_queries import get_listing
from catalog.products.queries import skus_of
from catalog.products.selling_rules import Packing
from marketplace.kernel import clock
from marketplace.presentation import date_cn
from tests.factories import builders, order_builders
from tests.factories.selling import offer
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]
API = "/api/v1"
SKU = {"name": "5斤装", "grams": "2500", "price_fen": "29.90", "is_active": "y", "packing": "box"}


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990)


@pytest.fixture
def coop(client: Client, kiwi: World) -> Client:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    return client


def send(client: Client, address: str, **fields: str) -> tuple[int, str]:
    page = client.get(address).text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    answer = client.post(address, data={"csrf_token": token, **fields})
    return answer.status_code, answer.text


def test_a_supplier_says_how_a_packing_is_offered_and_a_buyer_reads_it_everywhere(
    coop: Client, kiwi: World
) -> None:
    today = clock.today()
    until, ship_by = today + timedelta(days=5), today + timedelta(days=20)
    address = f"/supplier/listings/{kiwi['listing']}/skus/{kiwi['sku']}"
    for wrong, words in (
        ({"tolerance_grams": "38"}, "最多 37 克"),
        ({"limit_days": "7"}, "先填限购几份"),
        ({"presale_until": until.isoformat()}, "都填"),
        ({"presale_until": ship_by.isoformat(), "ship_by": until.isoformat()}, "不能早于"),
        ({"packing": "barrel"}, "field"),
    ):
        status, page = send(coop, address, **{**SKU, **wrong})
        assert (status, words in page) == (422, True), wrong
    offered = {
        "tolerance_grams": "37",
        "limit_units": "2",
        "limit_days": "30",
        "presale_until": until.isoformat(),
        "ship_by": ship_by.isoformat(),
    }
    assert send(coop, address, **SKU, **offered)[0] == 302
    [row] = skus_of(kiwi["listing"])
    assert (row.packing, row.tolerance_grams, row.limit_units, row.ship_by) == (Packing.BOX, 37, 2, ship_by)
    promise = f"最晚 {date_cn(ship_by)} 发货"
    desk = coop.get(f"/supplier/listings/{kiwi['listing']}").text
    assert f"预售到 {date_cn(until)}" in desk
    assert "每人 30 天内限购 2 箱" in desk
    card = coop.get("/c/fruit").text
    assert "预售" in card
    assert "¥5.98/斤" in card
    page = coop.get(f"/p/{kiwi['listing']}").text
    for words in (
        promise,
        '2.5 公斤（5 斤）</span><span class="nb">±37 克</span> / 箱',
        "每人 30 天内限购 2 箱",
        "¥5.98/斤",
    ):
        assert words in page, words
    assert "https://schema.org/PreOrder" in page


def test_the_promise_is_shown_before_paying_and_a_limit_in_plain_words(client: Client, kiwi: World) -> None:
    ship_by = clock.today() + timedelta(days=20)
    offer(kiwi, limit_units=2, presale_until=ship_by, ship_by=ship_by)
    buyer = builders.user()
    [_] = order_builders.placed_orders({kiwi["sku"]: 1}, user_id=buyer.user_id)
    order_builders.cart_with({kiwi["sku"]: 1}, user_id=buyer.user_id)
    builders.sign_in(client, buyer)
    promise = f"最晚 {date_cn(ship_by)} 发货"
    client.get("/cart")  # what all visitors see alike is read once a minute
    for path in ("/cart", "/checkout"):
        with statements() as sent:
            page = client.get(path).text
        assert promise in page, path
        assert len(sent) <= 10, "\n".join([path, *(each[:150] for each in sent)])
    assert "您买过 1 件" in client.get("/cart").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/cart").text)[0]
    again = client.post("/cart/add", data={"csrf_token": token, "sku_id": kiwi["sku"], "units": "1"})
    assert again.status_code == 409
    assert "每人限购 2 份，您还能买 1 份" in again.text
    client.post("/cart/update", data={"csrf_token": token, f"units-{kiwi['sku']}": "2"})
    assert "还能买 1 份，请把数量改少一点" in client.get("/cart").text
    numbers = re.findall(r"/my/orders/(\d{17})", client.get("/my/orders").text)
    assert promise in client.get(f"/my/orders/{numbers[0]}").text


def test_days_of_sale_are_set_by_form_and_told_on_the_page_with_a_bell(coop: Client, kiwi: World) -> None:
    first, last = clock.today() + timedelta(days=2), clock.today() + timedelta(days=9)
    address = f"/supplier/listings/{kiwi['listing']}"
    texts = {"title": "周至翠香猕猴桃"}
    status, page = send(coop, address, **texts, sale_from=f"{first:%m-%d}")
    assert (status, "两头都要填" in page) == (422, True)
    status, page = send(coop, address, **texts, sale_from="02-30", sale_until="03-30")
    assert (status, "一年里有的日子" in page) == (422, True)
    assert send(coop, address, **texts, sale_from=f"{first:%m-%d}", sale_until=f"{last:%m-%d}")[0] == 302
    assert get_listing(kiwi["listing"]).sale_until == f"{last:%m-%d}"
    opens = f"{first.month}月{first.day}日开始销售"
    assert opens in coop.get("/c/fruit").text
    page = coop.get(f"/p/{kiwi['listing']}").text
    assert opens in page
    assert "立即购买" not in page
    assert "到货告诉我" in page
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    refused = coop.post("/cart/add", data={"csrf_token": token, "sku_id": kiwi["sku"], "units": "1"})
    assert (refused.status_code, opens in refused.text) == (409, True)
    assert coop.get("/c/fruit?stock=1").text.count(f'href="/p/{kiwi["listing"]}"') == 0


def test_programs_read_how_goods_are_offered_and_are_refused_alike(client: Client, kiwi: World) -> None:
    ship_by = clock.today() + timedelta(days=20)
    offer(kiwi, limit_units=2, limit_days=7, tolerance_grams=37, presale_until=ship_by, ship_by=ship_by)
    product = client.get(f"{API}/products/{kiwi['listing']}").get_json()
    [sku] = product["skus"]
    assert (product["season"], sku["in_stock"], sku["packing"], sku["jin_fen"]) == (None, True, "piece", 598)
    assert sku["limit"] == {"units": 2, "days": 7}
    assert sku["presale"] == {"until": ship_by.isoformat(), "ship_by": ship_by.isoformat()}
    line = {"sku_id": kiwi["sku"], "units": 2}
    [kept] = client.post(f"{API}/cart/lines", json=line).get_json()["lines"]
    assert (kept["ship_by"], kept["left_of_limit"], kept["state"]) == (ship_by.isoformat(), 2, "ok")
    refused = client.post(f"{API}/cart/lines", json={**line, "units": 3})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "cart.over_limit")
    wanted = {
        "expected_total_fen": 5980,
        "lines": [line],
        "method": "online",
        "agree_fresh": True,
        "address": {
            "recipient": "王女士",
            "mobile": "19900001234",
            "street_code": builders.STREET,
            "detail": "示例小区 1 号楼",
        },
    }
    placed = client.post(f"{API}/checkouts", json={**wanted, "idempotency_key": str(uuid4())})
    assert placed.get_json()["orders"][0]["lines"][0]["ship_by"] == ship_by.isoformat()
    again = client.post(f"{API}/checkouts", json={**wanted, "idempotency_key": str(uuid4())})
    assert (again.status_code, again.get_json()["code"]) == (409, "checkout.over_limit")
