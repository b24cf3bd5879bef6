"""Coupons where a buyer chooses: on the product's page, the seller's and in the cart; true after each change."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from catalog.products.models import Sku
from certification.linkage.models import LinkageTerm
from certification.linkage.rules import LinkageMode
from marketplace.accounts.addresses import save_address
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.storefront import shared
from orders.coupons.commands import stop_coupon
from orders.refunds.commands import cancel_order
from tests.factories import builders, order_builders, sales
from tests.factories.coupons import coupon, placed
from tests.support.clients import Client
from tests.support.counting import statements
from tests.web.test_buying import put

World = dict[str, int]
FACE = "满 50 减 5"


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=20, price_fen=2990, lot_total_fen=30_000)


def html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.get_data(as_text=True)


def pages(client: Client, kiwi: World) -> tuple[bool, bool]:
    """Whether the product's page and the seller's tell of the coupon."""
    return FACE in html(client, f"/p/{kiwi['listing']}"), FACE in html(client, f"/s/{kiwi['supplier']}")


def test_it_is_told_until_it_is_stopped(kiwi: World, client: Client) -> None:
    assert pages(client, kiwi) == (False, False)
    five = coupon(kiwi["supplier"])
    assert pages(client, kiwi) == (True, True)
    stop_coupon(builders.owner_of(kiwi["supplier"]), five)
    assert pages(client, kiwi) == (False, False)


def test_it_is_told_while_there_is_one_left_and_again_when_it_came_back(kiwi: World, client: Client) -> None:
    last = coupon(kiwi["supplier"], total_count=1)
    assert pages(client, kiwi) == (True, True)
    (order,) = placed({kiwi["sku"]: 2}, last)
    assert pages(client, kiwi) == (False, False)
    cancel_order(*sales.buyer_of(order.id), "不要了")
    assert pages(client, kiwi) == (True, True)


def test_it_is_told_while_there_is_money_for_it(kiwi: World, client: Client) -> None:
    poor = coupon(kiwi["supplier"], budget_fen=900)
    assert pages(client, kiwi) == (True, True)
    placed({kiwi["sku"]: 2}, poor)
    assert pages(client, kiwi) == (False, False)


def test_it_is_told_on_its_days_only(
    kiwi: World, client: Client, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    now = clock.now()
    there = freeze("2026-11-24 15:30")
    there.move_to(now)  # what the builders made is in force around now
    today = clock.today()
    coupon(kiwi["supplier"], starts_on=today + timedelta(days=1), ends_on=today + timedelta(days=1))
    assert pages(client, kiwi) == (False, False)
    tomorrow = clock.local_day_start(today + timedelta(days=1))
    there.move_to(tomorrow - timedelta(seconds=1))
    shared.forget(shared.COUPONS)  # half a day went by; what is read now serves for all that follows
    assert pages(client, kiwi) == (False, False)
    there.move_to(tomorrow)
    assert pages(client, kiwi) == (True, True)
    there.move_to(tomorrow + timedelta(days=1, seconds=-1))
    assert pages(client, kiwi) == (True, True)
    there.move_to(tomorrow + timedelta(days=1))
    assert pages(client, kiwi) == (False, False)


def test_one_with_a_code_another_shops_and_for_own_produce_are_not_told(kiwi: World, client: Client) -> None:
    other = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY)
    coupon(other["supplier"])
    coupon(kiwi["supplier"], code="WEJQU2926")
    assert pages(client, kiwi) == (False, False)
    coupon(off_fen=600)
    coupon(kiwi["supplier"])
    with transaction():
        db.session.execute(
            update(LinkageTerm)
            .where(LinkageTerm.agreement_id == kiwi["agreement"])
            .values(mode=LinkageMode.OWN, sponsor_fee_fen=300)
        )
    page = html(client, f"/p/{kiwi['listing']}")
    assert FACE not in page  # no discount reaches what is the household's
    assert "满 50 减 6" in page  # a shared one is not the supplier's to bear


def test_two_are_told_and_more_are_on_the_sellers_page(kiwi: World, client: Client) -> None:
    supplier = kiwi["supplier"]
    coupon(supplier)
    coupon()
    more = f'href="/s/{supplier}#coupons"'
    page = html(client, f"/p/{kiwi['listing']}")
    assert page.count(FACE) == 2
    assert more not in page
    coupon(supplier, min_spend_fen=9_000, off_fen=1_000)
    page = html(client, f"/p/{kiwi['listing']}")
    assert page.count(FACE) == 2
    assert more in page
    assert "满 90 减 10" not in page
    assert "满 90 减 10" in html(client, f"/s/{supplier}")


def test_the_products_page_asks_nothing_for_them(kiwi: World, client: Client) -> None:
    coupon(kiwi["supplier"])
    html(client, f"/p/{kiwi['listing']}")
    with statements() as sent:
        assert FACE in html(client, f"/p/{kiwi['listing']}?again")
    assert not [each for each in sent if "coupons" in each]


def test_a_cart_says_how_much_more_brings_a_coupon(kiwi: World, client: Client) -> None:
    coupon(kiwi["supplier"])
    coupon(kiwi["supplier"], min_spend_fen=9_000, off_fen=1_500)
    put(client, kiwi["sku"])
    page = html(client, "/cart")
    assert '这家再买 <b class="num red">¥20.10</b>' in page
    assert '可减 <b class="num">¥5.00</b>' in page
    put(client, kiwi["sku"])
    page = html(client, "/cart")
    assert '店铺券可减 <b class="num">¥5.00</b>' in page
    assert '这家再买 <b class="num red">¥30.20</b>' in page
    assert '可减 <b class="num">¥15.00</b>' in page
    put(client, kiwi["sku"], "2")
    page = html(client, "/cart")
    assert '店铺券可减 <b class="num">¥15.00</b>' in page
    assert "这家再买" not in page


def test_a_cart_says_nothing_of_what_this_buyer_will_not_get(kiwi: World, client: Client) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    placed({kiwi["sku"]: 2}, coupon(kiwi["supplier"]), user_id=buyer.user_id)
    order_builders.cart_with({kiwi["sku"]: 1}, user_id=buyer.user_id)
    assert "可减" not in html(client, "/cart")
    coupon(kiwi["supplier"])
    assert "可减" in html(client, "/cart")
    builders.lot(kiwi["agreement"], kiwi["household"], kiwi["sku"], units=10, total_fen=28_500)
    assert "可减" not in html(client, "/cart")  # the price hardly carries what the household is owed


def test_a_cart_with_all_there_is_stays_within_its_queries(kiwi: World, client: Client) -> None:
    buyer = builders.user()
    walnut = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4)
    for world in (kiwi, walnut):
        coupon(world["supplier"])
        order_builders.freight_rule(world["supplier"])
        with transaction():
            db.session.execute(update(Sku).where(Sku.id == world["sku"]).values(limit_units=3))
    order_builders.cart_with({kiwi["sku"]: 1, walnut["sku"]: 1}, user_id=buyer.user_id)
    save_address(buyer.user_id, "王女士", "19900001234", builders.STREET, "示例小区 1 号楼")
    builders.sign_in(client, buyer)
    html(client, "/cart")
    with statements() as sent:
        assert html(client, "/cart").count("可减") == 2
    assert len(sent) <= 10, "\n".join(each[:100] for each in sent)
