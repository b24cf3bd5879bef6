"""The shop with Stripe on the other side: paid once whatever the line does, and the books as with any provider."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, Order
from orders.ordering.workflow import OrderState
from orders.payments import inbox, returns
from orders.payments.models import MoneyReturn, Payment, PaymentSession
from orders.payments.providers import registry
from orders.payments.providers.interface import (
    ChargeState,
    ProviderUnavailable,
    ReturnState,
    SessionRequest,
)
from orders.payments.providers.stripe_checkout import NAME, StripeCheckout, splits_as_metadata
from orders.payments.sessions import start_session
from orders.payments.workflow import MoneyReturnState, PaymentState, SessionState
from orders.refunds.commands import cancel_order
from tests.factories import builders, order_builders, sales
from tests.support.fake_stripe import SECRET, FakeStripe
from tests.web.test_buying import ADDRESS, hidden

World = dict[str, int]
BACK = "http://localhost/pay"


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask, freeze: Callable[[str], object]) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe()


@pytest.fixture
def provider(fake: FakeStripe) -> StripeCheckout:
    return StripeCheckout("sk_test_fake", SECRET, "西安扶贫超市", fake)


@pytest.fixture
def kiwi(app: Flask, provider: StripeCheckout, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-10 09:00")
    registry.install(app.extensions, [provider], NAME)
    return builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)


def place(world: World, units: int = 2) -> tuple[int, int]:
    (order_id,) = order_builders.placed_orders({world["sku"]: units})
    return order_id, db.session.get_one(Order, order_id).checkout_id


def open_session(checkout_id: int) -> str:
    start_session(checkout_id, BACK)
    session_id = db.session.scalar(
        select(PaymentSession.external_id).order_by(PaymentSession.id.desc()).limit(1)
    )
    assert session_id is not None
    return session_id


def hear(event: tuple[bytes, str]) -> str:
    return inbox.apply_event(inbox.store_event(NAME, *event))


def payment_of(order_id: int) -> Payment:
    return db.session.scalars(
        select(Payment).where(Payment.order_id == order_id).execution_options(populate_existing=True)
    ).one()


def the_return() -> MoneyReturn:
    return db.session.scalars(select(MoneyReturn).execution_options(populate_existing=True)).one()


def test_paid_by_its_event(kiwi: World, fake: FakeStripe) -> None:
    order_id, checkout_id = place(kiwi)
    session = open_session(checkout_id)
    assert fake.sessions[session]["metadata"] == {"splits_1": f"{order_id}:{kiwi['supplier']}:5998"}
    paid = fake.pay(session)
    assert hear(paid) == "captured 1 of 1"
    assert hear(paid) == "captured 1 of 1"  # the same event again: what it did then
    assert hear(fake.event("checkout.session.completed", fake.sessions[session])) == "duplicate"
    assert (payment_of(order_id).state, payment_of(order_id).captured_fen) == (PaymentState.PAID, 5998)


def test_two_clicks_are_one_session(kiwi: World, fake: FakeStripe) -> None:
    _, checkout_id = place(kiwi)
    assert open_session(checkout_id) == open_session(checkout_id)
    assert (len(fake.sessions), len(fake.calls)) == (1, 1)


def test_a_line_that_breaks_after_the_work_leaves_one_session(kiwi: World, fake: FakeStripe) -> None:
    order_id, checkout_id = place(kiwi)
    fake.fail_next("after", "before", "500", "429")
    for _ in range(4):
        with pytest.raises(ProviderUnavailable):
            start_session(checkout_id, BACK)
    session = open_session(checkout_id)
    assert len(fake.sessions) == 1
    hear(fake.pay(session))
    assert payment_of(order_id).state is PaymentState.PAID


def test_paid_though_the_process_died_before_it_kept_the_session(kiwi: World, fake: FakeStripe) -> None:
    order_id, checkout_id = place(kiwi)
    fake.fail_next("after")
    with pytest.raises(ProviderUnavailable):
        start_session(checkout_id, BACK)
    (session,) = fake.sessions
    assert hear(fake.pay(session)) == "captured 1 of 1"
    assert payment_of(order_id).state is PaymentState.PAID


def test_an_event_that_never_comes_is_found_by_asking(
    kiwi: World, fake: FakeStripe, freeze: Callable[[str], object]
) -> None:
    order_id, checkout_id = place(kiwi)
    event = fake.pay(open_session(checkout_id))
    freeze("2026-09-10 09:10")
    fake.fail_next("before")
    assert inbox.reconcile_sessions() == 0
    freeze("2026-09-10 09:20")
    assert inbox.reconcile_sessions() == 1
    assert payment_of(order_id).state is PaymentState.PAID
    freeze("2026-09-10 09:04")
    assert hear(event) == "duplicate"


def test_a_late_refusal_lets_one_pay_again(kiwi: World, fake: FakeStripe) -> None:
    order_id, checkout_id = place(kiwi)
    session = open_session(checkout_id)
    hear(fake.refuse_later(session))
    assert payment_of(order_id).state is PaymentState.FAILED
    again = open_session(checkout_id)
    assert again != session
    hear(fake.pay(again))
    assert payment_of(order_id).state is PaymentState.PAID


def test_a_session_whose_time_is_over_takes_no_more_money(
    kiwi: World, fake: FakeStripe, freeze: Callable[[str], object]
) -> None:
    order_id, checkout_id = place(kiwi)
    session = open_session(checkout_id)
    freeze("2026-09-10 12:00")
    assert inbox.expire_overdue() == 1
    assert fake.sessions[session]["status"] == "expired"
    assert db.session.get_one(Order, order_id).state is OrderState.CANCELLED


def test_money_that_won_the_race_against_the_end_goes_back(
    kiwi: World, fake: FakeStripe, freeze: Callable[[str], object]
) -> None:
    order_id, checkout_id = place(kiwi)
    session = open_session(checkout_id)
    freeze("2026-09-10 12:00")
    fake.fail_next("before", "before")  # neither asking nor closing gets through
    assert inbox.expire_overdue() == 1
    assert hear(fake.pay(session)) == "captured 0 of 1"
    outbox.run_pending()
    assert [refund["amount"] for refund in fake.refunds.values()] == [5998]
    assert (the_return().state, payment_of(order_id).captured_fen) == (MoneyReturnState.DONE, 0)


def refunded(kiwi: World, fake: FakeStripe) -> int:
    order_id, checkout_id = place(kiwi)
    hear(fake.pay(open_session(checkout_id)))
    cancel_order(*sales.buyer_of(order_id), "买错了")
    return order_id


@pytest.mark.parametrize("failures", [(), ("before",), ("after",), ("500", "429", "before", "after")])
def test_a_refund_goes_out_once_whatever_the_line_does(
    kiwi: World, fake: FakeStripe, failures: tuple[str, ...]
) -> None:
    refunded(kiwi, fake)
    row_id = the_return().id
    fake.fail_next(*failures)  # type: ignore[arg-type]
    for _ in failures:
        with pytest.raises(ProviderUnavailable):
            returns.send_return({"money_return_id": row_id})
        fake.forget_keys()
    returns.send_return({"money_return_id": row_id})
    assert [refund["amount"] for refund in fake.refunds.values()] == [5998]
    assert the_return().state is MoneyReturnState.DONE


def test_a_refund_on_its_way_is_asked_about_until_it_is_there(kiwi: World, fake: FakeStripe) -> None:
    fake.refund_status = "pending"
    refunded(kiwi, fake)
    outbox.run_pending()
    assert (the_return().state, returns.ask_again()) == (MoneyReturnState.SENT, 0)
    (refund,) = fake.refunds.values()
    refund["status"] = "succeeded"
    assert (returns.ask_again(), the_return().state) == (1, MoneyReturnState.DONE)
    assert (returns.ask_again(), len(fake.refunds)) == (0, 1)


def test_a_refund_the_bank_refuses_waits_for_finance(kiwi: World, fake: FakeStripe) -> None:
    fake.refund_status = "failed"
    refunded(kiwi, fake)
    outbox.run_pending()
    assert (the_return().state, "没有退成" in (the_return().failure or "")) == (MoneyReturnState.FAILED, True)


def test_disputes_come_through(kiwi: World, fake: FakeStripe) -> None:
    order_id, checkout_id = place(kiwi)
    session = open_session(checkout_id)
    hear(fake.pay(session))
    hear(fake.dispute(session, "created", "needs_response"))
    assert payment_of(order_id).disputed_fen == 5998
    hear(fake.dispute(session, "closed", "won"))
    assert payment_of(order_id).disputed_fen == 0


@pytest.mark.parametrize("break_it", ["body", "secret", "age", "header"])
def test_what_is_not_signed_by_stripe_is_not_kept(
    kiwi: World, fake: FakeStripe, freeze: Callable[[str], object], break_it: str
) -> None:
    order_id, checkout_id = place(kiwi)
    raw, header = fake.pay(open_session(checkout_id))
    if break_it == "body":
        raw = raw.replace(b"5998", b"9998")
    elif break_it == "secret":
        header = re.sub("v1=.", "v1=x", header)
    elif break_it == "age":
        freeze("2026-09-10 09:06")
    else:
        header = ""
    with pytest.raises(InvalidInput, match="forged"):
        inbox.store_event(NAME, raw, header)
    assert payment_of(order_id).state is PaymentState.PENDING


def test_bytes_that_are_no_text_are_forged(provider: StripeCheckout) -> None:
    assert provider.is_signed(b"\xff\xfe", "t=1,v1=x") is False


def test_the_payment_page_may_lead_to_stripe(app: Flask, kiwi: World, fake: FakeStripe) -> None:
    _, checkout_id = place(kiwi)
    token = db.session.get_one(Checkout, checkout_id).token
    page = app.test_client().get(f"/pay/{token}")
    assert "form-action 'self' https://checkout.stripe.com;" in page.headers["Content-Security-Policy"]
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert csrf
    assert "checkout.stripe.com" not in app.test_client().get("/").headers["Content-Security-Policy"]


def test_placing_leads_to_stripe(app: Flask, kiwi: World, fake: FakeStripe) -> None:
    client, buyer = app.test_client(), builders.user()
    order_builders.cart_with({kiwi["sku"]: 2}, user_id=buyer.user_id)
    builders.sign_in(client, buyer)
    page = client.get("/checkout")
    assert "form-action 'self' https://checkout.stripe.com;" in page.headers["Content-Security-Policy"]
    answer = client.post(
        "/checkout", data={**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}
    )
    assert answer.headers["Location"].startswith("https://checkout.stripe.com/")


def request(key: str = "k1", fen: int = 100) -> SessionRequest:
    return SessionRequest(key, fen, [{"order_id": 1, "supplier_id": 2, "fen": fen}], BACK)


def test_the_contract_of_a_provider(provider: StripeCheckout, fake: FakeStripe) -> None:
    """What ``PaymentProvider`` promises, without a shop around it."""
    opened = provider.open_session(request())
    assert provider.open_session(request()) == opened
    assert provider.find_charge(opened.external_id).state is ChargeState.OPEN
    with pytest.raises(
        ProviderUnavailable
    ):  # the same key for another sum is a fault of ours, never another charge
        provider.open_session(request(fen=200))
    fake.pay(opened.external_id)
    found = provider.find_charge(opened.external_id)
    assert (found.state, found.fen) == (ChargeState.PAID, 100)
    provider.close_session(opened.external_id)
    first = provider.return_money("r1", found.charge_id, 60)
    assert provider.return_money("r1", found.charge_id, 60) == first
    assert provider.return_money("r2", found.charge_id, 60).state is ReturnState.FAILED
    assert provider.return_money("r3", None, 10).state is ReturnState.FAILED


def test_every_split_is_told_however_many_there_are() -> None:
    splits = [{"order_id": n, "supplier_id": 7, "fen": 12345} for n in range(100_000, 100_200)]
    values = splits_as_metadata(splits)
    assert " ".join(values.values()).split() == [f"{n}:7:12345" for n in range(100_000, 100_200)]
    assert max(map(len, values.values())) <= 500


def test_what_the_fake_would_not_take(fake: FakeStripe, provider: StripeCheckout) -> None:
    """The control: the fake refuses what Stripe's present version refuses."""
    answer = fake.request(
        "post", "https://api.stripe.com/v1/checkout/sessions", {}, "payment_method_types[0]=card"
    )
    assert (answer[1], "unknown parameters" in json.loads(answer[0])["error"]["message"]) == (400, True)


def test_sessions_of_a_gone_checkout_end(kiwi: World, fake: FakeStripe) -> None:
    order_id, checkout_id = place(kiwi)
    session = open_session(checkout_id)
    cancel_order(*sales.buyer_of(order_id), "")
    assert hear(fake.pay(session)) == "captured 0 of 1"
    assert db.session.scalars(select(PaymentSession.state)).one() is SessionState.SUCCEEDED
    outbox.run_pending()
    assert [refund["amount"] for refund in fake.refunds.values()] == [5998]
