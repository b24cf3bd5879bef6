"""What silence means in after-sales: unanswered claims are granted, goods never sent back end theirs."""

from sqlalchemy import ColumnElement, and_, or_, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from orders.ordering.models import Order
from orders.refunds.granting import grant, is_disputed, locked_refund, step
from orders.refunds.models import Refund
from orders.refunds.returning import let_return, usual_address
from orders.refunds.rules import RefundKind
from orders.refunds.workflow import RefundState

_SILENT = "供应商没有在期限内答复，自动同意"
_NOT_CHECKED = "退货寄出后供应商没有在期限内验收，自动退款"
_NOT_SENT = "没有在期限内寄回，申请已结束"


def is_overdue() -> ColumnElement[bool]:
    """Silence of whoever's turn it is. What is no right any more waits for the supplier's word, however long."""
    return and_(
        Refund.answer_due_at <= clock.now(),
        or_(
            and_(Refund.state == RefundState.REQUESTED, Refund.needs_consent.is_(False)),
            Refund.state.in_((RefundState.SENT_BACK, RefundState.RETURNING)),
        ),
        or_(Order.pays_later.is_(False), Order.paid_at.is_not(None)),
    )


@transactional
def _act(refund_id: int) -> bool:
    refund, order = locked_refund(refund_id)
    is_due = select(Refund.id).join(Order, Order.id == Refund.order_id).where(Refund.id == refund_id)
    if db.session.scalar(is_due.where(is_overdue())) is None:
        return False
    if refund.state is RefundState.RETURNING:
        step(refund, "withdraw", None, _NOT_SENT)
        return True
    if is_disputed(order.id):
        return False
    address = usual_address(order.supplier_id)
    if refund.state is RefundState.REQUESTED and refund.kind is RefundKind.RETURN_AND_REFUND and address:
        let_return(refund, address, None, _SILENT)
        return True
    grant(refund, order, {}, None, _NOT_CHECKED if refund.state is RefundState.SENT_BACK else _SILENT)
    return True


def act_on_overdue(limit: int = 200) -> int:
    """Job: a right that stayed unanswered is granted, the goods count as not sellable; a return goes to where the
    supplier last had one sent, and without such an address the money goes back at once. Returns how many moved."""
    due = db.session.scalars(
        select(Refund.id)
        .join(Order, Order.id == Refund.order_id)
        .where(is_overdue())
        .order_by(Refund.answer_due_at)
        .limit(limit)
    ).all()
    return sum(_act(refund_id) for refund_id in due)
