"""Claims and refunds of units' orders: before and after they are paid, before and after the household is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.stock.models import StockRow
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.transaction import transaction
from orders.bulk.rules import PaymentTerm
from orders.fulfilment import commands as fulfilment
from orders.fulfilment.acceptance import accept_delivery
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.models import MoneyReturn
from orders.payments.rules import Buyer
from orders.refunds import commands as refunds
from orders.refunds import timers
from orders.refunds.models import Refund
from orders.refunds.rules import RefundKind
from orders.refunds.workflow import RefundState
from tests.factories import builders, order_builders, purchases, sales

World = dict[str, int]
AFTER, BEFORE = PaymentTerm.AFTER, PaymentTerm.BEFORE
WAY = RefundKind.REFUND_ONLY


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    """100 boxes at ¥29.99, ¥27.00 from 10 boxes on; the household gets ¥1500.01 for all of them."""
    made = builders.saleable(units=100, price_fen=2_999, lot_total_fen=150_001)
    purchases.tiers(made["supplier"], made["sku"], (10, 2_700))
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=0)
    return made


@pytest.fixture
def school(app: Flask) -> purchases.Unit:
    return purchases.unit("示例中学")


def bought(kiwi: World, school: purchases.Unit, term: PaymentTerm, units: int = 40) -> int:
    (order_id,) = purchases.placed(school, {kiwi["sku"]: units}, term=term)
    return order_id


def order_of(order_id: int) -> Order:
    db.session.rollback()
    return db.session.get_one(Order, order_id)


def income(state: str | None = None) -> int:
    """Fen of household income in the ledger, in one state or in all."""
    statement = select(func.sum(Posting.fen)).where(Posting.income_state.is_not(None))
    if state is not None:
        statement = statement.where(Posting.income_state == state)
    return -int(db.session.scalar(statement) or 0)


def entries() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.unique_key).order_by(JournalEntry.id)))


def stock_of(kiwi: World) -> tuple[int, int, int, int]:
    row = db.session.get_one(StockRow, kiwi["stock_row"], populate_existing=True)
    return row.available, row.reserved, row.sold - row.restocked, row.booked_income_fen


def buyer_of(school: purchases.Unit) -> Buyer:
    return Buyer(school.buyer.user_id, unit_ids=frozenset({school.id}))


def ask_back(school: purchases.Unit, order_id: int, units: int) -> int:
    line_id = min(sales.lines_of(order_id))
    number = db.session.get_one(Order, order_id).number
    return refunds.request_refund(buyer_of(school), number, WAY, {line_id: units}, "压坏了")


def answer(kiwi: World, refund_id: int, *, restock: bool = False) -> None:
    line_id = db.session.scalars(
        select(OrderLine.id).join(Refund, Refund.order_id == OrderLine.order_id).where(Refund.id == refund_id)
    ).first()
    assert line_id is not None
    seller = builders.owner_of(kiwi["supplier"])
    refunds.decide_refund(seller, refund_id, approve=True, restock={line_id: restock}, note="")


def test_a_claim_on_unpaid_goods_is_answered_when_the_money_is_there(
    kiwi: World, school: purchases.Unit
) -> None:
    order_id = bought(kiwi, school, AFTER)
    delivery_id = purchases.ship(order_id)
    accept_delivery(school.buyer, delivery_id, "坏 4 箱")
    refund_id = ask_back(school, order_id, 4)
    with pytest.raises(Conflict, match=r"refunds\.unpaid"):
        answer(kiwi, refund_id)
    with transaction() as session:
        session.get_one(Refund, refund_id).answer_due_at = clock.now() - timedelta(hours=1)
    assert timers.act_on_overdue() == 0
    assert verify() == []

    purchases.transfer(school, order_id)
    refund = db.session.get_one(Refund, refund_id, populate_existing=True)
    assert (refund.state, refund.answer_due_at > clock.now()) == (RefundState.REQUESTED, True)
    assert (order_of(order_id).state, income("accrued")) == (OrderState.RECEIVED, 60_000)
    assert verify() == []

    answer(kiwi, refund_id)
    outbox.run_pending()
    assert (income("accrued"), verify()) == (54_000, [])
    assert fulfilment.complete_due() == 1
    assert (order_of(order_id).state, income("confirmed")) == (OrderState.COMPLETED, 54_000)
    assert db.session.scalars(select(MoneyReturn.amount_fen)).one() == 4 * 2_700


@pytest.mark.parametrize("term", [BEFORE, AFTER])
def test_refunds_before_and_after_the_household_was_paid(
    kiwi: World, school: purchases.Unit, term: PaymentTerm
) -> None:
    order_id = bought(kiwi, school, term)
    if term is BEFORE:
        purchases.transfer(school, order_id)
    purchases.ship(order_id)
    purchases.accept_all(school, order_id)
    if term is AFTER:
        purchases.transfer(school, order_id)
    assert order_of(order_id).state is OrderState.COMPLETED

    answer(kiwi, ask_back(school, order_id, 4), restock=True)
    assert (income("confirmed"), income("reversed_after_payout")) == (54_000, 0)
    assert verify() == []
    sales.pay_household(kiwi["supplier"], kiwi["household"])
    answer(kiwi, ask_back(school, order_id, 6))
    assert (income("disbursed"), income("reversed_after_payout"), income()) == (45_000, 9_000, 54_000)


def test_the_last_unshipped_boxes_refunded_leave_a_received_order(
    kiwi: World, school: purchases.Unit
) -> None:
    order_id = bought(kiwi, school, BEFORE)
    purchases.transfer(school, order_id)
    (line_id,) = sales.lines_of(order_id)
    delivery_id = purchases.ship(order_id, {line_id: 38})
    accept_delivery(school.buyer, delivery_id)
    answer(kiwi, ask_back(school, order_id, 2))
    assert (order_of(order_id).state, income("confirmed")) == (OrderState.COMPLETED, 57_000)
