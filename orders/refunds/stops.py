"""Goods whose certificate was stopped for food safety: what was ordered and not shipped is stopped and given back.

A certificate that is stopped for another reason leaves placed orders alone: they are honoured.
"""

from typing import Any

from sqlalchemy import select

from certification.certificates.events import CertificateStopped
from certification.certificates.queries import stopped_for_food_safety
from certification.certificates.rules import StopCause
from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.capture import locked_order
from orders.payments.commands import release_unpaid
from orders.payments.credit import cancel_on_credit
from orders.refunds.commands import give_back
from orders.refunds.queries import pending_units
from orders.refunds.rules import left_to_ship

TOPIC = "orders.stop_unshipped"
REASON = "认定因食品安全停止，没发的货不再发出，款退回"
_OPEN = (OrderState.PLACED, OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED)


def queue_stop(event: CertificateStopped) -> None:
    """Subscriber: the orders follow after the commit, one by one, so that a long list holds nobody up."""
    if event.cause is StopCause.FOOD_SAFETY:
        outbox.enqueue(TOPIC, {"product_id": event.product_id})


def stop_unshipped(payload: dict[str, Any]) -> None:
    """The worker's handler; may run twice without harm. A certificate reinstated meanwhile stops nothing more."""
    product_id = int(payload["product_id"])
    waiting = db.session.scalars(
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.product_id == product_id, Order.state.in_(_OPEN))
        .distinct()
        .order_by(Order.id)
    ).all()
    for order_id in waiting:
        _stop(order_id, product_id)


@transactional
def _stop(order_id: int, product_id: int) -> None:
    if not stopped_for_food_safety([product_id]):
        return
    order = locked_order(order_id)
    if order.state is OrderState.PLACED:
        stopped = release_unpaid(order_id, None, REASON)
    elif order.state in _OPEN:
        stopped = _stop_released(order, product_id)
    else:
        stopped = False
    if stopped:
        _tell(order)


def _stop_released(order: Order, product_id: int) -> bool:
    lines = db.session.scalars(
        select(OrderLine)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.id)
        .execution_options(populate_existing=True)
    ).all()
    pending = pending_units(order.id)
    left = {
        line.id: left_to_ship(line.units, line.shipped_units, line.refunded_units) - pending.get(line.id, 0)
        for line in lines
        if line.product_id == product_id
    }
    units = {line_id: each for line_id, each in left.items() if each > 0}
    if not units:
        return False
    if {line.id for line in lines} == units.keys() and cancel_on_credit(order.id, None, REASON):
        return True
    give_back(order, units, REASON)
    return True


def _tell(order: Order) -> None:
    if order.user_id is not None:
        tell(
            Topic.ORDER,
            [order.user_id],
            f"订单 {order.number} 里有货停发了",
            f"{REASON}。",
            endpoint="my_orders.show",
            params={"number": order.number},
        )
