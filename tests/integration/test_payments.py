"""Money that arrives: once, twice, late, early, out of order, wrong, or never. The books come out the same."""

import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage

from catalog.products.models import Listing
from catalog.stock.models import StockRow
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments import commands, inbox, returns
from orders.payments.models import (
    MoneyReturn,
    Payment,
    PaymentSession,
    ProviderEvent,
    SandboxCharge,
    TransferProof,
)
from orders.payments.providers import sandbox
from orders.payments.rules import Buyer, SandboxChoice, sign
from orders.payments.sessions import start_session
from orders.payments.workflow import MoneyReturnState, PaymentState, ProofState, SessionState
from tests.factories import builders, order_builders

World = dict[str, int]
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    """Whatever a test did, the invariants hold at its end."""
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)


@pytest.fixture
def other(app: Flask) -> World:
    return builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4, price_fen=3280)


def begin(*order_ids: int) -> str:
    """Start a session for the orders' checkout; its token."""
    checkout_id = db.session.get_one(Order, order_ids[0]).checkout_id
    return start_session(checkout_id, "http://localhost/pay/x").rpartition("/")[2]


def notice(token: str, kind: str = "checkout.session.completed", **changes: Any) -> bytes:
    """An event as the sandbox would make it, with changes of its session."""
    charge = sandbox.get_charge(token)
    session: dict[str, Any] = {
        "id": charge.external_id,
        "client_reference_id": token,
        "amount_total": charge.amount_fen,
        "currency": "cny",
        "payment_status": "paid",
        "payment_intent": f"pi_{token}",
    }
    name = changes.pop("event", f"evt_{kind}_{token}")
    return json.dumps({"id": name, "type": kind, "data": {"object": session | changes}}).encode()


def arrive(raw: bytes) -> str:
    signature = sign("whsec_tests_only", raw, int(clock.now().timestamp()))
    return inbox.apply_event(inbox.store_event("sandbox", raw, signature))


def state_of(order_id: int) -> tuple[OrderState, PaymentState]:
    row = db.session.execute(
        select(Order.state, Payment.state).join(Payment).where(Order.id == order_id)
    ).one()
    return row[0], row[1]


def balance(account: str) -> int:
    return int(db.session.scalar(select(func.sum(Posting.fen)).where(Posting.account == account)) or 0)


def books() -> dict[str, int]:
    rows = db.session.execute(
        select(Posting.account, func.sum(Posting.fen)).group_by(Posting.account).order_by(Posting.account)
    )
    return {account: int(fen) for account, fen in rows if fen}


def test_a_paid_order_is_released_sold_and_posted(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 3})
    assert arrive(notice(begin(order_id))) == "captured 1 of 1"
    assert state_of(order_id) == (OrderState.RELEASED, PaymentState.PAID)
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.available, row.reserved, row.sold) == (7, 0, 3)
    assert db.session.get_one(Listing, kiwi["listing"]).sold_units == 3
    assert balance("funds:sandbox") == 8970
    assert balance(f"household_income:{kiwi['household']}:accrued") == -(15_001 * 3 // 10)


def test_notices_in_any_order_and_number_leave_the_same_books(kiwi: World, other: World) -> None:
    order_ids = order_builders.placed_orders({kiwi["sku"]: 1, other["sku"]: 1})
    token = begin(*order_ids)
    paid = notice(token)
    again = notice(token, event="evt_again")
    failed = notice(token, "checkout.session.async_payment_failed", payment_status="unpaid")
    expired = notice(token, "checkout.session.expired", payment_status="unpaid")
    for raw in (failed, expired, paid, paid, again, failed, expired):
        arrive(raw)
    expected = books()
    assert [state_of(order_id) for order_id in order_ids] == [(OrderState.RELEASED, PaymentState.PAID)] * 2
    for index, sequence in enumerate(itertools.permutations((paid, again, failed, expired))):
        if index % 6 == 0:  # one of each kind of first notice, with every later one before and after it
            for raw in sequence:
                arrive(raw)
            assert books() == expected


@pytest.mark.parametrize("first", range(4))
def test_whatever_notice_comes_first_the_money_counts_once(kiwi: World, first: int) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 2})
    token = begin(order_id)
    raws = [
        notice(token),
        notice(token, event="evt_again"),
        notice(token, "checkout.session.async_payment_failed", payment_status="unpaid"),
        notice(token, "checkout.session.expired", payment_status="unpaid"),
    ]
    for raw in [*raws[first:], *raws[:first], *reversed(raws)]:
        arrive(raw)
    assert state_of(order_id) == (OrderState.RELEASED, PaymentState.PAID)
    assert balance("funds:sandbox") == 5980
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 1


def test_a_refused_payment_can_be_tried_again(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    first = begin(order_id)
    arrive(notice(first, "checkout.session.async_payment_failed", payment_status="unpaid"))
    assert state_of(order_id) == (OrderState.PLACED, PaymentState.FAILED)
    second = begin(order_id)
    assert second != first
    arrive(notice(second))
    assert state_of(order_id) == (OrderState.RELEASED, PaymentState.PAID)
    # the first bank changed its mind: a second charge, booked as nobody's and sent back by itself
    assert arrive(notice(first)) == "captured 0 of 1"
    assert balance("stray:sandbox") == -2990
    assert balance("funds:sandbox") == 5980


def test_money_for_a_cancelled_order_goes_back_by_itself(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    token = begin(order_id)
    assert commands.release_unpaid(order_id, None, "test")
    sandbox.settle(token, SandboxChoice.PAY_SILENT)
    assert inbox.reconcile(db.session.scalars(select(PaymentSession.id)).one()) == "captured 0 of 1"
    assert state_of(order_id) == (OrderState.CANCELLED, PaymentState.EXPIRED)
    assert balance("stray:sandbox") == -2990
    outbox.run_pending()
    assert books() == {}
    assert db.session.scalars(select(MoneyReturn.state)).all() == [MoneyReturnState.DONE]
    [charge] = db.session.scalars(select(SandboxCharge)).all()
    assert [each["fen"] for each in charge.returns.values()] == [2990]


def test_money_that_differs_from_the_sum_is_never_taken(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    token = begin(order_id)
    assert arrive(notice(token, amount_total=1)) == "amount_differs"
    assert arrive(notice(token, amount_total=1, event="evt_again")) == "amount_differs"
    assert arrive(notice(token, currency="usd", event="evt_usd")) == "unreadable_amount"
    assert state_of(order_id) == (OrderState.PLACED, PaymentState.PENDING)
    assert books() == {"funds:sandbox": 1, "stray:sandbox": -1}


def test_a_session_nobody_knows_is_kept_for_finance(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    token = begin(order_id)
    assert arrive(notice(token, id="cs_unknown", client_reference_id="who")) == "unknown_session"
    assert books() == {}


def test_a_notice_faster_than_the_answer_to_our_call_finds_its_session(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    token = begin(order_id)
    raw = notice(token)
    with transaction() as session:
        session.execute(update(PaymentSession).values(external_id=None))
    assert arrive(raw) == "captured 1 of 1"


def test_a_forged_or_altered_notice_is_not_even_kept(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    raw = notice(begin(order_id))
    header = sign("whsec_tests_only", raw, int(clock.now().timestamp()))
    for body, signature in ((raw.replace(b"2990", b"2991"), header), (raw, "t=1,v1=00"), (raw, "")):
        with pytest.raises(InvalidInput):
            inbox.store_event("sandbox", body, signature)
    with pytest.raises(NotFound):
        inbox.store_event("nobody", raw, header)
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 0


def test_what_never_came_is_asked_for(kiwi: World, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    sandbox.settle(begin(order_id), SandboxChoice.PAY_SILENT)
    assert inbox.reconcile_sessions() == 0
    moment.shift(61)
    assert inbox.reconcile_sessions() == 1
    assert state_of(order_id) == (OrderState.RELEASED, PaymentState.PAID)


def test_the_sweep_frees_what_nobody_paid_and_asks_first(kiwi: World, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    [silent] = order_builders.placed_orders({kiwi["sku"]: 1})
    sandbox.settle(begin(silent), SandboxChoice.PAY_SILENT)
    [unpaid] = order_builders.placed_orders({kiwi["sku"]: 2})
    begin(unpaid)
    moment.shift(31 * 60)
    assert inbox.expire_overdue() == 1
    assert state_of(silent) == (OrderState.RELEASED, PaymentState.PAID)
    assert state_of(unpaid) == (OrderState.CANCELLED, PaymentState.EXPIRED)
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.available, row.reserved, row.sold, row.booked_income_fen) == (9, 0, 1, 1500)
    assert inbox.expire_overdue() == 0
    sessions = db.session.scalars(select(PaymentSession.state).order_by(PaymentSession.id)).all()
    assert sessions == [SessionState.SUCCEEDED, SessionState.EXPIRED]


def test_one_order_of_two_cancelled_before_the_money_came(kiwi: World, other: World) -> None:
    kept, gone = order_builders.placed_orders({kiwi["sku"]: 1, other["sku"]: 1})
    token = begin(kept)
    commands.release_unpaid(gone, None, "test")
    sandbox.settle(token, SandboxChoice.PAY_SILENT)
    assert inbox.reconcile(db.session.scalars(select(PaymentSession.id)).one()) == "captured 1 of 2"
    assert balance("stray:sandbox") == -3280
    outbox.run_pending()
    assert balance("funds:sandbox") == 2990


def test_nothing_left_to_pay_is_said(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1})
    arrive(notice(begin(order_id)))
    with pytest.raises(Conflict):
        begin(order_id)


# -- transfers


def proof_of(order_id: int, **changes: Any) -> int:
    order = db.session.get_one(Order, order_id)
    token = db.session.get_one(Checkout, order.checkout_id).token
    values: dict[str, Any] = {
        "payer": "示例机关",
        "paid_on": clock.today(),
        "amount_fen": order.total_fen,
    } | changes
    document = FileStorage(io.BytesIO(PDF), filename="回单.pdf")
    return commands.submit_proof(
        Buyer(None, values.pop("token", token)), order.number, document=document, **values
    )


@pytest.fixture
def transfer(kiwi: World) -> int:
    return order_builders.placed_orders({kiwi["sku"]: 2}, method=PaymentMethod.TRANSFER)[0]


def test_an_accepted_proof_pays_the_order(transfer: int) -> None:
    proof_id = proof_of(transfer)
    assert state_of(transfer) == (OrderState.PLACED, PaymentState.PENDING)
    commands.check_proof(builders.finance(), proof_id, accept=True, note="")
    assert state_of(transfer) == (OrderState.RELEASED, PaymentState.PAID)
    assert balance("funds:bank_transfer") == 5980
    with pytest.raises(IllegalTransition):
        commands.check_proof(builders.finance(), proof_id, accept=True, note="")


def test_a_refused_proof_can_be_sent_again(transfer: int) -> None:
    finance = builders.finance()
    first = proof_of(transfer)
    with pytest.raises(InvalidInput):
        commands.check_proof(finance, first, accept=False, note=" ")
    commands.check_proof(finance, first, accept=False, note="附言没写编号")
    assert state_of(transfer) == (OrderState.PLACED, PaymentState.UNPAID)
    commands.check_proof(finance, proof_of(transfer), accept=True, note="")
    assert state_of(transfer) == (OrderState.RELEASED, PaymentState.PAID)


def test_a_proof_is_refused_where_it_can_not_be_right(transfer: int) -> None:
    for changes in ({"amount_fen": 1}, {"paid_on": clock.today().replace(year=2099)}):
        with pytest.raises(InvalidInput):
            proof_of(transfer, **changes)
    with pytest.raises(NotFound):
        proof_of(transfer, token="somebody-elses")
    assert db.session.scalar(select(func.count()).select_from(TransferProof)) == 0


def test_only_finance_checks(transfer: int, kiwi: World) -> None:
    proof_id = proof_of(transfer)
    for actor in (builders.user(), builders.owner_of(kiwi["supplier"]), builders.admin()):
        with pytest.raises(Forbidden):
            commands.check_proof(actor, proof_id, accept=True, note="")


def test_a_transfer_for_an_order_that_is_gone_waits_for_finance_to_send_it_back(transfer: int) -> None:
    finance = builders.finance()
    proof_id = proof_of(transfer)
    commands.release_unpaid(transfer, None, "test")
    commands.check_proof(finance, proof_id, accept=True, note="")
    assert state_of(transfer) == (OrderState.CANCELLED, PaymentState.EXPIRED)
    outbox.run_pending()
    [row] = db.session.scalars(select(MoneyReturn)).all()
    assert (row.state, row.amount_fen) == (MoneyReturnState.WAITING, 5980)
    assert books() == {"funds:bank_transfer": 5980, "stray:bank_transfer": -5980}
    returns.confirm_return(finance, row.id, "回单 88001")
    assert books() == {}
    assert db.session.scalars(select(TransferProof.state)).one() is ProofState.ACCEPTED


def test_a_proof_keeps_the_goods_until_it_is_checked(transfer: int, freeze: Any) -> None:
    before = db.session.get_one(Order, transfer).reserved_until
    proof_of(transfer, paid_on=clock.today())
    assert db.session.get_one(Order, transfer).reserved_until >= before
