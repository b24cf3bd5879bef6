"""Refunds by line and quantity: asking, deciding, cancelling, and the money's way back.

What a refund undoes is worked out when it is approved, under the order's lock, from what was refunded until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, update

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock, events
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Upload, store_picture
from marketplace.kernel.numbering import new_order_number
from marketplace.kernel.transaction import transactional
from orders.ordering import commands as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.capture import locked_order
from orders.payments.commands import release_unpaid
from orders.payments.credit import cancel_on_credit
from orders.payments.events import OrderPaid
from orders.payments.models import Payment, PaymentSession
from orders.payments.queries import require_buyers_order
from orders.payments.returns import MoneyReturned, return_money
from orders.payments.rules import Buyer
from orders.refunds.models import Refund, RefundLine
from orders.refunds.parameters import ANSWER_HOURS, CONSENT_DAYS
from orders.refunds.queries import pending_units
from orders.refunds.reversal import reverse_lines
from orders.refunds.rules import REFUNDABLE, LinePart, RefundKind, Window, window_of
from orders.refunds.workflow import REFUND, RefundState


@dataclass(frozen=True)
class RefundApproved:
    """Event: units of an order were given back."""

    order_id: int


@transactional
def request_refund(
    buyer: Buyer,
    order_number: str,
    kind: RefundKind,
    lines: Mapping[int, int],
    reason: str,
    photo: Upload | None,
) -> int:
    """A buyer asks for money back for ``lines`` {line id: units}. Returns the refund's id.

    Raises NotFound for somebody else's order, InvalidInput for lines or units that are not there to be refunded,
    Conflict when the order is unpaid or its time is over.
    """
    order = locked_order(require_buyers_order(buyer, order_number).id)
    if kind is RefundKind.CANCELLATION or order.state not in REFUNDABLE:
        raise Conflict("refunds.not_now")
    wanted = {line_id: units for line_id, units in lines.items() if units != 0}
    own = {line.id: line for line in _locked_lines(order.id)}
    if not wanted or any(units < 0 for units in wanted.values()) or not wanted.keys() <= own.keys():
        raise InvalidInput("refunds.no_units", field="lines")
    pending = pending_units(order.id)
    moment = clock.now()
    needs_consent, goods_fen = False, 0
    parts: list[RefundLine] = []
    for line_id, units in sorted(wanted.items()):
        line = own[line_id]
        asked_before = line.refunded_units + pending.get(line_id, 0)
        if asked_before >= line.units:
            raise InvalidInput("refunds.asked_already", field="lines", title=line.title)
        if units > line.units - asked_before:
            raise InvalidInput(
                "refunds.too_many", field="lines", title=line.title, left=line.units - asked_before
            )
        window = window_of(order.received_at, line.after_sales_hours, CONSENT_DAYS.get(), moment)
        if window is Window.CLOSED:
            raise Conflict("refunds.too_late")
        if kind is RefundKind.RETURN_AND_REFUND and line.shipped_units == 0:
            raise InvalidInput("refunds.nothing_to_return", field="kind")
        needs_consent = needs_consent or window is Window.CONSENT
        fen = LinePart(line.net_fen, line.fee_fen, line.units, asked_before, units).goods_fen
        goods_fen += fen
        parts.append(RefundLine(line_id=line_id, units=units, goods_fen=fen))
    media = store_picture(photo, buyer.user_id, public=False) if photo is not None else None
    refund = _add_refund(order, kind, reason, goods_fen, parts, buyer.user_id)
    refund.needs_consent = needs_consent
    refund.photo_id = media.id if media is not None else None
    ordering.add_event(order.id, "refund_requested", buyer.user_id, refund.number)
    audit.record(buyer.user_id, "refund.request", "refund", refund.id, {"fen": goods_fen}, reason)
    return refund.id


def _locked_lines(order_id: int) -> list[OrderLine]:
    return list(
        db.session.scalars(
            select(OrderLine)
            .where(OrderLine.order_id == order_id)
            .order_by(OrderLine.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _add_refund(
    order: Order,
    kind: RefundKind,
    reason: str,
    goods_fen: int,
    parts: list[RefundLine],
    requested_by: int | None,
) -> Refund:
    moment = clock.now()
    refund = Refund(
        number="R" + new_order_number(),
        order_id=order.id,
        kind=kind,
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


@transactional
def decide_refund(
    actor: Actor, refund_id: int, *, approve: bool, restock: Mapping[int, bool], note: str
) -> None:
    """The supplier's answer; ``restock`` {line id: goods are sellable again}, spoiled where it says nothing.

    Raises NotFound for another supplier's refund, InvalidInput for a refusal without a reason, IllegalTransition when
    it is decided.
    """
    refund, order = _locked_refund(refund_id)
    if not actor.acts_for_supplier(order.supplier_id):
        raise NotFound
    if approve:
        _approve(refund, order, restock, actor.user_id, note)
        return
    if not note.strip():
        raise InvalidInput("refunds.refusal_reason", field="note")
    _decide(refund, "reject", actor.user_id, note)


def _locked_refund(refund_id: int) -> tuple[Refund, Order]:
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


def _decide(refund: Refund, action: str, actor_id: int | None, note: str) -> None:
    refund.state = REFUND.next(refund.state, action)
    refund.decided_at, refund.decided_by = clock.now(), actor_id
    refund.decision_note = note.strip()[:500]
    audit.record(actor_id, f"refund.{action}", "refund", refund.id, reason=refund.decision_note or None)
    happened = "refund_approved" if action == "approve" else "refund_rejected"
    ordering.add_event(refund.order_id, happened, actor_id, refund.decision_note)
    db.session.flush()


def _approve(
    refund: Refund, order: Order, restock: Mapping[int, bool], actor_id: int | None, note: str
) -> None:
    if _waits_for_money(order):
        raise Conflict("refunds.unpaid")
    _decide(refund, "approve", actor_id, note)
    unshipped = order.state is OrderState.RELEASED
    lines = {line.id: line for line in _locked_lines(order.id)}
    parts = db.session.scalars(
        select(RefundLine).where(RefundLine.refund_id == refund.id).order_by(RefundLine.line_id)
    ).all()
    for part in parts:
        line = lines[part.line_id]
        in_house = line.units - line.shipped_units - line.refunded_units >= part.units
        part.restock = unshipped or in_house or bool(restock.get(part.line_id, False))
        part.goods_fen = LinePart(
            line.net_fen, line.fee_fen, line.units, line.refunded_units, part.units
        ).goods_fen
    back = {part.line_id: part.units for part in parts}
    everything = all(line.refunded_units + back.get(line.id, 0) == line.units for line in lines.values())
    refund.goods_fen = sum(part.goods_fen for part in parts)
    refund.freight_fen = order.freight_fen if unshipped and everything else 0
    refund.amount_fen = refund.goods_fen + refund.freight_fen
    db.session.flush()
    payment = _take_from_payment(order.id, refund.amount_fen)
    reverse_lines(refund, order, payment.provider, lines, list(parts))
    if unshipped and everything and ORDER.allows(order.state, "cancel"):
        ordering.apply(order.id, "cancel", actor_id, "全部退款")
    _send_money(refund, payment)
    events.publish(RefundApproved(order.id))


def give_back(order: Order, units: Mapping[int, int], reason: str) -> None:
    """Refund {line id: units} of an order nobody asked to: granted at once; for goods a unit has not paid yet, put on
    record until there is money. Part of the caller's transaction, which has locked the order."""
    parts = [RefundLine(line_id=line_id, units=each, goods_fen=0) for line_id, each in sorted(units.items())]
    refund = _add_refund(order, RefundKind.REFUND_ONLY, reason, 0, parts, None)
    if not _waits_for_money(order):
        _approve(refund, order, {}, None, reason)


def _waits_for_money(order: Order) -> bool:
    """What a unit claims of goods it has not paid yet is on record, and answered when there is money to give back."""
    return order.pays_later and order.paid_at is None


def start_answer_time(event: OrderPaid) -> None:
    """Subscriber: the supplier's time to answer begins when the money is there."""
    db.session.execute(
        update(Refund)
        .where(Refund.order_id == event.order_id, Refund.state == RefundState.REQUESTED)
        .values(answer_due_at=clock.now() + timedelta(hours=ANSWER_HOURS.get()))
    )


def _take_from_payment(order_id: int, fen: int) -> Payment:
    """I5, in the statement itself: never more back than was kept."""
    taken = db.session.execute(
        update(Payment)
        .where(Payment.order_id == order_id, Payment.refunded_fen + fen <= Payment.captured_fen)
        .values(refunded_fen=Payment.refunded_fen + fen)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("refunds.more_than_paid")
    return db.session.scalars(
        select(Payment).where(Payment.order_id == order_id).execution_options(populate_existing=True)
    ).one()


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
        _finish(_locked_refund(event.refund_id)[0])


def _finish(refund: Refund) -> None:
    refund.state = REFUND.next(REFUND.next(refund.state, "send"), "finish")
    refund.done_at = clock.now()
    audit.record(None, "refund.finish", "refund", refund.id, {"fen": refund.amount_fen})
    ordering.add_event(refund.order_id, "refund_done", None, refund.number)
    db.session.flush()


@transactional
def cancel_order(buyer: Buyer, order_number: str, reason: str) -> None:
    """Cancel before the first parcel: what is unpaid is freed, what is paid goes back whole.

    Raises NotFound for somebody else's order, Conflict ``refunds.too_late_to_cancel`` once something was shipped.
    """
    order = require_buyers_order(buyer, order_number)
    _cancel(order.id, buyer.user_id, reason.strip() or "买家取消")


@transactional
def cancel_by_supplier(actor: Actor, order_id: int, reason: str) -> None:
    """The supplier can't deliver. Raises NotFound, Conflict as ``cancel_order``, InvalidInput without a reason."""
    supplier_id = db.session.scalar(select(Order.supplier_id).where(Order.id == order_id))
    if supplier_id is None or not actor.acts_for_supplier(supplier_id):
        raise NotFound
    if not reason.strip():
        raise InvalidInput("refunds.cancel_reason", field="reason")
    _cancel(order_id, actor.user_id, reason.strip())


def _cancel(order_id: int, actor_id: int | None, reason: str) -> None:
    order = locked_order(order_id)
    if order.state is OrderState.PLACED:
        release_unpaid(order_id, actor_id, reason)
        return
    if not ORDER.allows(order.state, "cancel"):
        raise Conflict("refunds.too_late_to_cancel")
    for open_refund in db.session.scalars(
        select(Refund).where(Refund.order_id == order_id, Refund.state == RefundState.REQUESTED)
    ).all():
        _decide(open_refund, "reject", actor_id, "订单整单取消，一并处理")
    if _waits_for_money(order):
        cancel_on_credit(order_id, actor_id, reason)
        return
    parts = [
        RefundLine(line_id=line.id, units=line.units - line.refunded_units, goods_fen=0)
        for line in _locked_lines(order_id)
        if line.units > line.refunded_units
    ]
    refund = _add_refund(order, RefundKind.CANCELLATION, reason, 0, parts, actor_id)
    _approve(refund, order, {}, actor_id, reason)


@transactional
def _grant(refund_id: int) -> bool:
    refund, order = _locked_refund(refund_id)
    if refund.state is not RefundState.REQUESTED or _waits_for_money(order):
        return False
    _approve(refund, order, {}, None, "供应商没有在期限内答复，自动同意")
    return True


def grant_overdue(limit: int = 200) -> int:
    """Job: what was a right and stayed unanswered is granted; the goods count as not sellable. Returns how many."""
    due = db.session.scalars(
        select(Refund.id)
        .join(Order, Order.id == Refund.order_id)
        .where(
            Refund.state == RefundState.REQUESTED,
            Refund.needs_consent.is_(False),
            Refund.answer_due_at <= clock.now(),
            or_(Order.pays_later.is_(False), Order.paid_at.is_not(None)),
        )
        .order_by(Refund.answer_due_at)
        .limit(limit)
    ).all()
    return sum(_grant(refund_id) for refund_id in due)
