"""A bank takes money back over a dispute: the books follow, in whatever order the notices come, and households keep."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.looked_for import LookedFor
from marketplace.kernel.transaction import transaction
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.payments import disputes, inbox
from orders.payments.models import Dispute, DisputePart, Payment, PaymentSession
from orders.payments.providers import sandbox
from orders.payments.providers.registry import get_provider
from orders.payments.rules import SandboxChoice, SandboxDispute, read_dispute
from orders.payments.sessions import start_session
from orders.payments.workflow import DisputeState
from orders.refunds.commands import cancel_order, request_refund
from orders.refunds.models import Refund
from orders.refunds.rules import RefundKind
from orders.refunds.timers import act_on_overdue
from orders.settlement.queries import statement_totals
from tests.factories import builders, order_builders, sales

World = dict[str, int]


@pytest.fixture
def world(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)


def session_of(order_id: int) -> PaymentSession:
    query = select(PaymentSession).join(Payment, Payment.session_id == PaymentSession.id)
    return db.session.scalars(query.where(Payment.order_id == order_id)).one()


def bank(order_id: int, choice: SandboxDispute) -> str:
    """The sandbox's bank acts, and its notice comes in."""
    provider = get_provider(sandbox.NAME)
    assert isinstance(provider, sandbox.Sandbox)
    (notice,) = sandbox.dispute(session_of(order_id).token, choice).notices
    raw = notice.encode()
    return inbox.apply_event(inbox.store_event(sandbox.NAME, raw, provider.signature(raw)))


def balance(order_id: int, kind: AccountKind) -> int:
    total = select(func.sum(Posting.fen)).where(Posting.order_id == order_id, Posting.account_kind == kind)
    return db.session.scalar(total) or 0


def test_won_everything_is_as_before(world: World) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    assert bank(order_id, SandboxDispute.DISPUTE) == "disputed"
    assert (balance(order_id, AccountKind.FUNDS), balance(order_id, AccountKind.DISPUTED)) == (0, 5_980)
    assert verify() == []
    with pytest.raises(Conflict) as error:
        cancel_order(*sales.buyer_of(order_id), "不要了")
    assert error.value.code == "refunds.disputed"
    assert bank(order_id, SandboxDispute.WON) == "dispute_won"
    assert (balance(order_id, AccountKind.FUNDS), balance(order_id, AccountKind.DISPUTED)) == (5_980, 0)
    assert verify() == []
    cancel_order(*sales.buyer_of(order_id), "不要了")
    assert balance(order_id, AccountKind.FUNDS) == 0
    assert verify() == []


def test_lost_the_supplier_bears_it_and_the_household_keeps(world: World) -> None:
    (order_id,) = sales.sold_and_completed({world["sku"]: 2})
    bank(order_id, SandboxDispute.DISPUTE)
    bank(order_id, SandboxDispute.LOST)
    assert balance(order_id, AccountKind.FUNDS) == balance(order_id, AccountKind.DISPUTED) == 0
    assert balance(order_id, AccountKind.SUPPLIER_DUE) == -(5_980 - 119)
    assert balance(order_id, AccountKind.DISPUTE_LOSS) == 5_980
    assert statement_totals(world["supplier"]).own_fen == 5_980 - 119 - 3_000 - 5_980
    assert balance(order_id, AccountKind.HOUSEHOLD_INCOME) == -3_000
    assert sales.pay_household(world["supplier"], world["household"])  # still owed, and paid
    assert verify() == []


def test_a_charge_of_two_orders_is_borne_by_both(app: Flask, world: World) -> None:
    other = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4, price_fen=3280)
    first, second = sales.paid_orders({world["sku"]: 2, other["sku"]: 1})
    bank(first, SandboxDispute.DISPUTE)
    parts = dict(db.session.execute(select(DisputePart.order_id, DisputePart.fen)).all())
    assert parts == {first: 5_980, second: 3_280}
    assert verify() == []


def test_after_a_refund_only_what_is_left_is_disputed(world: World) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    sales.refund(order_id, 1)
    bank(order_id, SandboxDispute.DISPUTE)
    assert balance(order_id, AccountKind.FUNDS) in (0, -2_990)  # whether the bank knew of the refund already
    bank(order_id, SandboxDispute.WON)
    assert balance(order_id, AccountKind.FUNDS) == 2_990
    assert verify() == []


def notice(order_id: int, kind: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    session = session_of(order_id)
    body = {
        "id": "dp_1",
        "amount": session.amount_fen,
        "currency": "cny",
        "payment_intent": session.charge_id,
        "reason": "fraudulent",
        "status": "needs_response",
    } | changes
    return f"charge.dispute.{kind}", {"data": {"object": body}}


def take(order_id: int, name: str, kind: str, **changes: Any) -> str:
    event_type, payload = notice(order_id, kind, **changes)
    return inbox.apply_event(inbox._keep_event(sandbox.NAME, name, event_type, payload | {"id": name}))


STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("e1", "created", {}),
    ("e2", "created", {}),
    ("e3", "closed", {"status": "lost"}),
    ("e4", "closed", {"status": "lost"}),
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_every_order_of_notices_gives_the_same_books(world: World, order: tuple[int, ...]) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    for index in order:
        name, kind, changes = STEPS[index]
        take(order_id, name, kind, **changes)
        take(order_id, name, kind, **changes)  # and each twice
    assert db.session.scalars(select(Dispute.state)).all() == [DisputeState.LOST]
    assert (balance(order_id, AccountKind.FUNDS), balance(order_id, AccountKind.DISPUTED)) == (0, 0)
    assert balance(order_id, AccountKind.DISPUTE_LOSS) == 5_980
    assert verify() == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"payment_intent": "pi_unknown"}, "unknown_session"),
        ({"amount": -5}, "unreadable_amount"),
        ({"amount": "5980"}, "unreadable_amount"),
        ({"currency": "usd"}, "unreadable_amount"),
        ({"payment_intent": None}, "ignored"),
        ({"id": ""}, "ignored"),
    ],
)
def test_what_can_not_be_read_moves_nothing(world: World, changes: dict[str, Any], outcome: str) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    assert take(order_id, "e1", "created", **changes) == outcome
    assert db.session.scalars(select(Dispute)).all() == []
    assert verify() == []


@pytest.mark.parametrize(
    "payload", [{}, {"data": None}, {"data": {"object": []}}, {"data": {"object": {"id": 5}}}]
)
def test_junk_is_no_dispute(payload: dict[str, Any]) -> None:
    assert read_dispute("charge.dispute.created", payload) is None
    assert json.dumps(payload)


def test_a_claim_waits_while_the_bank_looks_into_it(world: World, app: Flask) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    line_id = min(sales.lines_of(order_id))
    request_refund(*sales.buyer_of(order_id), RefundKind.REFUND_ONLY, {line_id: 1}, "少了")
    with transaction() as session:
        session.execute(update(Refund).values(answer_due_at=clock.now() - timedelta(hours=1)))
    bank(order_id, SandboxDispute.DISPUTE)
    assert act_on_overdue() == 0
    bank(order_id, SandboxDispute.WON)
    assert act_on_overdue() == 1
    assert verify() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments SET disputed_fen = disputed_fen - 1 WHERE disputed_fen > 0",
        "UPDATE dispute_parts SET fen = fen - 1",
        "UPDATE disputes SET state = 'won', closed_at = opened_at",
    ],
)
def test_the_self_check_names_what_was_changed(world: World, statement: str) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    bank(order_id, SandboxDispute.DISPUTE)
    with transaction() as session:
        session.execute(text(statement))
    assert verify() != []


def test_finance_lists_each_orders_part(world: World) -> None:
    (order_id,) = sales.paid_orders({world["sku"]: 2})
    assert disputes.dispute_rows(DisputeState.OPEN, 1).total == 0
    bank(order_id, SandboxDispute.DISPUTE)
    page = disputes.dispute_rows(DisputeState.OPEN, 1)
    assert [(row.fen, row.state) for row in page.items] == [(5_980, DisputeState.OPEN)]
    assert page.total == 1
    assert disputes.dispute_rows(DisputeState.WON, 1).items == []
    number, seller = page.items[0].order_number, page.items[0].supplier
    for words, count in ((number, 1), (number[-6:], 1), (seller, 1), ("没有这家", 0)):
        assert disputes.dispute_rows(None, 1, LookedFor(words)).total == count


def test_a_dispute_that_overtakes_the_payment_counts_once_it_is_known(app: Flask, world: World) -> None:
    (order_id,) = order_builders.placed_orders({world["sku"]: 2})
    url = start_session(db.session.get_one(Order, order_id).checkout_id, "http://localhost/pay")
    token = url.rpartition("/")[2]
    paid = sandbox.settle(token, SandboxChoice.PAY).notices
    disputed = sandbox.dispute(token, SandboxDispute.DISPUTE).notices
    provider = get_provider(sandbox.NAME)
    assert isinstance(provider, sandbox.Sandbox)
    events = [
        inbox.store_event(sandbox.NAME, text.encode(), provider.signature(text.encode()))
        for text in (*disputed, *paid)
    ]
    assert inbox.apply_event(events[0]) == "unknown_session"
    assert inbox.apply_event(events[1]) == "captured 1 of 1"
    with clock.turned_to(clock.now() + timedelta(minutes=1)):
        inbox.apply_waiting()
    assert (balance(order_id, AccountKind.FUNDS), balance(order_id, AccountKind.DISPUTED)) == (0, 5_980)
    assert verify() == []
