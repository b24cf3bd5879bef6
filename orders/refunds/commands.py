"""Refunds by line and quantity: asking, answering, cancelling. What follows an answer is in its neighbours: goods that
travel back in ``returning``, the platform's word in ``arbitration``, silence in ``timers``."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select, update

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Upload, store_picture
from marketplace.kernel.transaction import transactional
from orders.ordering import commands as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.capture import locked_order
from orders.payments.commands import release_unpaid
from orders.payments.credit import cancel_on_credit
from orders.payments.events import OrderPaid
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer
from orders.refunds.granting import (
    add_refund,
    answer,
    check_suppliers_turn,
    grant,
    is_disputed,
    locked_lines,
    locked_refund,
    step,
    waits_for_money,
)
from orders.refunds.models import Refund, RefundLine, RefundPhoto
from orders.refunds.parameters import ANSWER_HOURS, CONSENT_DAYS
from orders.refunds.queries import pending_units
from orders.refunds.reversal import part_of
from orders.refunds.rules import (
    FAULTS,
    REFUNDABLE,
    RefundCause,
    RefundKind,
    Window,
    left_to_ship,
    window_of,
)
from orders.refunds.workflow import OPEN, RefundState

MOST_PHOTOS = 6


@transactional
def request_refund(
    buyer: Buyer,
    order_number: str,
    kind: RefundKind,
    lines: Mapping[int, int],
    reason: str,
    photos: Sequence[Upload] = (),
    cause: RefundCause = RefundCause.OTHER,
) -> int:
    """A buyer asks for money back for ``lines`` {line id: units}. Returns the refund's id.

    Raises NotFound for somebody else's order, InvalidInput for lines or units that are not there to be refunded,
    Conflict when the order is unpaid or its time is over.
    """
    order = locked_order(require_buyers_order(buyer, order_number).id)
    said = _check_may_ask(order, kind, reason)
    wanted = {line_id: units for line_id, units in lines.items() if units != 0}
    own = {line.id: line for line in locked_lines(order.id)}
    if not wanted or any(units < 0 for units in wanted.values()) or not wanted.keys() <= own.keys():
        raise InvalidInput("refunds.no_units", field="lines")
    if len(photos) > MOST_PHOTOS:
        raise InvalidInput("refunds.too_many_photos", field="photos", most=MOST_PHOTOS)
    pending = pending_units(order.id)
    needs_consent = False
    parts: list[RefundLine] = []
    for line_id, units in sorted(wanted.items()):
        line = own[line_id]
        before = line.refunded_units + pending.get(line_id, 0)
        check_units(line, before, units)
        if kind is RefundKind.RETURN_AND_REFUND:
            _check_is_there(line)
        needs_consent = _needs_consent(order, line, cause) or needs_consent
        parts.append(
            RefundLine(line_id=line_id, units=units, goods_fen=part_of(line, before, units).goods_fen)
        )
    goods_fen = sum(part.goods_fen for part in parts)
    refund = add_refund(order, kind, said, goods_fen, parts, buyer.user_id, cause)
    refund.needs_consent = needs_consent
    for photo in photos:
        stored = store_picture(photo, buyer.user_id, public=False)
        db.session.flush()
        db.session.add(RefundPhoto(refund_id=refund.id, media_id=stored.id))
    ordering.add_event(order.id, "refund_requested", buyer.user_id, refund.number)
    audit.record(buyer.user_id, "refund.request", "refund", refund.id, {"fen": goods_fen}, reason)
    return refund.id


def _check_may_ask(order: Order, kind: RefundKind, reason: str) -> str:
    """The reason without blanks around it. Raises Conflict, InvalidInput at ``reason``."""
    if kind is RefundKind.CANCELLATION or order.state not in REFUNDABLE:
        raise Conflict("refunds.not_now")
    # a visit to come is moved or cancelled as agreed; of one that was made nothing can be sent back
    if order.visit_on is not None and (
        order.state is OrderState.RELEASED or kind is RefundKind.RETURN_AND_REFUND
    ):
        raise Conflict("refunds.not_now")
    if is_disputed(order.id):
        raise Conflict("refunds.disputed_order")
    said = " ".join(reason.split())
    if len(said) < 2:
        raise InvalidInput("refunds.reason", field="reason")
    return said


def check_units(line: OrderLine, before: int, units: int) -> None:
    """Raises InvalidInput when ``before`` units asked for or given back leave fewer than ``units`` of the line."""
    if before >= line.units:
        raise InvalidInput("refunds.asked_already", field="lines", title=line.title)
    if units > line.units - before:
        raise InvalidInput("refunds.too_many", field="lines", title=line.title, left=line.units - before)


def _check_is_there(line: OrderLine) -> None:
    """Only what has arrived whole can be sent back: of what is still to come the money alone goes back."""
    if line.shipped_units == 0:
        raise InvalidInput("refunds.nothing_to_return", field="kind")
    if left_to_ship(line.units, line.shipped_units, line.refunded_units):
        raise InvalidInput("refunds.still_coming", field="kind", title=line.title)


def _needs_consent(order: Order, line: OrderLine, cause: RefundCause) -> bool:
    """Late, or fresh goods for which the seller does not answer: agreed before paying. Raises Conflict when over."""
    window = window_of(order.received_at, line.after_sales_hours, CONSENT_DAYS.get(), clock.now())
    if window is Window.CLOSED:
        raise Conflict("refunds.too_late")
    return window is Window.CONSENT or (cause not in FAULTS and line.is_fresh and line.shipped_units > 0)


@transactional
def decide_refund(
    actor: Actor, refund_id: int, *, approve: bool, restock: Mapping[int, bool], note: str
) -> None:
    """The supplier's answer; ``restock`` {line id: goods are sellable again}, spoiled where it says nothing.

    Raises NotFound for another supplier's refund, InvalidInput for a refusal without a reason, IllegalTransition when
    it is decided.
    """
    refund, order = locked_refund(refund_id)
    if not actor.acts_for_supplier(order.supplier_id):
        raise NotFound
    check_suppliers_turn(refund)
    if approve:
        grant(refund, order, restock, actor.user_id, note)
        return
    if not note.strip():
        raise InvalidInput("refunds.refusal_reason", field="note")
    answer(refund, "reject", actor.user_id, note)


def give_back(order: Order, units: Mapping[int, int], reason: str) -> None:
    """Refund {line id: units} of an order nobody asked to: granted at once; for goods a unit has not paid yet, put on
    record until there is money. Part of the caller's transaction, which has locked the order."""
    parts = [RefundLine(line_id=line_id, units=each, goods_fen=0) for line_id, each in sorted(units.items())]
    refund = add_refund(order, RefundKind.REFUND_ONLY, reason, 0, parts, None)
    if not waits_for_money(order):
        grant(refund, order, {}, None, reason)


def start_answer_time(event: OrderPaid) -> None:
    """Subscriber: the supplier's time to answer begins when the money is there. Only what is paid later can have been
    asked back before."""
    if not event.pays_later:
        return
    db.session.execute(
        update(Refund)
        .where(Refund.order_id == event.order_id, Refund.state == RefundState.REQUESTED)
        .values(answer_due_at=clock.now() + timedelta(hours=ANSWER_HOURS.get()))
    )


@transactional
def cancel_order(buyer: Buyer, order_number: str, reason: str) -> bool:
    """Cancel before the first parcel: what is unpaid is freed, what is paid goes back whole, and then it is True.

    Raises NotFound for somebody else's order, Conflict ``refunds.too_late_to_cancel`` once something was shipped,
    ``refunds.cancelled_already``, ``visits.too_late`` for a paid visit whose free hours are over, as was agreed before
    paying.
    """
    order = locked_order(require_buyers_order(buyer, order_number).id)
    is_over = order.free_until is not None and order.free_until <= clock.now()
    if is_over and order.state is OrderState.RELEASED:
        raise Conflict("visits.too_late")
    is_paid = order.paid_at is not None
    _cancel(order.id, buyer.user_id, reason.strip() or "买家取消")
    return is_paid


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
    if order.state is OrderState.CANCELLED:
        raise Conflict("refunds.cancelled_already")
    if not ORDER.allows(order.state, "cancel"):
        raise Conflict("refunds.too_late_to_cancel")
    for open_refund in db.session.scalars(
        select(Refund).where(Refund.order_id == order_id, Refund.state.in_(OPEN))
    ).all():
        step(open_refund, "withdraw", actor_id, "订单整单取消，一并处理")
    if waits_for_money(order):
        cancel_on_credit(order_id, actor_id, reason)
        return
    parts = [
        RefundLine(line_id=line.id, units=line.units - line.refunded_units, goods_fen=0)
        for line in locked_lines(order_id)
        if line.units > line.refunded_units
    ]
    refund = add_refund(order, RefundKind.CANCELLATION, reason, 0, parts, actor_id)
    grant(refund, order, {}, actor_id, reason)
