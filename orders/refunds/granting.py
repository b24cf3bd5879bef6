"""What every way to a refund shares: the rows under the order's lock, the answer on record, and the money's way back.

What a refund undoes is worked out when it is approved, from what was refunded until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from marketplace.kernel import audit, clock, events
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.numbering import new_order_number
from orders.ordering import commands as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.capture import locked_order
from orders.payments.events import DisputeLost
from orders.payments.models import Payment, PaymentSession
from orders.payments.returns import MoneyReturned, return_money
from orders.refunds.models import Refund, RefundLine
from orders.refunds.parameters import ANSWER_HOURS
from orders.refunds.reversal import part_of, reverse_lines
from orders.refunds.rules import FAULTS, RefundCause, RefundKind, freight_share
from orders.refunds.workflow import GRANTED, OPEN, REFUND, RefundState


@dataclass(frozen=True)
class RefundApproved:
    """Event: units of an order were given back."""

    order_id: int


def locked_lines(order_id: int) -> list[OrderLine]:
    return list(
        db.session.scalars(
            select(OrderLine)
            .where(OrderLine.order_id == order_id)
            .order_by(OrderLine.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def add_refund(
    order: Order,
    kind: RefundKind,
    reason: str,
    goods_fen: int,
    parts: list[RefundLine],
    requested_by: int | None,
    cause: RefundCause = RefundCause.OTHER,
) -> Refund:
    moment = clock.now()
    refund = Refund(
        number="R" + new_order_number(),
        order_id=order.id,
        kind=kind,
        cause=cause,
        state=RefundState.REQUESTED,
        reason=reason.strip()[:200],
        goods_fen=goods_fen,
        freight_fen=0,
        amount_fen=goods_fen,
        needs_consent=False,
        requested_at=moment,
        requested_by=requested_by,
        answer_due_at=moment + timedelta(hours=ANSWER_HOURS.get()),
        decision_note="",
    )
    db.session.add(refund)
    db.session.flush()
    for part in parts:
        part.refund_id = refund.id
        db.session.add(part)
    db.session.flush()
    return refund


def locked_refund(refund_id: int) -> tuple[Refund, Order]:
    order_id = db.session.scalar(select(Refund.order_id).where(Refund.id == refund_id))
    if order_id is None:
        raise NotFound
    order = locked_order(order_id)
    refund = db.session.scalars(
        select(Refund)
        .where(Refund.id == refund_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return refund, order


#: edge → what the order's timeline calls it
_HAPPENED = {
    "approve": "refund_approved",
    "reject": "refund_rejected",
    "accept_return": "return_accepted",
    "send_back": "return_sent",
    "withdraw": "refund_withdrawn",
    "close": "refund_withdrawn",
    "appeal": "refund_appealed",
}


def check_suppliers_turn(refund: Refund) -> None:
    """Raises Conflict ``refunds.not_your_turn``: what lies before the platform is not the supplier's to answer."""
    if refund.state is RefundState.ARBITRATION:
        raise Conflict("refunds.not_your_turn")


def step(refund: Refund, action: str, actor_id: int | None, note: str = "") -> None:
    """Take one edge, with its audit row and its line of the order's timeline. Raises IllegalTransition."""
    refund.state = REFUND.next(refund.state, action)
    said = note.strip()
    audit.record(actor_id, f"refund.{action}", "refund", refund.id, reason=said or None)
    ordering.add_event(refund.order_id, _HAPPENED[action], actor_id, said)
    db.session.flush()


def answer(refund: Refund, action: str, actor_id: int | None, note: str) -> None:
    """The answer of the supplier, or of its silence."""
    refund.decided_at, refund.decided_by = clock.now(), actor_id
    refund.decision_note = note.strip()[:500]
    step(refund, action, actor_id, refund.decision_note)


def grant(refund: Refund, order: Order, restock: Mapping[int, bool], actor_id: int | None, note: str) -> None:
    """The supplier, or its silence, grants it. Raises Conflict."""
    if waits_for_money(order):
        raise Conflict("refunds.unpaid")
    answer(refund, "approve", actor_id, note)
    give_money_back(refund, order, restock, actor_id)


def give_money_back(refund: Refund, order: Order, restock: Mapping[int, bool], actor_id: int | None) -> None:
    """What an approved refund undoes: counters, stock, lots, ledger, and the money on its way. Raises Conflict."""
    unshipped = order.state is OrderState.RELEASED
    lines = {line.id: line for line in locked_lines(order.id)}
    parts = db.session.scalars(
        select(RefundLine).where(RefundLine.refund_id == refund.id).order_by(RefundLine.line_id)
    ).all()
    for part in parts:
        line = lines[part.line_id]
        in_house = unshipped or line.units - line.shipped_units - line.refunded_units >= part.units
        part.restock = in_house or bool(restock.get(part.line_id, False))
        part.goods_fen = part_of(line, line.refunded_units, part.units).goods_fen
    back = {part.line_id: part.units for part in parts}
    everything = all(line.refunded_units + back.get(line.id, 0) == line.units for line in lines.values())
    goods_fen = sum(part.goods_fen for part in parts)
    refund.freight_fen = _freight_back(refund, order, goods_fen, is_undone=unshipped and everything)
    refund.goods_fen = goods_fen
    refund.amount_fen = refund.goods_fen + refund.freight_fen
    db.session.flush()
    payment = _take_from_payment(order.id, refund.amount_fen)
    reverse_lines(refund, order, payment.provider, lines, list(parts))
    if unshipped and everything and ORDER.allows(order.state, "cancel"):
        ordering.apply(order.id, "cancel", actor_id, "全部退款")
    _send_money(refund, payment)
    events.publish(RefundApproved(order.id))


def _freight_back(refund: Refund, order: Order, part_fen: int, *, is_undone: bool) -> int:
    """All that is left when nothing was sent and nothing is kept; its share where the seller answers for the cause."""
    before, answered = db.session.execute(
        select(
            func.coalesce(func.sum(Refund.freight_fen), 0),
            func.coalesce(func.sum(Refund.goods_fen).filter(Refund.cause.in_(FAULTS)), 0),
        ).where(Refund.order_id == order.id, Refund.state.in_(GRANTED), Refund.id != refund.id)
    ).one()
    left = order.freight_fen - int(before)
    if is_undone:
        return left
    if refund.cause not in FAULTS:
        return 0
    goods_fen = order.total_fen - order.freight_fen
    return freight_share(order.freight_fen, goods_fen, int(answered), part_fen, left)


def waits_for_money(order: Order) -> bool:
    """What a unit claims of goods it has not paid yet is on record, and answered when there is money to give back."""
    return order.pays_later and order.paid_at is None


def _take_from_payment(order_id: int, fen: int) -> Payment:
    """I5, in the statement itself: never more back than was kept."""
    taken = db.session.execute(
        update(Payment)
        .where(
            Payment.order_id == order_id,
            Payment.refunded_fen + Payment.disputed_fen + fen <= Payment.captured_fen,
        )
        .values(refunded_fen=Payment.refunded_fen + fen)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("refunds.disputed" if is_disputed(order_id) else "refunds.more_than_paid")
    return db.session.scalars(
        select(Payment).where(Payment.order_id == order_id).execution_options(populate_existing=True)
    ).one()


def close_claims(event: DisputeLost) -> None:
    """Subscriber: the bank decided, and what it gave back can't be given back again."""
    for refund in db.session.scalars(
        select(Refund).where(Refund.order_id == event.order_id, Refund.state.in_(OPEN)).order_by(Refund.id)
    ).all():
        step(refund, "close", None, "银行已经把钱退给买家，这次售后结束")


def is_disputed(order_id: int) -> bool:
    """Whether the bank has taken some of an order's money back."""
    disputed = select(Payment.id).where(Payment.order_id == order_id, Payment.disputed_fen > 0)
    return db.session.scalar(disputed) is not None


def _send_money(refund: Refund, payment: Payment) -> None:
    if refund.amount_fen == 0:
        _finish(refund)
        return
    charge_id = (
        db.session.scalar(select(PaymentSession.charge_id).where(PaymentSession.id == payment.session_id))
        if payment.session_id is not None
        else None
    )
    return_money(
        key=f"refund:{refund.id}",
        provider=payment.provider,
        charge_id=charge_id,
        fen=refund.amount_fen,
        order_id=refund.order_id,
        reason="refund",
        refund_id=refund.id,
    )


def finish_refund(event: MoneyReturned) -> None:
    """Subscriber: the money of a refund has gone back."""
    if event.refund_id is not None:
        _finish(locked_refund(event.refund_id)[0])


def _finish(refund: Refund) -> None:
    refund.state = REFUND.next(REFUND.next(refund.state, "send"), "finish")
    refund.done_at = clock.now()
    audit.record(None, "refund.finish", "refund", refund.id, {"fen": refund.amount_fen})
    ordering.add_event(refund.order_id, "refund_done", None, refund.number)
    db.session.flush()
