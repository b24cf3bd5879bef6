"""What is decided in one tab and sent again from another, or after the back button: nothing happens twice, and the page
says so in words."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db
from orders.ordering.models import Order
from orders.payments.models import TransferProof
from orders.refunds.models import Refund
from orders.settlement import bills
from orders.settlement.bill_queries import bills as listed
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client
from tests.support.forms import client_of, hidden

SOMEBODY_ELSE = "可能别人刚刚处理过"
World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-20 10:00")
    return builders.saleable(units=20, price_fen=2990)


def send(client: Client, path: str, **fields: str) -> tuple[int, str]:
    """As from a tab opened earlier: any token of the session will do. Follows to the page one ends at."""
    token = hidden(client.get("/my/password").text, "csrf_token")
    answer = client.post(path, data={"csrf_token": token, **fields})
    return answer.status_code, (client.get(answer.location).text if answer.location else answer.text)


def test_a_proof_that_a_colleague_has_checked(app: Flask, kiwi: World) -> None:
    sales.paid_by_transfer({kiwi["sku"]: 1}, builders.finance())
    proof_id = db.session.scalars(select(TransferProof.id)).one()
    desk = client_of(app, builders.finance())
    for fields in ({"decision": "accept"}, {"decision": "refuse", "note": "没有到账"}):
        status, page = send(desk, f"/finance/proofs/{proof_id}", **fields)
        assert (status, SOMEBODY_ELSE in page) == (409, True)


def test_a_parcel_sent_and_an_order_cancelled_twice(app: Flask, kiwi: World) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    sales.deliver(order_id)
    number = db.session.get_one(Order, order_id).number
    desk = client_of(app, builders.owner_of(kiwi["supplier"]))
    line_id = min(sales.lines_of(order_id))
    parcel = {"carrier": "顺丰速运", "tracking_number": "SF1234567890123", f"units-{line_id}": "1"}
    status, page = send(desk, f"/supplier/orders/{number}/ship", **parcel)
    assert (status, 'role="alert"' in page) == (409, True)
    status, page = send(desk, f"/supplier/orders/{number}/cancel", reason="地里没货了")
    assert (status, 'role="alert"' in page) == (409, True)


def test_an_order_cancelled_twice_by_its_buyer(app: Flask, kiwi: World) -> None:
    buyer = builders.user()
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 1}, user_id=buyer.user_id)
    number = db.session.get_one(Order, order_id).number
    client = client_of(app, buyer)
    for words in ("订单取消了", "已经取消了，不用再取消"):
        status, page = send(client, f"/my/orders/{number}/cancel")
        assert (status, words in page, number in page) == (303, True, True)


def test_an_order_cancelled_once_it_was_sent(app: Flask, kiwi: World) -> None:
    buyer = builders.user()
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 1}, user_id=buyer.user_id)
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    sales.deliver(order_id)
    number = db.session.get_one(Order, order_id).number
    status, page = send(client_of(app, buyer), f"/my/orders/{number}/cancel")
    assert (status, "已经发出包裹" in page, number in page) == (303, True, True)


def test_a_bill_checked_and_settled_twice(app: Flask, kiwi: World, freeze: Callable[[str], object]) -> None:
    sales.paid_orders({kiwi["sku"]: 2})
    freeze("2026-10-02 10:00")
    bills.issue_due()
    (bill,) = listed(kiwi["supplier"], None, 1).items
    seller, desk = client_of(app, builders.owner_of(kiwi["supplier"])), client_of(app, builders.finance())
    own, there = f"/supplier/bills/{bill.id}", f"/finance/bills/{bill.id}"
    assert "核对记下了" in send(seller, f"{own}/check")[1]
    status, page = send(seller, f"{own}/check")
    assert (status, SOMEBODY_ELSE in page, bill.number in page) == (302, True, True)
    paid = {"paid_on": "2026-10-02", "voucher_number": "HD-77"}
    assert "结清了" in send(desk, f"{there}/settle", **paid)[1]
    status, page = send(desk, f"{there}/settle", **paid)
    assert (status, SOMEBODY_ELSE in page) == (409, True)
    status, page = send(seller, f"{own}/object", text="有一单的运费没算进来")
    assert (status, SOMEBODY_ELSE in page, bill.number in page) == (409, True, True)


def test_a_claim_answered_twice(app: Flask, kiwi: World) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    sales.deliver(order_id)
    refund_id = sales.refund(order_id, 1)
    desk = client_of(app, builders.owner_of(kiwi["supplier"]))
    status, page = send(desk, f"/supplier/refunds/{refund_id}", decision="reject", note="货是好的")
    assert (status, SOMEBODY_ELSE in page) == (409, True)
    assert db.session.scalar(select(Refund.amount_fen)) == 2990
