"""验收: a unit takes its goods batch by batch. When everything is shipped and every batch accepted, it has received."""

from sqlalchemy import func, select

from marketplace.accounts.policies import Actor, Permission
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.transaction import transactional
from orders.fulfilment.commands import has_open_batch, mark_received
from orders.fulfilment.models import Delivery
from orders.ordering import commands as ordering
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.capture import locked_order
from orders.payments.queries import unit_of_purchase


@transactional
def accept_delivery(actor: Actor, delivery_id: int, note: str = "") -> None:
    """A buyer of the unit has looked at a batch; what was wrong with it stands in the note.

    Raises NotFound for another unit's or a private person's parcel, Conflict ``fulfilment.accepted_already``.
    """
    row = db.session.execute(
        select(Delivery.order_id, Order.purchase_order_id)
        .join(Order, Order.id == Delivery.order_id)
        .where(Delivery.id == delivery_id)
    ).first()
    if row is None or row.purchase_order_id is None:
        raise NotFound
    if unit_of_purchase(row.purchase_order_id) not in actor.unit_ids_with(Permission.UNIT_BUYER):
        raise NotFound
    order = locked_order(row.order_id)
    delivery = db.session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if delivery.accepted_at is not None:
        raise Conflict("fulfilment.accepted_already")
    delivery.accepted_at, delivery.accepted_by = clock.now(), actor.user_id
    delivery.acceptance_note = note.strip()[:200]
    db.session.flush()
    batch = db.session.scalar(
        select(func.count()).where(Delivery.order_id == order.id, Delivery.id <= delivery_id)
    )
    said = f"第 {batch} 批" + (f"：{delivery.acceptance_note}" if delivery.acceptance_note else "")
    ordering.add_event(order.id, "batch_accepted", actor.user_id, said)
    audit.record(
        actor.user_id,
        "delivery.accept",
        "delivery",
        delivery_id,
        {"order_id": order.id},
        reason=delivery.acceptance_note or None,
    )
    if order.state is OrderState.SHIPPED and not has_open_batch(order.id):
        mark_received(order.id, actor.user_id, "各批验收完毕")
