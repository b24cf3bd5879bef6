"""What a person's own pages of the full demo cost in statements: the buyer's, the household's, the village's."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import User
from marketplace.accounts.queries import load_actor
from marketplace.kernel.db import db
from marketplace.parties.models import Household
from orders.ordering.models import Order
from tests.factories import builders
from tests.support.clients import Client
from tests.support.counting import statements

pytestmark = pytest.mark.template("demo")
#: a page of one's own; and the order's, where each parcel, claim, review, invoice and code beside the plain order is a
#: question: which orders of the demo have them all depends on the hour it was loaded at
BUDGET, ORDER_BUDGET = 10, 16


def signed_in(app: Flask, name: str) -> tuple[Client, int]:
    user_id = db.session.scalars(select(User.id).where(User.username == name)).one()
    actor = load_actor(user_id)
    assert actor is not None
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client, user_id


def cost(client: Client, address: str) -> int:
    assert client.get(address).status_code == 200, address
    with statements() as sent:
        client.get(address)
    return len(sent)


@pytest.mark.parametrize(
    ("who", "addresses"),
    [
        (
            "buyer",
            "/my /my/orders /my/help /my/favourites /my/coupons /my/data /cart /account/sessions /messages /messages/choices",
        ),
        ("household", "/household /my /messages"),
        ("village", "/review /registers/households /registers/pairings /registers/outlets /reports"),
    ],
)
def test_pages_of_ones_own_keep_their_budget(app: Flask, who: str, addresses: str) -> None:
    client, _user_id = signed_in(app, who)
    spent = {address: cost(client, address) for address in addresses.split()}
    assert {address: count for address, count in spent.items() if count > BUDGET} == {}


def test_a_household_reads_its_rights_within_eight(app: Flask) -> None:
    client, _user_id = signed_in(app, "household")
    assert cost(client, "/household/rights") <= 8


def test_an_order_keeps_its_budget_in_every_state(app: Flask) -> None:
    client, user_id = signed_in(app, "buyer")
    orders = db.session.execute(
        select(Order.state, Order.number).where(Order.user_id == user_id, Order.purchase_order_id.is_(None))
    ).all()
    spent = {number: (state.value, cost(client, f"/my/orders/{number}")) for state, number in orders}
    assert len({state for state, _count in spent.values()}) > 2
    assert {number: each for number, each in spent.items() if each[1] > ORDER_BUDGET} == {}
    assert min(count for _state, count in spent.values()) <= BUDGET


def test_a_households_card_keeps_its_budget(app: Flask) -> None:
    client, _user_id = signed_in(app, "village")
    listed = client.get("/registers/households").get_data(as_text=True)
    ids = sorted(map(int, set(re.findall(r"/registers/households/(\d+)", listed))))[:5]
    assert db.session.get(Household, ids[0]) is not None
    spent = {each: cost(client, f"/registers/households/{each}") for each in ids}
    assert {each: count for each, count in spent.items() if count > BUDGET} == {}


def test_an_application_is_read_without_asking_twice(app: Flask) -> None:
    """Its page gathers everything a reviewer judges by; each thing is read once."""
    client, _user_id = signed_in(app, "village")
    address = re.findall(r"/review/applications/\d+", client.get("/review").get_data(as_text=True))[0]
    client.get(address)
    with statements() as sent:
        client.get(address)
    assert len(sent) <= 25
