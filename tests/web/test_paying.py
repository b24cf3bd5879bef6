"""Paying as a guest sees it: from the payment page to the sandbox's bank, through the real webhook, and back."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments import inbox
from orders.payments.models import Payment, ProviderEvent, TransferProof
from orders.payments.rules import sign
from orders.payments.workflow import PaymentState
from tests.factories import builders, order_builders
from tests.support.clients import Client

World = dict[str, int]
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def kiwi(app: Flask) -> World:
    app.config["WTF_CSRF_ENABLED"] = False
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_000)


def placed(
    sku_id: int, method: PaymentMethod = PaymentMethod.ONLINE, user_id: int | None = None
) -> tuple[int, str]:
    [order_id] = order_builders.placed_orders({sku_id: 1}, method=method, user_id=user_id)
    return order_id, db.session.get_one(Checkout, db.session.get_one(Order, order_id).checkout_id).token


def to_the_bank(client: Client, token: str) -> str:
    response = client.post(f"/pay/{token}/start")
    assert response.status_code == 303
    return str(response.headers["Location"])


def state(order_id: int) -> tuple[OrderState, PaymentState]:
    row = db.session.execute(
        select(Order.state, Payment.state).join(Payment).where(Order.id == order_id)
    ).one()
    return row[0], row[1]


PAID = (OrderState.RELEASED, PaymentState.PAID)


@pytest.mark.parametrize(
    ("choice", "after", "words"),
    [
        ("pay", PAID, "付好了"),
        ("pay_twice", PAID, "付好了"),
        ("refuse", (OrderState.PLACED, PaymentState.FAILED), "这次没付成"),
        ("pay_late", (OrderState.PLACED, PaymentState.PENDING), "还没收到付款"),
        ("pay_silent", (OrderState.PLACED, PaymentState.PENDING), "还没收到付款"),
    ],
)
def test_what_happens_at_the_bank_is_seen_in_the_shop(
    client: Client, kiwi: World, choice: str, after: object, words: str
) -> None:
    order_id, token = placed(kiwi["sku"])
    assert "去付款" in client.get(f"/pay/{token}").text
    bank = to_the_bank(client, token)
    assert "付款成功" in client.get(bank).text
    response = client.post(bank, data={"choice": choice})
    assert response.headers["Location"] == f"/pay/{token}"
    assert state(order_id) == after
    assert words in client.get(f"/pay/{token}").text
    number = db.session.get_one(Order, order_id).number
    asked = "还没付的，请在" in client.get(f"/o/{token}/{number}").text
    assert asked == (words == "还没收到付款")


def test_who_has_paid_goes_on_to_the_order_and_a_guest_is_told_to_keep_the_address(
    client: Client, app: Flask, kiwi: World
) -> None:
    order_id, token = placed(kiwi["sku"])
    client.post(to_the_bank(client, token), data={"choice": "pay"})
    paid = client.get(f"/pay/{token}").text
    number = db.session.get_one(Order, order_id).number
    assert f'href="/o/{token}/{number}">看订单</a>' in paid
    assert "把这个网址存下来" in paid
    member = builders.user("buyer")
    order_id, token = placed(kiwi["sku"], PaymentMethod.TRANSFER, user_id=member.user_id)
    own = app.test_client()
    builders.sign_in(own, member)
    waiting = own.get(f"/pay/{token}").text
    assert f'href="/my/orders/{db.session.get_one(Order, order_id).number}">看订单</a>' in waiting
    assert "把这个网址存下来" not in waiting


def test_a_late_notice_is_brought_by_the_worker(client: Client, kiwi: World, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    order_id, token = placed(kiwi["sku"])
    client.post(to_the_bank(client, token), data={"choice": "pay_late"})
    moment.shift(timedelta(seconds=21))
    outbox.run_pending()
    assert state(order_id) == PAID


def test_silence_is_asked_about(client: Client, kiwi: World, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    order_id, token = placed(kiwi["sku"])
    client.post(to_the_bank(client, token), data={"choice": "pay_silent"})
    moment.shift(61)
    inbox.reconcile_sessions()
    assert state(order_id) == PAID


def test_polling_says_nothing_until_something_changed(client: Client, kiwi: World) -> None:
    _, token = placed(kiwi["sku"])
    bank = to_the_bank(client, token)
    waiting = client.get(f"/pay/{token}", headers={"HX-Request": "true"})
    assert (waiting.status_code, waiting.headers.get("HX-Refresh")) == (204, None)
    client.post(bank, data={"choice": "pay"})
    assert client.get(f"/pay/{token}", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_the_same_click_twice_goes_to_the_same_charge(client: Client, kiwi: World) -> None:
    _, token = placed(kiwi["sku"])
    assert to_the_bank(client, token) == to_the_bank(client, token)


def test_paying_again_at_the_bank_takes_nothing_more(client: Client, kiwi: World) -> None:
    order_id, token = placed(kiwi["sku"])
    bank = to_the_bank(client, token)
    for _ in range(2):
        client.post(bank, data={"choice": "pay"})
    assert state(order_id) == PAID
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 1
    assert client.post(bank, data={"choice": "steal"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"{}", ""),
        (b"{}", "t=1,v1=00"),
        (b"\xff\xfe", "x" * 5000),
        (json.dumps({"id": "evt_1", "type": "checkout.session.completed"}).encode(), "t=now,v1=ab"),
    ],
)
def test_a_forged_notice_is_refused(client: Client, kiwi: World, body: bytes, signature: str) -> None:
    response = client.post("/webhooks/sandbox", data=body, headers={"Stripe-Signature": signature})
    assert response.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 0


def test_signed_nonsense_is_refused_or_ignored(client: Client, kiwi: World) -> None:
    for body, status in ((b"[]", 400), (b'{"id":"evt_1","type":"customer.created"}', 200)):
        header = sign("whsec_tests_only", body, int(clock.now().timestamp()))
        response = client.post("/webhooks/sandbox", data=body, headers={"Stripe-Signature": header})
        assert response.status_code == status
    for name in ("nobody", "bank_transfer"):
        assert client.post(f"/webhooks/{name}", data=b"{}").status_code == 404


def test_a_stranger_finds_no_payment_page(client: Client, app: Flask, kiwi: World) -> None:
    member = builders.user("buyer")
    order_id, token = placed(kiwi["sku"], user_id=member.user_id)
    number = db.session.get_one(Order, order_id).number
    for address in (f"/pay/{token}", "/pay/guess", "/sandbox/guess", f"/o/{token}/{number}/refund"):
        assert client.get(address).status_code == 404
    assert client.post(f"/pay/{token}/start").status_code == 404
    assert client.post(f"/o/{token}/{number}/cancel").status_code == 404
    own = app.test_client()
    builders.sign_in(own, member)
    assert own.get(f"/pay/{token}").status_code == 200


def send_proof(client: Client, token: str, number: str, **changes: object) -> Any:
    values: dict[str, object] = {
        "payer": "示例机关",
        "paid_on": clock.today().isoformat(),
        "amount_fen": "29.90",
        "document": (io.BytesIO(PDF), "回单.pdf"),
    }
    fields = {f"p{number}-{name}": value for name, value in (values | changes).items()}
    return client.post(f"/pay/{token}/{number}/proof", data=fields, content_type="multipart/form-data")


def test_a_transfer_from_proof_to_finance(client: Client, app: Flask, kiwi: World) -> None:
    order_id, token = placed(kiwi["sku"], PaymentMethod.TRANSFER)
    number = db.session.get_one(Order, order_id).number
    reference = db.session.scalars(select(Payment.reference)).one()
    page = client.get(f"/pay/{token}").text
    assert reference in page
    assert "6000000000000001" in page
    wrong = send_proof(client, token, number, amount_fen="1")
    assert wrong.status_code == 422
    assert "一分不差" in wrong.text
    assert send_proof(client, token, number, document=(io.BytesIO(b"MZ"), "x.pdf")).status_code == 422
    assert send_proof(client, token, number).status_code == 303
    assert "财务核对中" in client.get(f"/pay/{token}").text
    proof_id = db.session.scalars(select(TransferProof.id)).one()
    finance = app.test_client()
    builders.sign_in(finance, builders.finance())
    assert number in finance.get("/finance").text
    with finance.get(f"/finance/proofs/{proof_id}/document") as paper:
        assert paper.data == PDF
    for nosy in (
        client,
        signed_in(app, builders.owner_of(kiwi["supplier"])),
        signed_in(app, builders.admin()),
    ):
        assert nosy.get(f"/finance/proofs/{proof_id}/document").status_code in (302, 403)
    unsaid = finance.post(f"/finance/proofs/{proof_id}", data={"decision": "refuse", "note": ""})
    assert unsaid.status_code == 422
    assert finance.post(f"/finance/proofs/{proof_id}", data={"decision": "accept"}).status_code == 303
    assert state(order_id) == PAID
    assert "钱已收到" in client.get(f"/pay/{token}").text


def signed_in(app: Flask, actor: Any) -> Any:
    made = app.test_client()
    builders.sign_in(made, actor)
    return made


def test_the_supplier_ships_and_answers(client: Client, app: Flask, kiwi: World) -> None:
    order_id, token = placed(kiwi["sku"])
    client.post(to_the_bank(client, token), data={"choice": "pay"})
    number = db.session.get_one(Order, order_id).number
    coop = signed_in(app, builders.owner_of(kiwi["supplier"]))
    foreign = signed_in(app, builders.owner_of(builders.supplier()))
    assert number in coop.get("/supplier/orders?state=released").text
    assert number not in foreign.get("/supplier/orders").text
    assert foreign.get(f"/supplier/orders/{number}").status_code == 404
    page = coop.get(f"/supplier/orders/{number}").text
    assert "王女士" in page
    [line_id] = [int(part.split('"')[0]) for part in page.split('name="units-')[1:]]
    parcel = {"carrier": "顺丰速运", "tracking_number": "SF1", f"units-{line_id}": "1"}
    assert foreign.post(f"/supplier/orders/{number}/ship", data=parcel).status_code == 404
    for units in ("0", "-1", "1.5", "１", "9999", "1e9"):
        bad = coop.post(f"/supplier/orders/{number}/ship", data=parcel | {f"units-{line_id}": units})
        assert bad.status_code == 422, units
    assert coop.post(f"/supplier/orders/{number}/ship", data=parcel).status_code == 303
    request = {"kind": "refund_only", "cause": "damaged", "reason": "坏了一个", f"units-{line_id}": "1"}
    address = f"/o/{token}/{number}/refund"
    assert client.get(address).status_code == 200
    for units in ("0", "2", "-1", "x"):
        assert client.post(address, data=request | {f"units-{line_id}": units}).status_code == 422, units
    assert client.post(address, data=request).status_code == 303
    assert "坏了一个" in coop.get("/supplier/refunds").text
    assert foreign.get("/supplier/refunds/1").status_code == 404
    assert coop.post("/supplier/refunds/1", data={"decision": "reject"}).status_code == 422
    assert coop.post("/supplier/refunds/1", data={"decision": "approve"}).status_code == 303
    outbox.run_pending()
    assert "已退款" in coop.get("/supplier/refunds?state=done").text


def test_freight_by_province(app: Flask, kiwi: World) -> None:
    coop = signed_in(app, builders.owner_of(kiwi["supplier"]))
    good = {"first_size": "1000", "first_fen": "8", "next_size": "1000", "next_fen": "2"}
    assert coop.post("/supplier/freight", data=good | {"province_code": "else"}).status_code == 303
    assert (
        coop.post(
            "/supplier/freight", data=good | {"province_code": "650000000000", "is_excluded": "y"}
        ).status_code
        == 303
    )
    page = coop.get("/supplier/freight").text
    assert "新疆" in page
    assert "不送" in page
    for bad in (
        {"province_code": "999"},
        {"province_code": "else", "first_size": "0"},
        {"province_code": "else", "first_fen": "-1"},
    ):
        assert coop.post("/supplier/freight", data=good | bad).status_code == 422
    assert coop.post("/supplier/freight/remove", data={"province_code": "else"}).status_code == 303
