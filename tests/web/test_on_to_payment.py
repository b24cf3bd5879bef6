"""From the checkout straight to where it is paid, and what is there for those who did not get that far."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.regions.queries import path_of
from orders.ordering.models import Checkout
from orders.payments.models import PaymentSession
from orders.payments.providers.interface import ProviderUnavailable
from tests.factories import builders, order_builders
from tests.support.clients import Client
from tests.support.counting import statements
from tests.web.test_buying import ADDRESS, World, hidden, put


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10)


def test_the_placing_click_needs_few_statements(client: Client, kiwi: World) -> None:
    walnut = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4)
    buyer = builders.user()
    order_builders.cart_with({kiwi["sku"]: 2, walnut["sku"]: 1}, user_id=buyer.user_id)
    builders.sign_in(client, buyer)
    page = client.get("/checkout")
    path_of(ADDRESS["region_4"])  # a process reads the regions once
    with statements() as sent:
        answer = client.post(
            "/checkout", data={**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
        )
    assert answer.headers["Location"].startswith("/sandbox/")
    ours = [each for each in sent if "INTO sandbox_charges" not in each]  # which is the bank's own book
    assert len(ours) <= 20, "\n".join(f"{n}: {s[:90]}" for n, s in enumerate(ours, 1))


def test_a_guest_who_did_not_come_back_from_paying_finds_the_order(client: Client, kiwi: World) -> None:
    put(client, kiwi["sku"], "2")
    page = client.get("/checkout")
    sent = {**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    bank = client.post("/checkout", data=sent).headers["Location"]
    client.post(bank, data={**hidden(client.get(bank).text), "choice": "pay"})
    token = db.session.scalars(select(Checkout.token)).one()
    cart = client.get("/cart").text
    assert f'href="/o/{token}">看订单' in cart
    assert "还没付款" not in cart


def test_a_provider_that_does_not_answer_leaves_the_order_to_be_paid_later(
    client: Client, kiwi: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise ProviderUnavailable

    put(client, kiwi["sku"], "2")
    page = client.get("/checkout")
    sent = {**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    with monkeypatch.context() as patched:
        patched.setattr("orders.payments.providers.sandbox.Sandbox.open_session", down)
        later = client.post("/checkout", data=sent).headers["Location"]
    token = db.session.scalars(select(Checkout.token)).one()
    assert later == f"/pay/{token}"
    waiting = client.get(later).text
    assert "支付机构暂时没有回应" in waiting
    assert "等银行的消息" not in waiting, "it was never asked for money"
    assert client.post("/checkout", data=sent).headers["Location"].startswith("/sandbox/"), (
        "the form once more"
    )
    start = client.post(f"{later}/start", data=hidden(waiting)).headers["Location"]
    assert start.startswith("/sandbox/")
    assert db.session.scalar(select(func.count()).select_from(PaymentSession)) == 1
