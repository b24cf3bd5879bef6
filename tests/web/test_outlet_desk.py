"""Fetching at an outlet, and the operator's desk, over HTTP."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.outlets.models import Outlet
from marketplace.parties import outlet_links
from marketplace.reporting.roll import roll_up
from orders.cart.models import CartLine
from orders.fulfilment import commands as fulfilment
from orders.fulfilment import pickups
from orders.fulfilment.models import Pickup
from orders.fulfilment.parameters import PICKUP_TRIES
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.workflow import OrderState
from tests.factories import builders, outlets, sales
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]
ONLY = {"method": "online", "agree_fresh": "y"}
VILLAGER = {"recipient": "赵大妈", "mobile": "19900007788", "how": "outlet", "agree_fresh": "y"}


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=40, price_fen=2990, lot_total_fen=60_000)


@pytest.fixture
def outlet(kiwi: World) -> int:
    return outlets.outlet()


@pytest.fixture
def operator(outlet: int) -> Actor:
    return outlets.operator_of(outlet)


@pytest.fixture
def desk(app: Flask, operator: Actor) -> Client:
    """The operator's browser."""
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, operator)
    return client


def hidden(html: str) -> dict[str, str]:
    """Token, key and digest of the last form on a page."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] in ("csrf_token", "key", "digest"):
            found[name[1]] = value[1]
    return found


def token(client: Client, path: str = "/cart") -> dict[str, str]:
    found = hidden(client.get(path).text) or hidden(client.get("/login").text)
    return {"csrf_token": found["csrf_token"]}


def put(client: Client, sku_id: int, page: str = "/login") -> Any:
    return client.post("/cart/add", data={**token(client, page), "sku_id": sku_id, "units": "1"})


def the_order() -> Order:
    return db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()


def secret_of(order_id: int) -> str:
    order = db.session.get_one(Order, order_id)
    return db.session.get_one(Checkout, order.checkout_id).token


def test_a_guest_without_script_chooses_an_outlet_and_fetches_there(
    client: Client, kiwi: World, outlet: int
) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    chosen = client.post("/checkout", data={**hidden(page.text), "how": "pickup", "step": "refresh"})
    assert "马召镇便民网点" in chosen.text
    assert "示例街 8 号" in chosen.text
    who = {"how": "pickup", "county": builders.COUNTY, "recipient": "孙小妹", "mobile": "19900006655"}
    refused = client.post("/checkout", data={**hidden(chosen.text), **who, **ONLY})
    assert refused.status_code == 422
    assert "请选一个能自提的网点" in refused.text
    assert 'value="孙小妹"' in refused.text
    answer = client.post("/checkout", data={**hidden(refused.text), **who, **ONLY, "outlet": str(outlet)})
    if answer.status_code == 422:  # the freight was not known when the page was shown
        answer = client.post("/checkout", data={**hidden(answer.text), **who, **ONLY, "outlet": str(outlet)})
    assert answer.status_code == 303, re.findall(r'class="err".*?</p>', answer.text)
    order = the_order()
    assert (order.pickup_outlet_id, order.street_code, order.recipient) == (outlet, builders.TOWN, "孙小妹")
    shown = client.get(f"/o/{secret_of(order.id)}").text
    for text in ("到网点自提", "8:30–18:30", "029-00000008", "这里会有 6 位取件码"):
        assert text in shown


def test_the_page_of_outlets_leads_to_its_outlet(client: Client, kiwi: World, outlet: int) -> None:
    other = outlets.outlet(builders.OTHER_COUNTY, name="灞桥区中心（示例）")
    assert client.get(f"/checkout?outlet={other}").headers["Location"] == "/cart"
    put(client, kiwi["sku"])
    page = client.get("/checkout").text
    assert re.search(rf'name="outlet" value="{other}" checked', page)
    assert "马召镇便民网点" not in page


@pytest.mark.parametrize("wrong", ["0", "999999", "abc", "-1", "１"])
def test_an_outlet_that_takes_nothing_in_is_refused_at_the_field(
    client: Client, kiwi: World, wrong: str
) -> None:
    outlets.outlet(takes_pickups=False, name="不收件的网点")
    put(client, kiwi["sku"])
    page = client.get("/checkout")
    who = {"how": "pickup", "recipient": "孙小妹", "mobile": "19900006655", "outlet": wrong}
    refused = client.post("/checkout", data={**hidden(page.text), **who, **ONLY})
    assert refused.status_code == 422
    assert "不收件的网点" not in refused.text
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_the_code_is_for_who_holds_the_secret_and_not_for_the_desk(
    client: Client, desk: Client, kiwi: World, outlet: int
) -> None:
    order_id = outlets.sent_to(outlet, kiwi["sku"])
    number = outlets.number_of(order_id)
    page = desk.get("/outlet/pickups?state=expected").text
    assert number in page
    shelf = {**token(desk, "/outlet/pickups?state=expected"), "shelf": "A-03"}
    assert desk.post(f"/outlet/pickups/{number}/arrived", data=shelf).status_code == 303
    code = outlets.code_of(order_id)
    spaced = f"{code[:3]} {code[3:]}"
    assert spaced in client.get(f"/o/{secret_of(order_id)}").text
    for path in ("/outlet", "/outlet/pickups", "/outlet/pickups?state=done", "/outlet/hand-over"):
        text = desk.get(path).text
        assert code not in text
        assert spaced not in text
    listed = desk.get("/outlet/pickups").text
    assert "王**" in listed
    assert "19900001234" not in listed
    assert "王女士" not in listed


def test_a_parcel_is_handed_over_by_its_code(desk: Client, kiwi: World, outlet: int) -> None:
    order_id = outlets.arrived_at(outlet, kiwi["sku"], 2)
    code = outlets.code_of(order_id)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    csrf = token(desk, "/outlet/hand-over")
    refused = desk.post("/outlet/hand-over", data={**csrf, "code": wrong})
    assert refused.status_code == 422
    assert "没有等着取的包裹用这个码" in refused.text
    assert outlets.number_of(order_id) not in refused.text
    found = desk.post("/outlet/hand-over", data={**csrf, "code": f"{code[:3]} {code[3:]}"})
    assert found.status_code == 200
    for text in ("A-03", "王**", "尾号 1234", "周至翠香猕猴桃", "× 2"):
        assert text in found.text
    assert db.session.get_one(Order, order_id).state is OrderState.SHIPPED  # looking is not giving
    given = desk.post("/outlet/hand-over", data={**csrf, "code": code, "step": "confirm"})
    assert given.headers["Location"] == "/outlet/hand-over"
    assert db.session.get_one(Order, order_id).state is OrderState.RECEIVED
    again = desk.post("/outlet/hand-over", data={**csrf, "code": code, "step": "confirm"})
    assert again.status_code == 422


def test_who_guesses_codes_has_to_wait(desk: Client, kiwi: World, outlet: int) -> None:
    code = outlets.code_of(outlets.arrived_at(outlet, kiwi["sku"]))
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    csrf = token(desk, "/outlet/hand-over")
    for _ in range(PICKUP_TRIES.default):
        assert desk.post("/outlet/hand-over", data={**csrf, "code": wrong}).status_code == 422
    stopped = desk.post("/outlet/hand-over", data={**csrf, "code": code, "step": "confirm"})
    assert stopped.status_code == 409
    assert "错的次数太多了" in stopped.text
    assert db.session.scalar(select(Pickup.handed_over_at)) is None


def test_an_operator_orders_for_a_villager_beside_the_own_cart(
    client: Client, desk: Client, kiwi: World, outlet: int, operator: Actor
) -> None:
    put(desk, kiwi["sku"], "/outlet/goods")
    assert "周至翠香猕猴桃" in desk.get("/outlet/goods").text
    csrf = token(desk, "/outlet/goods")
    added = desk.post("/outlet/basket/add", data={**csrf, "sku_id": kiwi["sku"], "units": "3"})
    assert added.status_code == 303
    page = desk.get("/outlet/basket")
    assert "¥89.70" in page.text
    refused = desk.post("/outlet/basket", data={**hidden(page.text), "how": "outlet"})
    assert refused.status_code == 422
    assert "请写村民姓名" in refused.text
    answer = desk.post("/outlet/basket", data={**hidden(refused.text), **VILLAGER})
    order = the_order()
    assert answer.headers["Location"] == f"/outlet/orders/{order.number}"
    assert (order.placed_outlet_id, order.pickup_outlet_id, order.user_id) == (outlet, outlet, None)
    assert (order.recipient, order.mobile) == ("赵大妈", "19900007788")
    assert db.session.scalars(select(OrderLine.units).where(OrderLine.order_id == order.id)).one() == 3
    # what the operator wants for herself still lies in her own cart, and nothing in the villager's
    assert db.session.scalars(select(CartLine.units)).all() == [1]
    shown = desk.get(f"/outlet/orders/{order.number}").text
    secret = secret_of(order.id)
    for text in ("赵**", "尾号 7788", f"/pay/{secret}", f"/o/{secret}", "待付款"):
        assert text in shown
    assert "赵大妈" not in shown
    assert order.number in desk.get("/outlet/orders").text
    assert desk.get(f"/pay/{secret}").status_code == 200
    assert client.get(f"/o/{secret}").status_code == 200


def test_goods_for_a_villager_may_go_home(desk: Client, kiwi: World, outlet: int) -> None:
    csrf = token(desk, "/outlet/goods")
    desk.post("/outlet/basket/add", data={**csrf, "sku_id": kiwi["sku"], "units": "1"})
    page = desk.get("/outlet/basket")
    home = {**VILLAGER, "how": "home"}
    asked = desk.post("/outlet/basket", data={**hidden(page.text), **home, "step": "refresh"})
    assert "马召镇" in asked.text
    refused = desk.post("/outlet/basket", data={**hidden(asked.text), **home})
    assert "请写到组和门牌号" in refused.text
    answer = desk.post("/outlet/basket", data={**hidden(refused.text), **home, "detail": "群兴村三组 5 号"})
    assert answer.status_code == 303, re.findall(r'class="err".*?</p>', answer.text)
    order = the_order()
    assert (order.pickup_outlet_id, order.street_code) == (None, builders.TOWN)
    assert order.address_detail == "群兴村三组 5 号"


def test_the_slip_has_the_code_once_the_goods_are_there(
    desk: Client, kiwi: World, outlet: int, operator: Actor
) -> None:
    csrf = token(desk, "/outlet/goods")
    desk.post("/outlet/basket/add", data={**csrf, "sku_id": kiwi["sku"], "units": "1"})
    desk.post("/outlet/basket", data={**hidden(desk.get("/outlet/basket").text), **VILLAGER})
    order = the_order()
    assert "扫码付款" in desk.get(f"/outlet/orders/{order.number}/slip").text
    sales.pay_online(order.checkout_id)
    fulfilment.ship(
        builders.owner_of(kiwi["supplier"]), order.id, "顺丰速运", "SF1", sales.lines_of(order.id)
    )
    pickups.arrive(operator, outlet, order.number, "A-01")
    code = outlets.code_of(order.id)
    slip = desk.get(f"/outlet/orders/{order.number}/slip").text
    assert f"{code[:3]} {code[3:]}" in slip
    assert "扫码付款" not in slip


def test_produce_is_weighed_agreed_and_gets_a_receipt(desk: Client, kiwi: World, outlet: int) -> None:
    assert "还没有供应商请这个网点代收" in desk.get("/outlet/lots/new").text
    assert desk.get(f"/outlet/lots/new/{kiwi['sku']}").status_code == 404
    outlet_links.grant_outlet(builders.owner_of(kiwi["supplier"]), kiwi["supplier"], outlet)
    path = f"/outlet/lots/new/{kiwi['sku']}"
    page = desk.get(path)
    assert "王**" in page.text
    typed = {
        **token(desk, path),
        "household_id": kiwi["household"],
        "weight": "126",
        "unit": "jin",
        "price_fen": "0.60",
        "received_on": re.findall(r'name="received_on"[^>]*value="([^"]*)"', page.text)[0],
    }
    reckoned = desk.post(path, data={**typed, "step": "refresh"})
    assert "¥75.60" in reckoned.text
    assert "够装 25 份" in reckoned.text
    both = desk.post(path, data={**typed, "total_fen": "80", "units": "25"})
    assert both.status_code == 422
    assert "请填一个" in both.text
    answer = desk.post(path, data={**typed, "units": "25"})
    assert answer.status_code == 303, re.findall(r'class="err".*?</p>', answer.text)
    receipt = desk.get(answer.headers["Location"]).text
    for text in ("收货小票", "126斤(63公斤)", "¥75.60", "25 份"):
        assert text in receipt
    assert "王建国" not in receipt
    assert "王**" not in receipt
    assert "¥75.60" in desk.get("/outlet/lots").text


def test_the_supplier_lets_an_outlet_collect_and_sees_what_it_did(
    app: Flask, desk: Client, kiwi: World, outlet: int
) -> None:
    seller = app.test_client()
    assert isinstance(seller, Client)
    builders.sign_in(seller, builders.owner_of(kiwi["supplier"]))
    page = seller.get("/supplier/outlets")
    assert "马召镇便民网点" in page.text
    csrf = token(seller, "/supplier/outlets")
    assert seller.post("/supplier/outlets/grant", data={**csrf, "outlet": outlet}).status_code == 303
    twice = seller.post("/supplier/outlets/grant", data={**csrf, "outlet": outlet})
    assert "已经在替您代收了" in twice.text
    path = f"/outlet/lots/new/{kiwi['sku']}"
    day = re.findall(r'name="received_on"[^>]*value="([^"]*)"', desk.get(path).text)[0]
    lot = {"household_id": kiwi["household"], "weight": "25", "unit": "kg", "total_fen": "80", "units": "10"}
    assert desk.post(path, data={**token(desk, path), **lot, "received_on": day}).status_code == 303
    assert "网点代收" in seller.get("/supplier/lots").text
    assert seller.post(f"/supplier/outlets/{outlet}/withdraw", data=csrf).status_code == 303
    assert desk.get(path).status_code == 404


def test_who_follows_an_outlets_link_is_brought_by_it(client: Client, kiwi: World, outlet: int) -> None:
    code = db.session.get_one(Outlet, outlet).code
    assert client.get(f"/via/{code}").headers["Location"] == "/"
    put(client, kiwi["sku"])
    assert db.session.scalar(select(CartLine.channel_code)) == f"outlet:{outlet}"
    assert client.get("/via/WD-NO-0000").status_code == 404


def test_a_channel_of_an_outlet_cant_be_claimed_by_a_form_or_an_altered_cookie(
    client: Client, kiwi: World, outlet: int
) -> None:
    csrf = token(client, "/login")
    sent = {**csrf, "sku_id": kiwi["sku"], "units": "1", "channel": f"outlet:{outlet}"}
    client.post("/cart/add", data=sent)
    assert db.session.scalar(select(CartLine.channel_code)) == ""
    client.get(f"/via/{db.session.get_one(Outlet, outlet).code}")
    cookie = client.get_cookie("via")
    assert cookie is not None
    client.set_cookie("via", cookie.value[:-2] + "xx")
    put(client, kiwi["sku"])
    assert db.session.scalar(select(CartLine.channel_code)) == ""


def test_a_shut_outlets_link_brings_nobody(client: Client, kiwi: World, outlet: int) -> None:
    with transaction() as session:
        session.execute(update(Outlet).values(is_open=False))
    assert client.get(f"/via/{db.session.get_one(Outlet, outlet).code}").status_code == 302
    assert client.get_cookie("via") is None


def test_who_works_several_outlets_chooses_one(app: Flask, kiwi: World, outlet: int) -> None:
    other = outlets.outlet(name="群兴村服务点（示例）")
    grants = outlets.operator_of(outlet).grants + outlets.operator_of(other).grants
    actor = builders.user(None, *((g.role, g.scope_kind, g.scope_id) for g in grants))
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    assert "换一个网点" in client.get("/outlet").text
    csrf = token(client, "/outlet/switch")
    assert client.post("/outlet/switch", data={**csrf, "outlet_id": other}).status_code == 303
    assert "<b>群兴村服务点（示例）</b>" in client.get("/outlet").text
    foreign = outlets.outlet()
    assert client.post("/outlet/switch", data={**csrf, "outlet_id": foreign}).status_code == 404


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/outlet", 10),
        ("/outlet/pickups", 9),
        ("/outlet/pickups?state=expected", 9),
        ("/outlet/hand-over", 6),
        ("/outlet/goods", 8),
        ("/outlet/basket", 9),
        ("/outlet/orders", 9),
        ("/outlet/lots", 9),
        ("/outlet/lots/new", 9),
        ("/outlet/channel", 7),
        ("/outlet/month", 8),
        ("/outlet/commission", 7),
    ],
)
def test_pages_stay_within_their_queries(
    desk: Client, kiwi: World, outlet: int, operator: Actor, path: str, limit: int
) -> None:
    outlet_links.grant_outlet(builders.owner_of(kiwi["supplier"]), kiwi["supplier"], outlet)
    for _ in range(3):
        outlets.arrived_at(outlet, kiwi["sku"])
        outlets.sent_to(outlet, kiwi["sku"])
    with transaction() as session:
        session.execute(update(Order).values(placed_outlet_id=outlet))
    csrf = token(desk, "/outlet/goods")
    desk.post("/outlet/basket/add", data={**csrf, "sku_id": kiwi["sku"], "units": "1"})
    desk.get(path)  # divisions are read once per process
    roll_up(1000)  # as the worker does every few seconds
    with statements() as sent:
        assert desk.get(path).status_code == 200
    assert len(sent) <= limit, "\n".join(s[:110] for s in sent)


def test_the_checkout_stays_within_its_queries_with_an_outlet(
    client: Client, kiwi: World, outlet: int
) -> None:
    client.get(f"/checkout?outlet={outlet}")
    put(client, kiwi["sku"])
    client.get("/checkout")
    with statements() as sent:
        assert "马召镇便民网点" in client.get("/checkout").text
    assert len(sent) <= 10, "\n".join(s[:110] for s in sent)
