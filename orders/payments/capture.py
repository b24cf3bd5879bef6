"""Money that arrived: kept for its order in one transaction with everything that follows, or booked as stray and sent
back by itself."""

from collections import Counter

from sqlalchemy import bindparam, select
from sqlalchemy.orm import defer

from catalog.products.commands import add_sold_units
from catalog.stock import commands as stock
from marketplace.kernel import clock
from marketplace.kernel.db import db, read
from marketplace.kernel.events import publish
from orders.ledger import commands as ledger
from orders.ordering import commands as ordering
from orders.ordering.models import LineAllocation, Order, OrderLine
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.events import OrderPaid
from orders.payments.models import Payment
from orders.payments.returns import return_money
from orders.payments.workflow import PAYMENT, PaymentState

_TAKES = (
    select(LineAllocation.stock_row_id, LineAllocation.units)
    .join(OrderLine, OrderLine.id == LineAllocation.line_id)
    .where(OrderLine.order_id == bindparam("order_id"))
)
_SOLD = select(OrderLine.listing_id, OrderLine.units).where(OrderLine.order_id == bindparam("order_id"))
_PAYMENT = (
    select(Payment).where(Payment.order_id == bindparam("order_id")).execution_options(populate_existing=True)
)
_LOCKED_ORDER = (
    select(Order)
    .where(Order.id == bindparam("order_id"))
    .with_for_update()
    # whom it goes to is read and decrypted when asked for
    .options(defer(Order.recipient), defer(Order.mobile), defer(Order.address_detail))
    .execution_options(populate_existing=True)
)


def payment_of(order_id: int) -> Payment:
    """The order's payment, as it stands now; locked like its order, where that is."""
    return db.session.scalars(_PAYMENT, {"order_id": order_id}).one()


def takes_of(order_id: int) -> list[tuple[int, int]]:
    """(stock row, units) that an order's lines took, rows once each."""
    rows: Counter[int] = Counter()
    for row_id, units in read(_TAKES, {"order_id": order_id}):
        rows[row_id] += units
    return sorted(rows.items())


def locked_order(order_id: int) -> Order:
    """The order, locked until the transaction ends: money, parcels and refunds take turns."""
    return db.session.execute(_LOCKED_ORDER, {"order_id": order_id}).scalar_one()


def capture(order_id: int, actor_id: int | None, note: str = "", *, session_id: int | None = None) -> bool:
    """Keep the whole amount of an order's payment. False, and nothing kept, when it can't take it. ``session_id`` is
    the payment session the money came by; the payment is its own unless it was paid by another."""
    order = locked_order(order_id)
    payment = payment_of(order_id)
    if session_id is not None and payment.state is not PaymentState.PAID:
        payment.session_id = session_id
    if not (_takes_money(order) and PAYMENT.allows(payment.state, "capture")):
        return False
    moment = clock.now()
    payment.state = PAYMENT.next(payment.state, "capture")
    payment.captured_fen = payment.amount_fen
    payment.paid_at = moment
    payment.failure = None
    order.paid_at = moment
    if order.pays_later:  # released and off the shelf already
        ordering.add_event(order.id, "paid", actor_id, note)
    else:
        ordering.apply_to(order, "release", actor_id, note)
        stock.sell(order.id, takes_of(order.id))
    ledger.post_sale(order.id, payment.provider)
    sold: Counter[int] = Counter()
    for listing_id, units in read(_SOLD, {"order_id": order.id}):
        sold[listing_id] += units
    for listing_id, units in sorted(sold.items()):
        add_sold_units(listing_id, units)
    publish(OrderPaid(order.id, order.payment_method, pays_later=order.pays_later))
    return True


def _takes_money(order: Order) -> bool:
    """Before it is released, as a rule; where it is paid later, until it is cancelled."""
    if order.pays_later:
        return order.state not in (OrderState.PLACED, OrderState.CANCELLED)
    return ORDER.allows(order.state, "release")


def book_stray(
    key: str, provider: str, charge_id: str | None, fen: int, order_id: int | None, reason: str
) -> None:
    """Book ``fen`` nobody owes and send it back. The same ``key`` does it once."""
    ledger.post_stray_money(key, provider, fen, order_id)
    return_money(key=key, provider=provider, charge_id=charge_id, fen=fen, order_id=order_id, reason=reason)
