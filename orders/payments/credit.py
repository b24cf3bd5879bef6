"""先货后款: an order that is released before it is paid. Nothing is posted until the money is there.

Its stock counts as sold from the release on, because it leaves the shelf; its income is expected, never counted.
"""

from sqlalchemy import select, update

from catalog.stock import commands as stock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from orders.ordering import commands as ordering
from orders.ordering.lots import unbook
from orders.ordering.models import LineAllocation, LineIncome, OrderLine
from orders.ordering.workflow import ORDER
from orders.payments.capture import locked_order, takes_of
from orders.payments.commands import expire
from orders.payments.models import Payment
from orders.payments.workflow import PaymentState


@transactional
def release_on_credit(order_id: int, actor_id: int | None) -> None:
    """Let the supplier ship an order that its unit pays after acceptance. Raises IllegalTransition unless it is placed
    a moment ago."""
    order = locked_order(order_id)
    if not order.pays_later:
        raise ValueError(f"order {order_id} is paid before it is shipped")
    ordering.apply(order_id, "release", actor_id, "先货后款")
    stock.sell(order_id, takes_of(order_id))


@transactional
def cancel_on_credit(order_id: int, actor_id: int | None, note: str) -> bool:
    """Cancel a released order that nobody has paid, before its first parcel: the goods go back on the shelf, the lots
    forget it, and as no money came none is posted. False when it has been paid, shipped or cancelled meanwhile."""
    order = locked_order(order_id)
    payment = db.session.scalars(
        select(Payment)
        .where(Payment.order_id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not order.pays_later or payment.state is PaymentState.PAID or not ORDER.allows(order.state, "cancel"):
        return False
    expire(payment, actor_id)
    ordering.apply(order_id, "cancel", actor_id, note)
    _take_back(order_id)
    return True


def _take_back(order_id: int) -> None:
    """Everything counts as returned: lines, allocations and stock rows say so alike."""
    shares = dict(
        db.session.execute(
            select(LineIncome.id, LineIncome.fen)
            .join(OrderLine, OrderLine.id == LineIncome.line_id)
            .where(OrderLine.order_id == order_id)
        ).all()
    )
    for row_id, units in takes_of(order_id):
        stock.restock(order_id, row_id, units)
    lines = select(OrderLine.id).where(OrderLine.order_id == order_id).scalar_subquery()
    db.session.execute(
        update(LineAllocation)
        .where(LineAllocation.line_id.in_(lines))
        .values(returned_units=LineAllocation.units)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.order_id == order_id)
        .values(refunded_units=OrderLine.units)
        .execution_options(synchronize_session=False)
    )
    unbook(shares)
