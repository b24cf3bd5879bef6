"""From the checkout straight to where it is paid, and what is there for those who did not get that far."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.regions.queries import path_of
from orders.ordering.models import Checkout, Order
from orders.payments.models import MoneyReturn, PaymentSession
from orders.payments.providers.interface import ProviderUnavailable
from orders.payments.workflow import SessionState
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
    assert "还没收到付款" not in waiting, "nobody could have paid"
    assert client.post("/checkout", data=sent).headers["Location"] == later, "the form once more"
    assert "这次没有再下" in client.get(later).text
    start = client.post(f"{later}/start", data=hidden(waiting)).headers["Location"]
    assert start.startswith("/sandbox/")
    assert db.session.scalar(select(func.count()).select_from(PaymentSession)) == 1


def placed_by_guest(client: Client, sku_id: int) -> tuple[str, str, dict[str, str]]:
    """The checkout's token, the bank's page, and the form that was sent."""
    put(client, sku_id, "2")
    page = client.get("/checkout")
    sent = {**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    bank = client.post("/checkout", data=sent).headers["Location"]
    token = db.session.scalars(select(Checkout.token).order_by(Checkout.id.desc()).limit(1)).one()
    return token, bank, sent


def cancelled(client: Client, token: str) -> None:
    number = db.session.scalars(select(Order.number)).one()
    page = client.get(f"/o/{token}/{number}").text
    client.post(f"/o/{token}/{number}/cancel", data={**hidden(page), "reason": "不要了"})


def test_a_full_cart_and_a_second_order_hide_none_from_a_guest(client: Client, kiwi: World) -> None:
    first, _, _ = placed_by_guest(client, kiwi["sku"])
    second, _, _ = placed_by_guest(client, kiwi["sku"])
    put(client, kiwi["sku"], "1")
    cart = client.get("/cart").text
    assert "周至翠香猕猴桃" in cart
    for token in (first, second):
        assert f'href="/pay/{token}">去付款' in cart


def test_going_back_to_a_form_that_was_placed_leads_to_its_order(client: Client, kiwi: World) -> None:
    token, _, sent = placed_by_guest(client, kiwi["sku"])
    wrong = client.post("/checkout", data={**sent, "mobile": ""})
    assert wrong.headers["Location"] == f"/pay/{token}"
    another_page = client.post("/checkout", data={**sent, "key": "the-key-of-another-page"})
    assert another_page.headers["Location"] == "/cart"
    said = client.get("/cart").text
    assert "没有选中要买的货" in said
    assert f'href="/pay/{token}">去付款' in said


def test_what_is_cancelled_is_not_paid_for_any_more(client: Client, kiwi: World) -> None:
    token, bank, _ = placed_by_guest(client, kiwi["sku"])
    cancelled(client, token)
    outbox.run_pending()
    assert db.session.scalars(select(PaymentSession.state)).one() is SessionState.EXPIRED
    assert "订单已经取消" in client.get(f"/pay/{token}").text
    client.post(bank, data={**hidden(client.get(bank).text), "choice": "pay"})
    assert db.session.scalars(select(MoneyReturn.amount_fen)).all() == [5_980], "it came all the same"


def test_paid_and_cancelled_is_not_told_as_paid(client: Client, kiwi: World) -> None:
    token, bank, _ = placed_by_guest(client, kiwi["sku"])
    client.post(bank, data={**hidden(client.get(bank).text), "choice": "pay"})
    cancelled(client, token)
    paying = client.get(f"/pay/{token}").text
    assert "付好了" not in paying
    assert "付过的钱原路退回" in paying
    assert "付好了" not in client.get("/cart").text
