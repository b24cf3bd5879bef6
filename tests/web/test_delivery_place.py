"""送到: freight and arrival at the visitor's own place, which is on nobody else's page."""

import re

import pytest
from flask import Flask

from marketplace.accounts.addresses import save_address
from tests.factories import builders as build
from tests.factories import order_builders
from tests.support.clients import Client

GUANGDONG, XINJIANG, SHAANXI = "440000000000", "650000000000", "610000000000"
STREET = "610113006000"


@pytest.fixture
def product(app: Flask) -> str:
    world = build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)
    order_builders.freight_rule(world["supplier"], first_fen=1200, next_fen=300)
    order_builders.freight_rule(world["supplier"], province_code=SHAANXI, first_fen=500, next_fen=100)
    order_builders.freight_rule(world["supplier"], province_code=XINJIANG, is_excluded=True)
    return f"/p/{world['listing']}"


def another(app: Flask) -> Client:
    made = app.test_client()
    assert isinstance(made, Client)
    return made


def box(client: Client, address: str) -> str:
    page = client.get(address).get_data(as_text=True)
    found = re.search(r'<section class="to-box".*?</section>', page, re.DOTALL)
    assert found is not None
    return re.sub(r"<select.*?</select>", "", found.group(), flags=re.DOTALL)


def send_to(client: Client, province: str, address: str) -> int:
    page = client.get(address).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    answer = client.post("/to", data={"province": province, "next": f"{address}#to", "csrf_token": token})
    assert answer.status_code != 303 or answer.headers["Location"] == f"{address}#to"
    return answer.status_code


def test_each_guest_sees_his_own_place_and_the_shared_page_stays_what_it_was(
    app: Flask, product: str
) -> None:
    first = another(app)
    assert "没选就按这里算" in box(first, product)
    assert "¥7.00" in box(first, product)  # 2.5 kg: 5 for the first, 1 for each of two begun ones
    tag = first.get(product).headers["ETag"]
    far = another(app)
    assert send_to(far, GUANGDONG, product) == 303
    there = box(far, product)
    assert "预计" in there
    assert "没选就按这里算" not in there
    assert there != box(first, product)
    assert far.get(product, headers={"If-None-Match": tag}).status_code == 200
    own = far.get(product)
    assert far.get(product, headers={"If-None-Match": own.headers["ETag"]}).status_code == 304
    assert another(app).get(product, headers={"If-None-Match": own.headers["ETag"]}).status_code == 200
    assert "没选就按这里算" in box(another(app), product)
    assert send_to(far, XINJIANG, product) == 303
    assert "不送到新疆维吾尔自治区" in box(far, product)
    assert send_to(far, "610113000000", product) == 404  # no province
    assert send_to(far, "", product) == 303
    assert "没选就按这里算" in box(far, product)


def test_a_member_has_the_address_unless_he_says_otherwise(app: Flask, product: str) -> None:
    member = another(app)
    assert send_to(member, GUANGDONG, product) == 303  # before signing in: it yields to the address
    actor = build.user("reader")
    save_address(actor.user_id, "王女士", "19900001111", STREET, "1 号")
    build.sign_in(member, actor)
    assert "雁塔区" in box(member, product)
    assert send_to(member, XINJIANG, product) == 303
    assert "不送到新疆维吾尔自治区" in box(member, product)
    assert send_to(member, "", product) == 303
    assert "雁塔区" in box(member, product)
    assert "雁塔区" not in box(another(app), product)


def test_no_arrival_is_promised_for_what_nobody_can_buy(app: Flask) -> None:
    world = build.saleable(units=1, lot_total_fen=1_500)
    order_builders.placed_orders({world["sku"]: 1})
    gone = another(app).get(f"/p/{world['listing']}").get_data(as_text=True)
    assert "这一批卖完了" in gone
    assert "to-box" not in gone
    assert "预计" not in gone
