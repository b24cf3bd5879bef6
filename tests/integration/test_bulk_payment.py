"""A unit pays before or after, takes its goods in batches, and the books hold after every step."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.models import Listing
from catalog.stock.models import StockRow
from marketplace.accounts.models import Role
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.kernel.working_days import add_working_days
from orders.bulk.rules import PaymentTerm
from orders.fulfilment import commands as fulfilment
from orders.fulfilment.acceptance import accept_delivery
from orders.fulfilment.models import Delivery
from orders.fulfilment.parameters import (
    AUTO_RECEIVE_DAYS,
    PAY_AFTER_ACCEPTANCE_DAYS,
    UNIT_AUTO_RECEIVE_DAYS,
)
from orders.ledger.models import JournalEntry, Posting
from orders.ledger.verification import verify
from orders.ordering.models import LineAllocation, Order, OrderEvent, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments import commands as payments
from orders.payments import inbox
from orders.payments.models import MoneyReturn, Payment, TransferProof
from orders.payments.rules import Buyer
from orders.payments.workflow import PaymentState
from orders.refunds import commands as refunds
from orders.refunds.models import Refund
from orders.refunds.rules import RefundKind
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


def test_paid_before_the_whole_line(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, BEFORE)
    assert (stock_of(kiwi), entries()) == ((60, 40, 0, 60_000), [])
    assert verify() == []

    purchases.transfer(school, order_id, accept=False)
    assert order_of(order_id).state is OrderState.PLACED
    assert verify() == []
    purchases.accept_proof(order_id)
    assert order_of(order_id).state is OrderState.RELEASED
    assert (stock_of(kiwi), income("accrued"), income()) == ((60, 0, 40, 60_000), 60_000, 60_000)
    assert verify() == []

    (line_id,) = sales.lines_of(order_id)
    first = purchases.ship(order_id, {line_id: 25})
    accept_delivery(school.buyer, first, "25 箱，完好")
    assert order_of(order_id).state is OrderState.PARTIALLY_SHIPPED
    second = purchases.ship(order_id, {line_id: 15})
    assert (order_of(order_id).state, income("confirmed")) == (OrderState.SHIPPED, 0)
    assert verify() == []

    accept_delivery(school.manager, second)
    order = order_of(order_id)
    assert (order.state, order.received_at is not None) == (OrderState.COMPLETED, True)
    assert (income("confirmed"), income("accrued")) == (60_000, 0)
    assert entries() == [f"sale:{order_id}", f"confirm:{order_id}"]
    accepted = db.session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [(each.accepted_by, each.acceptance_note) for each in accepted] == [
        (school.buyer.user_id, "25 箱，完好"),
        (school.manager.user_id, ""),
    ]


def test_paid_after_the_whole_line(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    assert order_of(order_id).state is OrderState.RELEASED
    assert (stock_of(kiwi), entries(), income()) == ((60, 0, 40, 60_000), [], 0)
    assert verify() == []

    (line_id,) = sales.lines_of(order_id)
    purchases.ship(order_id, {line_id: 30})
    assert verify() == []
    purchases.ship(order_id, {line_id: 10})
    purchases.accept_all(school, order_id)
    order = order_of(order_id)
    assert (order.state, order.complete_at) == (OrderState.RECEIVED, None)
    assert order.pay_due_on == add_working_days(clock.today(), PAY_AFTER_ACCEPTANCE_DAYS.get())
    assert (entries(), income()) == ([], 0)
    assert verify() == []
    assert fulfilment.complete_due() == 0

    purchases.transfer(school, order_id)
    order = order_of(order_id)
    assert order.state is OrderState.COMPLETED
    assert (income("confirmed"), income()) == (60_000, 60_000)
    assert entries() == [f"sale:{order_id}", f"confirm:{order_id}"]
    assert db.session.get_one(Listing, kiwi["listing"]).sold_units == 40
    actions = db.session.scalars(
        select(OrderEvent.action).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id)
    ).all()
    assert actions == [
        "place",
        "release",
        "ship_part",
        "ship_all",
        "batch_accepted",
        "batch_accepted",
        "receive",
        "proof_submitted",
        "paid",
        "complete",
    ]


def test_paid_while_on_its_way_completes_with_the_last_batch(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    (line_id,) = sales.lines_of(order_id)
    purchases.ship(order_id, {line_id: 30})
    purchases.transfer(school, order_id)
    assert (order_of(order_id).state, income("accrued")) == (OrderState.PARTIALLY_SHIPPED, 60_000)
    assert verify() == []
    purchases.ship(order_id, {line_id: 10})
    purchases.accept_all(school, order_id)
    assert (order_of(order_id).state, income("confirmed")) == (OrderState.COMPLETED, 60_000)


def test_delivered_and_unpaid_never_runs_out_of_time(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    purchases.ship(order_id)
    with transaction() as session:
        session.execute(update(Order).values(reserved_until=clock.now() - timedelta(days=99)))
    assert inbox.expire_overdue() == 0
    assert order_of(order_id).state is OrderState.SHIPPED


@pytest.mark.parametrize("by", ["unit", "supplier"])
def test_cancelled_before_shipping_and_paying_posts_nothing(
    kiwi: World, school: purchases.Unit, by: str
) -> None:
    order_id = bought(kiwi, school, AFTER)
    if by == "unit":
        refunds.cancel_order(buyer_of(school), order_of(order_id).number, "计划有变")
    else:
        refunds.cancel_by_supplier(builders.owner_of(kiwi["supplier"]), order_id, "遭了冰雹")
    order = order_of(order_id)
    payment = db.session.scalars(select(Payment).where(Payment.order_id == order_id)).one()
    assert (order.state, payment.state) == (OrderState.CANCELLED, PaymentState.EXPIRED)
    assert (stock_of(kiwi), entries()) == ((100, 0, 0, 0), [])
    assert db.session.scalar(select(func.count()).select_from(Refund)) == 0
    assert verify() == []
    # what came back brings the same income when it is sold again
    again = bought(kiwi, school, AFTER, units=100)
    purchases.transfer(school, again)
    assert income() == 150_001


def test_money_for_a_cancelled_order_goes_back(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    purchases.transfer(school, order_id, accept=False)
    refunds.cancel_order(buyer_of(school), order_of(order_id).number, "")
    purchases.accept_proof(order_id)
    returned = db.session.scalars(select(MoneyReturn)).one()
    assert (returned.amount_fen, returned.refund_id) == (40 * 2_700 + 800, None)
    assert (income(), order_of(order_id).paid_at) == (0, None)


def test_shipped_and_unpaid_is_not_cancelled(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    purchases.ship(order_id)
    with pytest.raises(Conflict, match=r"refunds\.too_late_to_cancel"):
        refunds.cancel_order(buyer_of(school), order_of(order_id).number, "")


def test_acceptance_is_for_buyers_of_the_unit_and_once(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    delivery_id = purchases.ship(order_id)
    stranger = purchases.unit()
    for actor in (school.approver, school.finance, stranger.buyer, builders.owner_of(kiwi["supplier"])):
        with pytest.raises(NotFound):
            accept_delivery(actor, delivery_id)
    accept_delivery(school.buyer, delivery_id)
    with pytest.raises(Conflict, match=r"fulfilment\.accepted_already"):
        accept_delivery(school.manager, delivery_id)
    private = sales.paid_orders({kiwi["sku"]: 1})[0]
    with pytest.raises(NotFound):
        accept_delivery(school.buyer, purchases.ship(private))


def test_a_unit_receives_by_accepting_only(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    purchases.ship(order_id)
    with pytest.raises(Conflict, match=r"fulfilment\.accept_batches"):
        fulfilment.receive(buyer_of(school), order_of(order_id).number)


def test_silence_counts_as_acceptance_after_a_longer_time(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    purchases.ship(order_id)
    assert UNIT_AUTO_RECEIVE_DAYS.get() > AUTO_RECEIVE_DAYS.get()
    due = order_of(order_id).auto_receive_at
    assert due is not None
    assert due > clock.now() + timedelta(days=UNIT_AUTO_RECEIVE_DAYS.get() - 1)
    assert fulfilment.auto_receive() == 0
    with transaction() as session:
        session.execute(update(Order).values(auto_receive_at=clock.now()))
    assert fulfilment.auto_receive() == 1
    delivery = db.session.scalars(select(Delivery)).one()
    assert (delivery.accepted_by, delivery.accepted_at is not None) == (None, True)
    assert order_of(order_id).state is OrderState.RECEIVED
    purchases.transfer(school, order_id)
    assert order_of(order_id).state is OrderState.COMPLETED


def test_proofs_are_for_the_unit_and_for_the_whole_amount(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    order = order_of(order_id)
    number, fen, submitter = order.number, order.total_fen, order.user_id
    other = purchases.unit()
    for buyer in (
        Buyer(submitter),  # whoever drew it up, having left the unit
        Buyer(other.finance.user_id, unit_ids=frozenset({other.id})),
        Buyer(None, "no-such-secret"),
    ):
        with pytest.raises(NotFound):
            payments.submit_proof(buyer, number, "示例", clock.today(), fen, sales.voucher())
    with pytest.raises(InvalidInput, match=r"payments\.proof_amount"):
        payments.submit_proof(buyer_of(school), number, "示例", clock.today(), fen - 1, sales.voucher())
    purchases.transfer(school, order_id)
    with pytest.raises(Conflict, match=r"payments\.no_proof_wanted"):
        purchases.transfer(school, order_id)


def test_a_refused_proof_leaves_it_to_be_paid(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    purchases.transfer(school, order_id, accept=False)
    proof_id = db.session.scalars(select(TransferProof.id)).one()
    payments.check_proof(builders.finance(), proof_id, accept=False, note="附言没写参考号")
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.state, order_of(order_id).state) == (PaymentState.UNPAID, OrderState.RELEASED)
    purchases.transfer(school, order_id)
    assert income("accrued") == 60_000


def test_two_suppliers_two_transfers(kiwi: World, school: purchases.Unit) -> None:
    honey = builders.saleable(units=20, price_fen=5_000)
    first, second = purchases.placed(school, {kiwi["sku"]: 10, honey["sku"]: 4}, term=BEFORE)
    purchases.transfer(school, first)
    assert (order_of(first).state, order_of(second).state) == (OrderState.RELEASED, OrderState.PLACED)
    assert entries() == [f"sale:{first}"]


def test_verification_notices_credit_that_is_none(kiwi: World, school: purchases.Unit) -> None:
    """The checks of this issue can fail: an unpaid completed order, credit without a purchase order."""
    order_id = bought(kiwi, school, AFTER)
    with transaction() as session:
        session.execute(update(Order).where(Order.id == order_id).values(pays_later=False))
    assert {finding.invariant for finding in verify()} >= {"I2", "I4"}
    with transaction() as session:
        session.execute(update(Order).where(Order.id == order_id).values(pays_later=True, unit_id=None))
    assert "I2" in {finding.invariant for finding in verify()}
    with transaction() as session:
        session.execute(update(Order).where(Order.id == order_id).values(unit_id=school.id))


def test_allocations_of_a_cancelled_credit_say_returned(kiwi: World, school: purchases.Unit) -> None:
    order_id = bought(kiwi, school, AFTER)
    refunds.cancel_order(buyer_of(school), order_of(order_id).number, "")
    rows = db.session.execute(
        select(LineAllocation.units, LineAllocation.returned_units, OrderLine.refunded_units).join(
            OrderLine, OrderLine.id == LineAllocation.line_id
        )
    ).all()
    assert [tuple(row) for row in rows] == [(40, 40, 40)]


def test_members_come_and_go(kiwi: World, school: purchases.Unit) -> None:
    """The order is the unit's: another buyer may act, whoever left may not."""
    order_id = bought(kiwi, school, BEFORE)
    number = order_of(order_id).number
    newcomer = purchases.member(school.id, Role.UNIT_BUYER)
    with pytest.raises(NotFound):
        refunds.cancel_order(Buyer(school.buyer.user_id), number, "")
    refunds.cancel_order(Buyer(newcomer.user_id, unit_ids=frozenset({school.id})), number, "")
    assert order_of(order_id).state is OrderState.CANCELLED
