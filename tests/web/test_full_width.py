"""Codes, numbers and names typed with a Chinese keyboard left in full width are taken as meant; a quantity is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from marketplace.accounts.commands import register_user
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import Household
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from tests.factories import builders, order_builders, outlets, sales
from tests.factories.visits import booked, code_of, in_days, orchard
from tests.support.clients import Client
from tests.support.codes import code_for, set_up
from tests.support.forms import client_of, full_width, hidden, post

PASSWORD = "orchard-in-spring"


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return builders.saleable(units=20)


def number_of(order_id: int) -> str:
    return db.session.get_one(Order, order_id).number


def test_logging_in_with_a_mobile_and_a_second_factor(
    app: Flask, client: Client, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    freeze("2026-11-27 15:00")
    registered = post(
        client,
        "/register",
        identifier=full_width("19900001234"),
        display_name="王示例",
        password=PASSWORD,
        repeat=PASSWORD,
        agreed="y",
    )
    assert registered.status_code in (302, 303)
    user_id = register_user("wang", PASSWORD, "王示例")
    set_up(user_id, PASSWORD)
    other = client_of(app)
    post(other, "/login", identifier=full_width("19900001234"), password=PASSWORD)
    assert other.get("/my/password").status_code == 200
    third = client_of(app)
    assert post(third, "/login", identifier=full_width("Wang"), password=PASSWORD).location == "/login/code"
    post(third, "/login/code", code=full_width(code_for(user_id)))
    assert third.get("/my/password").status_code == 200


def test_a_parcel_is_handed_over_by_its_code(app: Flask, kiwi: dict[str, int]) -> None:
    outlet = outlets.outlet()
    order_id = outlets.arrived_at(outlet, kiwi["sku"], 1)
    desk = client_of(app, outlets.operator_of(outlet))
    code = full_width(outlets.code_of(order_id))
    assert post(desk, "/outlet/hand-over", code=code, step="confirm").status_code == 303
    assert db.session.get_one(Order, order_id).state is OrderState.RECEIVED
    number = number_of(order_id)
    assert number in desk.get(f"/outlet/pickups?state=done&q={full_width(number)}").text


def test_a_visit_is_taken_by_its_code(app: Flask) -> None:
    with clock.turned_to(clock.local_day_start(clock.today()) + timedelta(hours=7)):
        garden = orchard()
        order_id = booked(garden["listing"], in_days(1))
    host = client_of(app, builders.owner_of(garden["supplier"]))
    with clock.turned_to(clock.local_day_start(in_days(1)) + timedelta(hours=10)):
        code = full_width(code_of(order_id))
        assert f'value="{code_of(order_id)}"' in host.get(f"/supplier/visits/redeem?code={code}").text
        assert post(host, "/supplier/visits/redeem", code=code, step="confirm").status_code == 303
    assert db.session.get_one(Order, order_id).state is OrderState.RECEIVED


def test_orders_and_households_are_found(app: Flask, kiwi: dict[str, int]) -> None:
    buyer = builders.user()
    first, second = (
        order_builders.placed_orders({kiwi["sku"]: 1}, user_id=buyer.user_id)[0] for _ in range(2)
    )
    mine, theirs = client_of(app, buyer), client_of(app, builders.owner_of(kiwi["supplier"]))
    for client, page in ((mine, "/my/orders"), (theirs, "/supplier/orders?state=all")):
        sign = "&" if "?" in page else "?"
        found = client.get(f"{page}{sign}q={full_width(number_of(first))}").text
        assert (number_of(first) in found, number_of(second) in found) == (True, False), page
    sales.pay_online(db.session.get_one(Order, first).checkout_id)
    books = client_of(app, builders.finance())
    assert number_of(first) in books.get(f"/finance/ledger?order={full_width(number_of(first))}").location
    code = db.session.get_one(Household, kiwi["household"]).code
    register = client_of(app, builders.official_of(builders.COUNTY))
    assert code in register.get(f"/registers/households?q={full_width(code)}").text


def test_an_address_is_pasted(client: Client, kiwi: dict[str, int]) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    pasted = "王示例 １９９００００１２３４ 陕西省西安市雁塔区小寨路街道示例小区１号楼"
    page = post(client, "/my/addresses", step="paste", pasted=pasted).text
    assert hidden(page.replace("'", '"'), "mobile") == "19900001234"


@pytest.mark.parametrize("units", ["１", "２"])
def test_a_quantity_counts_as_it_is_typed_or_not_at_all(
    client: Client, kiwi: dict[str, int], units: str
) -> None:
    refused = post(client, "/cart/add", "/login", sku_id=str(kiwi["sku"]), units=units)
    assert refused.status_code == 422
