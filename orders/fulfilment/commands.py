"""Parcels and receipt: shipping in parts, receiving by the buyer or the timer, completing when after-sales is over."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from certification.certificates.queries import stopped_for_food_safety
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.kernel.working_days import add_working_days
from marketplace.parties.models import Supplier
from orders.fulfilment.models import Delivery, DeliveryLine, FreightRule
from orders.fulfilment.parameters import AUTO_RECEIVE_DAYS, PAY_AFTER_ACCEPTANCE_DAYS, UNIT_AUTO_RECEIVE_DAYS
from orders.fulfilment.rules import FreightBasis
from orders.ledger import commands as ledger
from orders.ordering import commands as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.capture import locked_order
from orders.payments.events import OrderPaid
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer
from orders.refunds.granting import RefundApproved, waits_for_money
from orders.refunds.models import Refund
from orders.refunds.queries import has_open_refund, pending_units
from orders.refunds.rules import left_to_ship
from orders.refunds.workflow import OPEN


@transactional
def ship(
    actor: Actor, order_id: int, carrier: str, tracking_number: str, quantities: Mapping[int, int]
) -> int:
    """One parcel with ``quantities`` {line id: units}. Returns the delivery's id.

    Raises NotFound for another supplier's order, Conflict when nothing may be shipped or the parcel is written down
    already, InvalidInput for an empty parcel or more than is left to ship.
    """
    supplier_id = db.session.scalar(select(Order.supplier_id).where(Order.id == order_id))
    if supplier_id is None or not actor.acts_for_supplier(supplier_id):
        raise NotFound
    order = locked_order(order_id)
    if order.visit_on is not None or not ORDER.allows(order.state, "ship_all"):
        raise Conflict("fulfilment.not_now")
    if not carrier.strip() or not tracking_number.strip():
        raise InvalidInput("fulfilment.tracking_missing", field="tracking_number")
    _check_new(order_id, tracking_number)
    wanted = {line_id: units for line_id, units in quantities.items() if units != 0}
    lines = {line.id: line for line in _lines(order_id)}
    if not wanted or any(units < 0 for units in wanted.values()) or not wanted.keys() <= lines.keys():
        raise InvalidInput("fulfilment.empty_parcel", field="quantities")
    if stopped_for_food_safety({lines[line_id].product_id for line_id in wanted}):
        raise Conflict("fulfilment.food_safety")
    _check_claims(order, lines, wanted)
    delivery = Delivery(
        order_id=order_id,
        carrier=carrier.strip()[:30],
        tracking_number=tracking_number.strip()[:40],
        shipped_at=clock.now(),
        shipped_by=actor.user_id,
    )
    db.session.add(delivery)
    db.session.flush()
    for line_id, units in sorted(wanted.items()):
        _ship_line(lines[line_id], units)
        db.session.add(DeliveryLine(delivery_id=delivery.id, line_id=line_id, units=units))
    db.session.flush()
    _step(order_id, actor.user_id, f"{delivery.carrier} {delivery.tracking_number}")
    return delivery.id


def _check_new(order_id: int, tracking_number: str) -> None:
    """A form sent twice, or open in two tabs, would ship goods that are still there. Raises Conflict."""
    written = db.session.scalars(select(Delivery.tracking_number).where(Delivery.order_id == order_id))
    if _plain(tracking_number) in map(_plain, written):
        raise Conflict("fulfilment.same_parcel", field="tracking_number")


def _plain(tracking_number: str) -> str:
    return "".join(tracking_number.split()).upper()[:40]


def _check_claims(order: Order, lines: Mapping[int, OrderLine], wanted: Mapping[int, int]) -> None:
    """What a buyer asks back is not sent after it: a refund takes what is not yet shipped first. Goods a unit pays
    later go on, for its claim is answered only when it has paid. Raises InvalidInput."""
    if waits_for_money(order):
        return
    claimed = pending_units(order.id)
    for line_id, units in wanted.items():
        line = lines[line_id]
        left = left_to_ship(line.units, line.shipped_units, line.refunded_units)
        if claimed.get(line_id) and left - claimed[line_id] < units <= left:
            raise InvalidInput(
                "fulfilment.claimed",
                field="quantities",
                title=line.title,
                left=max(0, left - claimed[line_id]),
            )


def _lines(order_id: int) -> list[OrderLine]:
    return list(
        db.session.scalars(
            select(OrderLine)
            .where(OrderLine.order_id == order_id)
            .order_by(OrderLine.id)
            .execution_options(populate_existing=True)
        )
    )


def _ship_line(line: OrderLine, units: int) -> None:
    shipped = db.session.execute(
        update(OrderLine)
        .where(
            OrderLine.id == line.id,
            OrderLine.shipped_units + OrderLine.refunded_units + units <= OrderLine.units,
        )
        .values(shipped_units=OrderLine.shipped_units + units)
        .execution_options(synchronize_session=False)
    )
    if shipped.rowcount != 1:  # type: ignore[attr-defined]
        left = left_to_ship(line.units, line.shipped_units, line.refunded_units)
        raise InvalidInput("fulfilment.too_many", field="quantities", title=line.title, left=left)


def _step(order_id: int, actor_id: int | None, note: str) -> None:
    """Shipped when nothing is left to ship, partially shipped before."""
    is_all = all(
        left_to_ship(line.units, line.shipped_units, line.refunded_units) == 0 for line in _lines(order_id)
    )
    order = ordering.apply(order_id, "ship_all" if is_all else "ship_part", actor_id, note)
    if is_all:
        days = AUTO_RECEIVE_DAYS if order.purchase_order_id is None else UNIT_AUTO_RECEIVE_DAYS
        order.auto_receive_at = clock.now() + timedelta(days=days.get())
        db.session.flush()


def close_shipping(event: RefundApproved) -> None:
    """Subscriber: a partly shipped order whose remaining units were refunded has nothing left to wait for."""
    order = locked_order(event.order_id)
    if order.state is OrderState.PARTIALLY_SHIPPED and all(
        left_to_ship(line.units, line.shipped_units, line.refunded_units) == 0
        for line in _lines(event.order_id)
    ):
        _step(event.order_id, None, "余下的已退款，不再发货")
        if order.purchase_order_id is not None and not has_open_batch(order.id):
            mark_received(order.id, None, "发出的各批都已验收")


@transactional
def receive(buyer: Buyer, order_number: str) -> None:
    """The buyer has everything. Raises NotFound for somebody else's order, IllegalTransition unless it is shipped,
    Conflict ``fulfilment.accept_batches`` for a unit's, which is accepted batch by batch."""
    order = require_buyers_order(buyer, order_number)
    if order.purchase_order_id is not None:
        raise Conflict("fulfilment.accept_batches")
    mark_received(order.id, buyer.user_id, "买家确认收货")


def mark_received(order_id: int, actor_id: int | None, note: str, action: str = "receive") -> None:
    """Received: the after-sales window begins. A unit has accepted what it got: its order is over once it is paid.
    A visit is received by another ``action``."""
    order = ordering.apply(order_id, action, actor_id, note)
    if order.purchase_order_id is not None:
        _end_acceptance(order, note)
        return
    hours = db.session.scalar(
        select(func.max(OrderLine.after_sales_hours)).where(OrderLine.order_id == order_id)
    )
    order.complete_at = clock.now() + timedelta(hours=hours or 0)
    db.session.flush()


def has_open_batch(order_id: int) -> bool:
    """Whether a parcel of a unit's order waits for its acceptance."""
    return (
        db.session.scalar(
            select(Delivery.id).where(Delivery.order_id == order_id, Delivery.accepted_at.is_(None)).limit(1)
        )
        is not None
    )


def _end_acceptance(order: Order, note: str) -> None:
    """Batches the timer speaks for count as accepted; what is not paid yet gets its day to be paid by."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.order_id == order.id, Delivery.accepted_at.is_(None))
        .values(accepted_at=clock.now(), acceptance_note=note)
    )
    if order.paid_at is None:
        order.pay_due_on = add_working_days(clock.today(), PAY_AFTER_ACCEPTANCE_DAYS.get())
        db.session.flush()
    else:
        _complete_unit_order(order)


def complete_paid(event: OrderPaid) -> None:
    """Subscriber: a unit's order that was accepted before it was paid is over with the money."""
    if not event.pays_later:
        return
    order = locked_order(event.order_id)
    if order.state is OrderState.RECEIVED:
        _complete_unit_order(order)


def _complete_unit_order(order: Order) -> None:
    """At once, unless a claim is open: then the timer completes it when that is answered."""
    order.complete_at = clock.now()
    db.session.flush()
    _complete_due(order.id)


@transactional
def _receive_due(order_id: int) -> bool:
    order = locked_order(order_id)
    if (
        order.state is not OrderState.SHIPPED
        or order.auto_receive_at is None
        or order.auto_receive_at > clock.now()
        or has_open_refund(order_id)
    ):
        return False
    mark_received(order_id, None, "到期自动确认收货")
    return True


def _no_open_refund() -> ColumnElement[bool]:
    return ~(select(Refund.id).where(Refund.order_id == Order.id, Refund.state.in_(OPEN)).exists())


def auto_receive(limit: int = 500) -> int:
    """Job: receive for buyers who said nothing; an open refund request stops the timer. Returns how many."""
    due = db.session.scalars(
        select(Order.id)
        .where(
            Order.state == OrderState.SHIPPED,
            Order.auto_receive_at <= clock.now(),
            _no_open_refund(),
        )
        .order_by(Order.auto_receive_at)
        .limit(limit)
    ).all()
    return sum(_receive_due(order_id) for order_id in due)


@transactional
def _complete_due(order_id: int) -> bool:
    order = locked_order(order_id)
    if (
        order.state is not OrderState.RECEIVED
        or order.complete_at is None
        or order.complete_at > clock.now()
        or has_open_refund(order_id)
    ):
        return False
    ordering.apply(
        order_id, "complete", None, "售后期已过" if order.purchase_order_id is None else "验收并付清"
    )
    ledger.confirm_income(order_id)
    return True


def complete_due(limit: int = 500) -> int:
    """Job: complete what was received and is past its after-sales window, and confirm the households' income.

    Returns how many.
    """
    due = db.session.scalars(
        select(Order.id)
        .where(
            Order.state == OrderState.RECEIVED,
            Order.complete_at <= clock.now(),
            _no_open_refund(),
        )
        .order_by(Order.complete_at)
        .limit(limit)
    ).all()
    return sum(_complete_due(order_id) for order_id in due)


@transactional
def save_freight_rule(
    actor: Actor,
    supplier_id: int,
    province_code: str | None,
    *,
    basis: FreightBasis = FreightBasis.WEIGHT,
    first_size: int,
    first_fen: int,
    next_size: int,
    next_fen: int,
    free_over_fen: int | None,
    is_excluded: bool,
) -> None:
    """Set what a supplier asks to a province (None: everywhere else). Raises NotFound for a foreign supplier."""
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    db.session.execute(select(Supplier.id).where(Supplier.id == supplier_id).with_for_update())
    rule = db.session.scalar(
        select(FreightRule).where(
            FreightRule.supplier_id == supplier_id,
            FreightRule.province_code.is_not_distinct_from(province_code),
        )
    )
    if rule is None:
        rule = FreightRule(supplier_id=supplier_id, province_code=province_code)
        db.session.add(rule)
    rule.basis = basis
    rule.first_size, rule.first_fen = first_size, first_fen
    rule.next_size, rule.next_fen = next_size, next_fen
    rule.free_over_fen, rule.is_excluded = free_over_fen, is_excluded
    db.session.flush()
    audit.record(actor.user_id, "freight_rule.save", "supplier", supplier_id, {"province": province_code})


@transactional
def remove_freight_rule(actor: Actor, supplier_id: int, province_code: str | None) -> None:
    """Raises NotFound."""
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    removed = db.session.execute(
        delete(FreightRule).where(
            FreightRule.supplier_id == supplier_id,
            FreightRule.province_code.is_not_distinct_from(province_code),
        )
    )
    if removed.rowcount == 0:  # type: ignore[attr-defined]
        raise NotFound
    audit.record(actor.user_id, "freight_rule.remove", "supplier", supplier_id, {"province": province_code})
