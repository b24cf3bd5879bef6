"""Goods that go back: the supplier says where to, the buyer sends them, the supplier looks at them
(``commands.decide_refund``)."""

from datetime import timedelta

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from orders.ordering.models import Order
from orders.payments.rules import Buyer
from orders.refunds.granting import check_suppliers_turn, locked_refund, step, waits_for_money
from orders.refunds.models import Refund
from orders.refunds.parameters import CHECK_DAYS, RETURN_DAYS
from orders.refunds.queries import require_buyers_refund
from orders.refunds.rules import RefundKind


@transactional
def accept_return(actor: Actor, refund_id: int, return_to: str, note: str = "") -> None:
    """The supplier agrees once the goods are back; ``return_to``: who receives them, telephone, address.

    Raises NotFound for another supplier's refund, InvalidInput without an address, IllegalTransition.
    """
    refund, order = locked_refund(refund_id)
    if not actor.acts_for_supplier(order.supplier_id):
        raise NotFound
    check_suppliers_turn(refund)
    if waits_for_money(order):
        raise Conflict("refunds.unpaid")
    let_return(refund, return_to, actor.user_id, note)


def let_return(refund: Refund, return_to: str, actor_id: int | None, note: str) -> None:
    """The buyer may send the goods; part of the caller's transaction. Raises InvalidInput, IllegalTransition."""
    if refund.kind is not RefundKind.RETURN_AND_REFUND:
        raise Conflict("refunds.no_return_asked")
    if refund.sent_back_at is not None:
        raise Conflict("refunds.sent_back_already")
    if len(return_to.strip()) < 10:
        raise InvalidInput("refunds.return_to_missing", field="return_to")
    refund.return_to = return_to.strip()[:200]
    refund.return_accepted_at = clock.now()
    refund.answer_due_at = clock.now() + timedelta(days=RETURN_DAYS.get())
    step(refund, "accept_return", actor_id, note)


@transactional
def send_back(buyer: Buyer, order_number: str, refund_id: int, carrier: str, tracking_number: str) -> None:
    """The buyer has sent the goods. Raises NotFound, InvalidInput without a number, IllegalTransition."""
    require_buyers_refund(buyer, order_number, refund_id)
    refund, _order = locked_refund(refund_id)
    if not carrier.strip() or not tracking_number.strip():
        raise InvalidInput("fulfilment.tracking_missing", field="tracking_number")
    refund.return_carrier = carrier.strip()[:30]
    refund.return_tracking = tracking_number.strip()[:40]
    refund.sent_back_at = clock.now()
    refund.answer_due_at = clock.now() + timedelta(days=CHECK_DAYS.get())
    step(refund, "send_back", buyer.user_id, f"{refund.return_carrier} {refund.return_tracking}")


@transactional
def withdraw(buyer: Buyer, order_number: str, refund_id: int) -> None:
    """The buyer does not want it any more. Raises NotFound, IllegalTransition once the goods are on their way."""
    require_buyers_refund(buyer, order_number, refund_id)
    refund, _order = locked_refund(refund_id)
    step(refund, "withdraw", buyer.user_id)


def usual_address(supplier_id: int) -> str:
    """Where the supplier had goods sent the last time; empty when it never did."""
    return (
        db.session.scalar(
            select(Refund.return_to)
            .join(Order, Order.id == Refund.order_id)
            .where(Order.supplier_id == supplier_id, Refund.return_to.is_not(None))
            .order_by(Refund.id.desc())
            .limit(1)
        )
        or ""
    )
