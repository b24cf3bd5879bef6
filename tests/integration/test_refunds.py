"""Refunds in any number, size and order: the money, the goods, the lots and the households' income go back as exactly
as they came. One world, walked through its states with the real commands."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.products.models import Listing
from catalog.stock.models import StockRow
from certification.linkage.rules import LotPayment
from marketplace.accounts.policies import Actor
from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, IllegalTransition, InvalidInput, NotFound
from orders.fulfilment import commands as fulfilment
from orders.ledger.models import Posting
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments import returns
from orders.payments.models import MoneyReturn, Payment
from orders.payments.providers import sandbox
from orders.payments.rules import Buyer, SandboxChoice
from orders.payments.sessions import start_session
from orders.payments.workflow import MoneyReturnState
from orders.refunds import commands, timers
from orders.refunds.models import Refund
from orders.refunds.rules import RefundCause, RefundKind
from orders.refunds.workflow import RefundState
from tests.factories import builders, order_builders

World = dict[str, int]
WAY = RefundKind.REFUND_ONLY


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    """Whatever a test did, the invariants hold at its end."""
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=0)
    return made


@pytest.fixture
def coop(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


def paid(sku_id: int, units: int) -> int:
    from orders.payments import inbox

    [order_id] = order_builders.placed_orders({sku_id: units})
    url = start_session(db.session.get_one(Order, order_id).checkout_id, "http://localhost/pay")
    sandbox.settle(url.rpartition("/")[2], SandboxChoice.PAY_SILENT)
    session_id = db.session.scalars(select(Payment.session_id).where(Payment.order_id == order_id)).one()
    assert session_id is not None
    inbox.reconcile(session_id)
    return order_id


def guest(order_id: int) -> tuple[Buyer, str]:
    order = db.session.get_one(Order, order_id)
    return Buyer(None, db.session.get_one(Checkout, order.checkout_id).token), order.number


def line_of(order_id: int) -> int:
    return db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)).one()


def ask(order_id: int, units: int, kind: RefundKind = WAY, cause: RefundCause = RefundCause.OTHER) -> int:
    buyer, number = guest(order_id)
    return commands.request_refund(buyer, number, kind, {line_of(order_id): units}, "坏了几个", cause=cause)


def approve(actor: Actor, refund_id: int, *, restock: bool = False) -> None:
    refund = db.session.get_one(Refund, refund_id)
    line_id = line_of(refund.order_id)
    commands.decide_refund(actor, refund_id, approve=True, restock={line_id: restock}, note="")


def ship_all(actor: Actor, order_id: int, units: int) -> None:
    fulfilment.ship(actor, order_id, "顺丰速运", "SF1", {line_of(order_id): units})


def balance(account: str) -> int:
    return int(db.session.scalar(select(func.sum(Posting.fen)).where(Posting.account == account)) or 0)


def everything_is_back(kiwi: World) -> None:
    accounts = db.session.execute(select(Posting.account, func.sum(Posting.fen)).group_by(Posting.account))
    assert {account: int(fen) for account, fen in accounts if fen} == {}
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.sold - row.restocked, row.reserved, row.booked_income_fen) == (0, 0, 0)
    assert db.session.get_one(Listing, kiwi["listing"]).sold_units == 0


def test_cancelled_before_the_first_parcel_everything_goes_back(kiwi: World) -> None:
    order_id = paid(kiwi["sku"], 3)
    commands.cancel_order(*guest(order_id), "买错了")
    payment = db.session.scalars(select(Payment)).one()
    assert payment.refunded_fen == payment.captured_fen == 3 * 2999 + 800
    everything_is_back(kiwi)
    assert db.session.get_one(StockRow, kiwi["stock_row"]).available == 10
    outbox.run_pending()
    refund = db.session.scalars(select(Refund)).one()
    assert (refund.state, refund.kind) == (RefundState.DONE, RefundKind.CANCELLATION)
    assert db.session.get_one(Order, order_id).state is OrderState.CANCELLED


def test_cancelled_unpaid_nothing_is_posted(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 3})
    commands.cancel_order(*guest(order_id), "")
    assert db.session.get_one(Order, order_id).state is OrderState.CANCELLED
    everything_is_back(kiwi)


@pytest.mark.parametrize("parts", [[1] * 7, [3, 4], [6, 1], [2, 2, 3], [7]])
@pytest.mark.parametrize("restock", [True, False])
def test_any_parts_add_up_to_the_whole(kiwi: World, coop: Actor, parts: list[int], restock: bool) -> None:
    order_id = paid(kiwi["sku"], 7)
    ship_all(coop, order_id, 7)
    for part in parts:
        approve(coop, ask(order_id, part), restock=restock)
    payment = db.session.scalars(select(Payment)).one()
    assert payment.captured_fen - payment.refunded_fen == 800  # the freight of a parcel that was sent
    assert balance(f"household_income:{kiwi['household']}:accrued") == 0
    assert balance(f"supplier_due:{kiwi['supplier']}") == balance("platform_fee") == 0
    assert balance(f"freight_due:{kiwi['supplier']}") == -800
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.available, row.booked_income_fen) == (10 if restock else 3, 0)


def test_all_of_an_unshipped_order_takes_its_freight_along(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi["sku"], 2)
    approve(coop, ask(order_id, 1))
    assert db.session.get_one(Order, order_id).state is OrderState.RELEASED
    approve(coop, ask(order_id, 1))
    assert db.session.get_one(Order, order_id).state is OrderState.CANCELLED
    everything_is_back(kiwi)
    assert db.session.get_one(StockRow, kiwi["stock_row"]).available == 10


def test_refunding_the_rest_closes_a_partly_shipped_order(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi["sku"], 3)
    ship_all(coop, order_id, 1)
    approve(coop, ask(order_id, 2))
    assert db.session.get_one(Order, order_id).state is OrderState.SHIPPED
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.available, row.sold - row.restocked) == (9, 1)
    with pytest.raises(Conflict):
        ship_all(coop, order_id, 1)


def test_more_than_was_bought_is_refused(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi["sku"], 3)
    ask(order_id, 2)
    for units in (2, -1):
        with pytest.raises(InvalidInput):
            ask(order_id, units)
    buyer, number = guest(order_id)
    for lines in ({}, {line_of(order_id): 0}, {10**6: 1}):
        with pytest.raises(InvalidInput):
            commands.request_refund(buyer, number, WAY, lines, "坏了")


def test_only_the_buyer_asks_and_only_the_supplier_answers(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi["sku"], 1)
    _, number = guest(order_id)
    for buyer in (Buyer(None, "guess"), Buyer(None, None), Buyer(builders.user().user_id, None)):
        with pytest.raises(NotFound):
            commands.request_refund(buyer, number, WAY, {line_of(order_id): 1}, "坏了")
        with pytest.raises(NotFound):
            commands.cancel_order(buyer, number, "")
    refund_id = ask(order_id, 1)
    for actor in (builders.user(), builders.owner_of(builders.supplier()), builders.finance()):
        with pytest.raises(NotFound):
            approve(actor, refund_id)
    with pytest.raises(InvalidInput):
        commands.decide_refund(coop, refund_id, approve=False, restock={}, note="")
    commands.decide_refund(coop, refund_id, approve=False, restock={}, note="照片里是好的")
    with pytest.raises(IllegalTransition):
        approve(coop, refund_id)


def test_silence_grants_what_is_a_right(kiwi: World, coop: Actor, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    order_id = paid(kiwi["sku"], 2)
    ship_all(coop, order_id, 2)
    ask(order_id, 1, cause=RefundCause.DAMAGED)
    moment.shift(48 * 3600 - 1)
    assert timers.act_on_overdue() == 0
    moment.shift(1)
    assert timers.act_on_overdue() == 1
    assert timers.act_on_overdue() == 0
    outbox.run_pending()
    assert db.session.scalars(select(Refund.state)).one() is RefundState.DONE


def test_an_open_refund_stops_the_timers(kiwi: World, coop: Actor, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    order_id = paid(kiwi["sku"], 2)
    ship_all(coop, order_id, 2)
    fulfilment.receive(*guest(order_id))
    moment.shift(47 * 3600)
    refund_id = ask(order_id, 1)
    moment.shift(2 * 3600)
    assert fulfilment.complete_due() == 0
    approve(coop, refund_id)
    assert fulfilment.complete_due() == 1
    assert balance(f"household_income:{kiwi['household']}:accrued") == 0
    assert balance(f"household_income:{kiwi['household']}:confirmed") == -(
        15_001 * 2 // 10 - 15_001 * 2 // 10 // 2
    )


def test_after_completion_it_needs_consent_and_the_household_keeps_what_it_was_paid(
    app: Flask, freeze: Any
) -> None:
    moment = freeze("2026-11-24 15:30")
    bought = builders.saleable(units=4, price_fen=3000, lot_total_fen=6000, payment=LotPayment.BOUGHT)
    coop = builders.owner_of(bought["supplier"])
    order_id = paid(bought["sku"], 2)
    ship_all(coop, order_id, 2)
    fulfilment.receive(*guest(order_id))
    moment.shift(49 * 3600)
    assert fulfilment.complete_due() == 1
    home = f"household_income:{bought['household']}"
    assert balance(f"{home}:disbursed") == -3000
    refund_id = ask(order_id, 1)
    moment.shift(5 * 86400)
    assert timers.act_on_overdue() == 0
    approve(coop, refund_id, restock=True)
    assert (balance(f"{home}:disbursed"), balance(f"{home}:reversed_after_payout")) == (-1500, -1500)
    assert balance(f"household_cost:{bought['supplier']}") == 3000
    moment.shift(40 * 86400)
    with pytest.raises(Conflict):
        ask(order_id, 1)


def test_a_transfer_goes_back_by_hand(kiwi: World, coop: Actor) -> None:
    from marketplace.kernel.transaction import transaction
    from orders.payments.capture import capture

    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1}, method=PaymentMethod.TRANSFER)
    with transaction():
        assert capture(order_id, None)
    approve(coop, ask(order_id, 1))
    outbox.run_pending()
    row = db.session.scalars(select(MoneyReturn)).one()
    assert row.state is MoneyReturnState.WAITING
    assert db.session.scalars(select(Refund.state)).one() is RefundState.APPROVED
    finance = builders.finance()
    with pytest.raises(InvalidInput):
        returns.confirm_return(finance, row.id, " ")
    returns.confirm_return(finance, row.id, "回单 77001")
    assert db.session.scalars(select(Refund.state)).one() is RefundState.DONE
    with pytest.raises(IllegalTransition):
        returns.confirm_return(finance, row.id, "回单 77001")


def test_twenty_answers_at_once_give_the_money_back_once(app: Flask, kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi["sku"], 2)
    ship_all(coop, order_id, 2)
    refund_id = ask(order_id, 2)
    outcomes: list[str] = []
    gate = threading.Barrier(8)

    def answer() -> None:
        with app.app_context():
            gate.wait()
            try:
                approve(coop, refund_id)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=answer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sorted(outcomes) == ["done"] + ["workflow.illegal"] * 7
    payment = db.session.scalars(select(Payment)).one()
    assert payment.refunded_fen == 2 * 2999
    assert db.session.scalar(select(func.count()).select_from(MoneyReturn)) == 1


def test_two_requests_for_the_same_unit_at_once_are_one(app: Flask, kiwi: World) -> None:
    order_id = paid(kiwi["sku"], 1)
    outcomes: list[str] = []
    gate = threading.Barrier(6)

    def request() -> None:
        with app.app_context():
            gate.wait()
            try:
                ask(order_id, 1)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=request) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] + ["refunds.asked_already"] * 5
