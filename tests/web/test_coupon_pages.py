"""Coupons on the pages: taken by themselves at the checkout, chosen, found by code; made and stopped at two desks."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.coupons.models import Coupon
from orders.coupons.rules import CouponBearer
from orders.ordering.models import Checkout, Order
from tests.factories import builders, order_builders, sales
from tests.factories.coupons import coupon
from tests.support.clients import Client
from tests.support.counting import statements
from tests.web.test_buying import ADDRESS, hidden, put

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)


def confirmed(html: str) -> dict[str, str]:
    """What the page would send: token, key and digest, and the coupons it shows as used."""
    found = hidden(html)
    for name, options in re.findall(r'<select[^>]*name="(coupon-[^"]+)">(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="(\d+)" selected', options)
        found[name] = chosen.group(1) if chosen else "0"
    return found


PLACE = ADDRESS | {"how": "home", "method": "online", "agree_fresh": "y"}


@pytest.fixture
def cart(client: Client, kiwi: World) -> Client:
    put(client, kiwi["sku"], "2")
    return client


def test_the_best_coupon_is_taken_and_paid_for(cart: Client, kiwi: World) -> None:
    five = coupon(kiwi["supplier"])
    page = cart.get("/checkout").text
    assert "店铺优惠" in page
    assert "54.80" in page
    sent = confirmed(page)
    assert sent[f"coupon-{kiwi['supplier']}"] == str(five)
    # freight of the chosen street changes nothing here, so the digest still names what was shown
    answer = cart.post("/checkout", data=PLACE | sent)
    assert answer.status_code == 303, answer.text[:2000]
    order = db.session.scalars(select(Order)).one()
    assert (order.discount_fen, order.total_fen) == (500, 5_480)
    sales.pay_online(order.checkout_id)
    token = db.session.get_one(Checkout, order.checkout_id).token
    shown = cart.get(f"/o/{token}/{order.number}").get_data(as_text=True)
    assert "−¥5.00" in shown
    assert "账上怎么记的" in shown


def test_one_may_do_without(cart: Client, kiwi: World) -> None:
    coupon(kiwi["supplier"])
    sent = confirmed(cart.get("/checkout").text)
    without = sent | {f"coupon-{kiwi['supplier']}": "0"}
    page = cart.post("/checkout", data=PLACE | without | {"step": "refresh"}).text
    assert "59.80" in page
    answer = cart.post("/checkout", data=PLACE | without | {"digest": confirmed(page)["digest"]})
    assert answer.status_code == 303
    assert db.session.scalars(select(Order.discount_fen)).all() == [0]


def test_a_code_is_used_and_a_wrong_one_is_told_at_its_field(cart: Client, kiwi: World) -> None:
    secret = coupon(bearer=CouponBearer.GOVERNMENT, code="WEJQU2926", off_fen=1_000)
    sent = confirmed(cart.get("/checkout").text)
    page = cart.post("/checkout", data=PLACE | sent | {"step": "code", "coupon_code": "nothing"})
    assert "没有这个券码" in page.text
    found = cart.post("/checkout", data=PLACE | sent | {"step": "code", "coupon_code": " wejqu 2926"}).text
    chosen = confirmed(found)
    assert chosen["coupon-shared"] == str(secret)
    answer = cart.post("/checkout", data=PLACE | chosen | {"coupon_code": "WEJQU2926"})
    assert answer.status_code == 303
    order = db.session.scalars(select(Order)).one()
    assert (order.total_fen, order.subsidy_bearer) == (4_980, "government")


def test_an_order_says_what_the_buyer_pays_and_what_is_added_before_and_after(
    cart: Client, kiwi: World
) -> None:
    coupon(bearer=CouponBearer.PLATFORM, off_fen=1_000)
    answer = cart.post("/checkout", data=PLACE | confirmed(cart.get("/checkout").text))
    assert answer.status_code == 303, answer.text[:2000]
    made = db.session.scalars(select(Order)).one()
    checkout_id = made.checkout_id
    path = f"/o/{db.session.get_one(Checkout, checkout_id).token}/{made.number}"
    unpaid = cart.get(path).text
    assert "您要付的 ¥49.80，平台补的 ¥10.00" in unpaid
    assert "付款以后，这一单会帮到" in unpaid
    sales.pay_online(checkout_id)
    paid = cart.get(path).text
    assert "您付的 ¥49.80，平台补的 ¥10.00" in paid
    assert "这一单帮到" in paid
    assert "会帮到" not in paid


@pytest.mark.parametrize("sent", ["99999", "-1", "１", "1e9", "NaN", "x" * 300])
def test_a_made_up_coupon_gives_nothing(cart: Client, kiwi: World, sent: str) -> None:
    page = confirmed(cart.get("/checkout").text)
    answer = cart.post("/checkout", data=PLACE | page | {"coupon-shared": sent})
    assert answer.status_code in (303, 409)
    assert all(order.discount_fen == 0 for order in db.session.scalars(select(Order)))


def test_another_suppliers_coupon_takes_nothing_off(cart: Client, kiwi: World) -> None:
    other = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=9, price_fen=3000)
    foreign = coupon(other["supplier"])
    page = confirmed(cart.get("/checkout").text)
    answer = cart.post("/checkout", data=PLACE | page | {"coupon-shared": str(foreign)})
    assert answer.status_code == 409
    assert "不是这几家的" in answer.text
    assert db.session.scalars(select(Order)).all() == []


def test_the_checkout_stays_within_its_queries_with_coupons(client: Client, kiwi: World) -> None:
    coupon(kiwi["supplier"])
    coupon()
    order_builders.freight_rule(kiwi["supplier"])
    buyer = builders.user()
    order_builders.cart_with({kiwi["sku"]: 2}, user_id=buyer.user_id)
    builders.sign_in(client, buyer)
    client.get("/checkout")  # what the picker shows of regions is kept from here on
    with statements() as sent:
        assert client.get("/checkout").status_code == 200
    assert len(sent) <= 10, "\n".join(each[:100] for each in sent)


FORM = {
    "name": "苹果季",
    "min_spend_fen": "50",
    "off_fen": "5",
    "total_count": "100",
    "per_person": "1",
    "budget_fen": "500",
    "code": "",
}


@pytest.mark.parametrize("desk", ["/supplier/coupons", "/admin/coupons"])
def test_a_desk_makes_and_stops_one(client: Client, kiwi: World, desk: str) -> None:
    mine = desk.startswith("/supplier")
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]) if mine else builders.admin())
    today = clock.today().isoformat()
    form = FORM | {"starts_on": today, "ends_on": today, "bearer": "government"}
    form |= hidden(client.get(f"{desk}/new").text)
    assert "还没有发过券" in client.get(desk).text
    refused = client.post(f"{desk}/new", data=form | {"off_fen": "50"})
    assert refused.status_code == 422
    text = refused.text
    assert "门槛要高过减的金额" in text
    assert 'value="苹果季"' in text
    assert client.post(f"{desk}/new", data=form).status_code == 302
    made = db.session.scalars(select(Coupon)).one()
    assert made.bearer is (CouponBearer.SUPPLIER if mine else CouponBearer.GOVERNMENT)
    assert "进行中" in client.get(desk).text
    assert client.post(f"{desk}/{made.id}/stop", data=hidden(client.get(desk).text)).status_code == 302
    assert "已停发" in client.get(desk).text


def test_a_price_below_the_floor_is_told_at_the_field(client: Client, kiwi: World) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    today = clock.today().isoformat()
    form = FORM | {"starts_on": today, "ends_on": today, "off_fen": "30", "budget_fen": "3000"}
    form |= hidden(client.get("/supplier/coupons/new").text)
    answer = client.post("/supplier/coupons/new", data=form)
    assert answer.status_code == 422
    assert "减下来会低于底价" in answer.text
