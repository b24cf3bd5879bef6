"""Cart, checkout and one's own orders over HTTP, as a guest and as a member."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.addresses import save_address
from marketplace.kernel.db import db
from marketplace.regions.rules import NATION_CODE
from orders.cart.models import CartLine
from orders.cart.queries import CartOwner, cart_lines
from orders.ordering.models import Checkout, Order
from orders.payments.commands import release_unpaid
from orders.payments.models import PaymentSession
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client
from tests.support.counting import statements

PLACE = {
    "region_1": "610000000000",
    "region_2": "610100000000",
    "region_3": "610113000000",
    "region_4": builders.STREET,
}
ADDRESS = {
    "address": "new",
    "recipient": "王女士",
    "mobile": "19900001234",
    "detail": "示例小区 1 号楼",
    **PLACE,
}
World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10)


def hidden(html: str) -> dict[str, str]:
    """Token, key, digest and agreed hours of the last form on a page."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] in ("csrf_token", "key", "digest", "until"):
            found[name[1]] = value[1]
    return found


def put(client: Client, sku_id: int, units: str = "1", **more: str) -> Any:
    token = hidden(client.get("/login").text)["csrf_token"]
    return client.post("/cart/add", data={"csrf_token": token, "sku_id": sku_id, "units": units, **more})


def lines_in_carts() -> int:
    return db.session.scalar(select(func.count()).select_from(CartLine)) or 0


def test_a_guest_buys(client: Client, kiwi: World) -> None:
    assert put(client, kiwi["sku"], "2").headers["Location"] == "/cart"
    assert "周至翠香猕猴桃" in client.get("/cart").text
    page = client.get("/checkout")
    assert 'href="/login?next=/checkout"' in page.text
    answer = client.post(
        "/checkout", data={**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    )
    assert answer.status_code == 303, re.findall(r'class="err".*?</p>', answer.text)
    assert answer.headers["Location"].startswith("/sandbox/"), "straight to where it is paid"
    token = db.session.scalars(select(Checkout.token)).one()
    order = client.get(f"/o/{token}")
    assert "还没付款" in order.text
    assert "示例小区 1 号楼" in order.text
    assert "199****1234" in order.text
    assert "19900001234" not in order.text
    # no longer in the cart, which knows the way to what is to be paid
    assert client.get("/checkout").headers["Location"] == "/cart"
    assert f'href="/pay/{token}">去付款' in client.get("/cart").text
    stranger = client.application.test_client()
    assert "/pay/" not in stranger.get("/cart").text
    stranger.set_cookie("placed", token)
    assert "/pay/" not in stranger.get("/cart").text, "what is not signed says nothing"
    (placed,) = db.session.scalars(select(Order.id))
    assert release_unpaid(placed, None, "不要了")
    assert "/pay/" not in client.get("/cart").text


def test_an_altered_cart_cookie_is_no_cookie(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    cookie = client.get_cookie("cart")
    assert cookie is not None
    client.set_cookie("cart", cookie.value[:-2] + "xx")
    assert "购物车还是空的" in client.get("/cart").text


def test_prices_and_totals_in_the_form_are_not_read(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    data = {
        **hidden(page.text),
        **ADDRESS,
        "method": "online",
        "agree_fresh": "y",
        "price_fen": "1",
        "total_fen": "1",
        "freight_fen": "-500",
    }
    assert client.post("/checkout", data=data).status_code == 303
    assert db.session.scalar(select(Order.total_fen)) == 2990


def test_what_is_missing_stands_at_its_field_and_what_was_typed_stays(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    data = {**hidden(page.text), **ADDRESS, "mobile": "123", "detail": "", "region_4": "", "method": "online"}
    answer = client.post("/checkout", data=data)
    assert answer.status_code == 422
    for text in ("请填 11 位手机号", "请写到门牌号", "请选到街道或乡镇", 'value="王女士"', "小寨路街道"):
        assert text in answer.text
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_fresh_goods_are_agreed_before_paying(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    assert "生鲜不适用七天无理由退货" in page.text
    answer = client.post("/checkout", data={**hidden(page.text), **ADDRESS, "method": "online"})
    assert answer.status_code == 422
    assert "售后约定并打勾" in answer.text


FAR = {
    "region_1": "650000000000",
    "region_2": "650100000000",
    "region_3": "650102000000",
    "region_4": "650102002000",
}


def test_freight_is_counted_to_the_city_at_first_and_confirmed_again_for_elsewhere(
    client: Client, kiwi: World
) -> None:
    order_builders.freight_rule(kiwi["supplier"], first_fen=900, next_fen=100)
    order_builders.freight_rule(kiwi["supplier"], province_code=FAR["region_1"], first_fen=2000, next_fen=100)
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    assert "运费（到陕西省）" in page.text
    assert "¥11.00" in page.text
    data = {**ADDRESS, "method": "online", "agree_fresh": "y"}
    far = client.post("/checkout", data={**hidden(page.text), **data, **FAR})
    assert far.status_code == 409
    assert "运费（到新疆维吾尔自治区）" in far.text
    assert "¥22.00" in far.text
    assert client.post("/checkout", data={**hidden(page.text), **data}).status_code == 303
    assert db.session.scalar(select(Order.total_fen)) == 2990 + 1100


def test_an_excluded_area_is_said_before_paying(client: Client, kiwi: World) -> None:
    order_builders.freight_rule(kiwi["supplier"], province_code="650000000000", is_excluded=True)
    order_builders.freight_rule(kiwi["supplier"])
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    shown = client.post("/checkout", data={**hidden(page.text), **ADDRESS, **FAR, "step": "refresh"})
    assert shown.status_code == 200
    assert "不送到这个地区" in shown.text
    data = {**hidden(shown.text), **ADDRESS, **FAR, "method": "online", "agree_fresh": "y"}
    assert client.post("/checkout", data=data).status_code == 422


def test_everything_missing_at_the_checkout_is_said_at_once(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    refused = client.post(
        "/checkout",
        data={**hidden(page.text), "address": "new", "method": "online", "wants_invoice": "y"},
    )
    assert refused.status_code == 422
    assert "还差 6 项就能提交" in refused.text
    for link in ("recipient", "mobile", "detail", "region", "invoice_title", "agree_fresh"):
        assert f'<li><a href="#{link}">' in refused.text, link


def test_the_cascade_works_without_script(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    assert "陕西省" in page.text
    chosen = {"region_1": "610000000000", "region_2": "610100000000"}
    answer = client.post(
        "/checkout", data={**hidden(page.text), "address": "new", **chosen, "region_next": "1"}
    )
    assert answer.status_code == 200
    assert "雁塔区" in answer.text
    assert NATION_CODE not in answer.text


def test_sold_out_meanwhile_is_409(client: Client, app: Flask, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    order_builders.placed_orders({kiwi["sku"]: 10})
    answer = client.post(
        "/checkout", data={**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    )
    assert answer.status_code == 409
    assert "售罄" in answer.text


def test_one_form_sent_twenty_times_at_once_is_one_order(app: Flask, client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    data = {**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    cookies = {name: client.get_cookie(name) for name in ("cart", "session")}

    def submit(_: int) -> tuple[int, str]:
        twin = app.test_client()
        for name, cookie in cookies.items():
            if cookie is not None:
                twin.set_cookie(name, cookie.value)
        answer = twin.post("/checkout", data=data)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(submit, range(20)))
    token = db.session.scalars(select(Checkout.token)).one()
    (bank,) = db.session.scalars(select(PaymentSession.url))
    assert answers == {(303, bank), (303, f"/pay/{token}")}


def test_carts_are_merged_at_sign_in(client: Client, app: Flask, kiwi: World) -> None:
    from marketplace.accounts.commands import register_user

    walnut = builders.saleable(units=5)
    user_id = register_user("merger", "long-enough-phrase-7", "会员")
    order_builders.cart_with({kiwi["sku"]: 2}, user_id=user_id)
    put(client, kiwi["sku"], "5")
    put(client, walnut["sku"], "1")
    token = hidden(client.get("/login").text)["csrf_token"]
    data = {"csrf_token": token, "identifier": "merger", "password": "long-enough-phrase-7", "next": "/cart"}
    assert client.post("/login", data=data).status_code == 302
    merged = {line.sku.sku_id: line.units for line in cart_lines(CartOwner(user_id=user_id))}
    assert merged == {kiwi["sku"]: 5, walnut["sku"]: 1}
    assert db.session.scalar(select(func.count()).select_from(CartLine)) == 2


def test_a_foreign_order_is_not_found(client: Client, app: Flask, kiwi: World) -> None:
    mine, other = builders.user(), builders.user()
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1}, user_id=mine.user_id)
    number, secret = db.session.execute(
        select(Order.number, Checkout.token)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Order.id == order_id)
    ).one()
    builders.sign_in(client, mine)
    assert client.get(f"/my/orders/{number}").status_code == 200
    assert number in client.get("/my/orders").text
    stranger = app.test_client()
    builders.sign_in(stranger, other)
    for path in (
        f"/my/orders/{number}",
        f"/o/{secret}",
        f"/o/{secret}/{number}",
        "/my/orders/20201124000000000",
    ):
        assert stranger.get(path).status_code == 404
    assert number not in stranger.get("/my/orders").text
    # a member's order is not opened by the secret alone
    assert app.test_client().get(f"/o/{secret}/{number}").status_code == 404


@pytest.mark.parametrize(
    "query", ["page=10000000000000", "state=%00", "q=%FF", "page=-1", "state=pay&q=2026"]
)
def test_my_orders_bears_any_address(client: Client, kiwi: World, query: str) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    assert client.get(f"/my/orders?{query}").status_code in (200, 400)


def test_a_guest_without_a_cart_costs_no_query(client: Client, kiwi: World) -> None:
    client.get("/cart")
    with statements() as sent:
        client.get("/cart")
    assert [s for s in sent if "cart" in s] == []


@pytest.mark.parametrize("path", ["/cart", "/checkout", "/my/orders"])
def test_pages_stay_within_their_queries(client: Client, app: Flask, kiwi: World, path: str) -> None:
    from marketplace.accounts.addresses import save_address

    walnut = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4)
    order_builders.freight_rule(walnut["supplier"])
    buyer = builders.user()
    order_builders.placed_orders({kiwi["sku"]: 1, walnut["sku"]: 1}, user_id=buyer.user_id)
    order_builders.cart_with({kiwi["sku"]: 2, walnut["sku"]: 1}, user_id=buyer.user_id)
    save_address(buyer.user_id, "王女士", "19900001234", builders.STREET, "示例小区 1 号楼")
    builders.sign_in(client, buyer)
    client.get(path)  # names of regions and what the head of every page shows are kept
    with statements() as sent:
        assert client.get(path).status_code == 200
    assert len(sent) <= 10, "\n".join(s[:100] for s in sent)


def test_an_order_is_bought_again_as_far_as_there_is_stock(client: Client, kiwi: World) -> None:
    rare = builders.saleable(units=2, supplier_id=kiwi["supplier"])
    [order_id] = sales.paid_orders({kiwi["sku"]: 3})
    [other_id] = sales.paid_orders({rare["sku"]: 2})
    again = []
    for each in (order_id, other_id):
        order = db.session.get_one(Order, each)
        secret = db.session.get_one(Checkout, order.checkout_id).token
        page = client.get(f"/o/{secret}/{order.number}").text
        assert "再买一次" in page
        again.append((f"/o/{secret}/{order.number}/again", hidden(page)["csrf_token"]))
    bought = client.post(again[0][0], data={"csrf_token": again[0][1]})
    assert bought.headers["Location"] == "/cart"
    assert "价钱和运费按今天的算" in client.get("/cart").text
    assert db.session.execute(select(CartLine.sku_id, CartLine.units)).all() == [(kiwi["sku"], 3)]
    gone = client.post(again[1][0], data={"csrf_token": again[1][1]})
    assert gone.headers["Location"] == again[1][0].removesuffix("/again")
    said = client.get(gone.headers["Location"]).text
    assert "没放进购物车：" in said
    assert "售罄" in said
    assert lines_in_carts() == 1
    assert (
        client.post(again[0][0].replace("/o/", "/o/x"), data={"csrf_token": again[0][1]}).status_code == 404
    )


def test_a_cart_says_what_is_lacking_to_be_sent_free_of_charge(
    app: Flask, client: Client, kiwi: World
) -> None:
    order_builders.freight_rule(kiwi["supplier"], first_fen=600, next_fen=0, free_over_fen=5900)
    order_builders.freight_rule(kiwi["supplier"], province_code=FAR["region_1"], is_excluded=True)
    put(client, kiwi["sku"])
    client.get("/cart")  # what the head of every page shows is kept
    with statements() as sent:
        lacking = client.get("/cart").text
    assert len(sent) <= 10
    assert '到陕西省运费 <b class="num">¥6.00</b>' in lacking
    assert ">¥29.10</b> 包邮" in lacking
    assert f'href="/s/{kiwi["supplier"]}">去凑单' in lacking
    put(client, kiwi["sku"])
    assert "到陕西省包邮" in client.get("/cart").text
    member = builders.user("buyer")
    save_address(member.user_id, "王女士", "19900001234", FAR["region_4"], "示例路 1 号")
    own = app.test_client()
    assert isinstance(own, Client)
    builders.sign_in(own, member)
    token = hidden(own.get("/my/addresses").text)["csrf_token"]
    own.post("/cart/add", data={"csrf_token": token, "sku_id": kiwi["sku"], "units": "1"})
    assert "这家不送到新疆维吾尔自治区" in own.get("/cart").text


def test_what_was_received_is_bought_again_from_the_list(app: Flask, kiwi: World) -> None:
    member = builders.user("buyer")
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1}, user_id=member.user_id)
    own = app.test_client()
    assert isinstance(own, Client)
    builders.sign_in(own, member)
    number = db.session.get_one(Order, order_id).number
    button = f'action="/my/orders/{number}/again"'
    assert button not in own.get("/my/orders").text
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    sales.deliver(order_id)
    assert button in own.get("/my/orders").text
