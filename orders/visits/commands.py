"""Booking, moving and redeeming visits. Paying, cancelling and after-sales are those of every order."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from catalog.products.queries import get_skus_for_sale
from catalog.stock import commands as stock
from catalog.visits.queries import DatedVisit, find_dated
from catalog.visits.rules import name_of
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Supplier
from marketplace.regions.rules import town_code_of
from orders.checkout.commands import Wish
from orders.fulfilment.commands import mark_received
from orders.ordering import commands as ordering
from orders.ordering.commands import DeliverTo, Visit
from orders.ordering.models import LineAllocation, Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.capture import locked_order
from orders.payments.events import OrderPaid
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer
from orders.visits.models import Booking
from orders.visits.parameters import CODE_TRIES, CODE_TRY_MINUTES, LAPSE_DAYS
from orders.visits.rules import clean_code, is_movable, last_lapsed_day, moved_until

_WRONG = "visit.wrong_code"


def visit_of(dated: DatedVisit, units: int) -> Visit:
    """What an order of a visit freezes. Raises InvalidInput ``visits.units`` for more than are sold at once, Conflict
    ``visits.over`` for one that has begun."""
    if not 1 <= units <= dated.offer.most_units:
        raise InvalidInput("visits.units", field="units", most=dated.offer.most_units)
    if dated.begins_at <= clock.now():
        raise Conflict("visits.over", field="units")
    return Visit(dated.on, dated.begins_at, dated.free_until)


def wish_of(
    sku_id: int,
    units: int,
    *,
    recipient: str,
    mobile: str,
    method: PaymentMethod,
    key: str,
    digest: str = "",
    coupons: tuple[int, ...] = (),
    coupon_code: str = "",
) -> Wish:
    """What booking a date is placed with. The order's address is the place: nothing is sent, no freight is asked.

    Raises NotFound for what is no date, and as ``visit_of``.
    """
    dated = find_dated(sku_id)
    sku = get_skus_for_sale([sku_id]).get(sku_id)
    if dated is None or sku is None:
        raise NotFound
    return Wish(
        key,
        digest,
        DeliverTo(recipient, mobile, town_code_of(sku.origin_code), dated.offer.address),
        method,
        units={sku_id: units},
        coupons=coupons,
        coupon_code=coupon_code,
        visit=visit_of(dated, units),
    )


def check_agreed(wish: Wish, agreed_until: datetime | None) -> None:
    """The hours an order keeps are those its buyer has read. Raises Conflict ``visits.terms_changed`` where the host
    has changed them since."""
    if wish.visit is not None and wish.visit.free_until != agreed_until:
        raise Conflict("visits.terms_changed")


def give_code(event: OrderPaid) -> None:
    """Subscriber: a visit that is paid gets its code."""
    order = db.session.get_one(Order, event.order_id)
    if order.visit_on is None:
        return
    # new codes of one supplier are chosen one after the other
    db.session.execute(select(Supplier.id).where(Supplier.id == order.supplier_id).with_for_update())
    code = _new_code(order.supplier_id)
    db.session.add(
        Booking(
            order_id=order.id,
            supplier_id=order.supplier_id,
            code=code,
            code_digest=digest_of(order.supplier_id, code),
            made_at=clock.now(),
        )
    )
    db.session.flush()


def digest_of(supplier_id: int, code: str) -> str:
    return crypto.lookup_digest("visit", f"{supplier_id}:{code}")


def _new_code(supplier_id: int) -> str:
    """Eight digits nobody else of this supplier has."""
    while True:
        code = f"{secrets.randbelow(10**8):08d}"
        taken = select(Booking.id).where(
            Booking.supplier_id == supplier_id, Booking.code_digest == digest_of(supplier_id, code)
        )
        if db.session.scalar(taken) is None:
            return code


@transactional
def move(buyer: Buyer, order_number: str, sku_id: int) -> None:
    """Another day for a paid visit, at the same price: nothing is paid and nothing goes back.

    Raises NotFound for somebody else's order, InvalidInput ``visits.no_day`` for no date of its listing, Conflict
    ``visits.too_late`` when the free hours are over, ``visits.same_day``, ``visits.other_price``, ``cart.off_sale``,
    ``stock.sold_out``.
    """
    order = locked_order(require_buyers_order(buyer, order_number).id)
    if order.visit_on is None or order.free_until is None:
        raise NotFound
    if not is_movable(order.state, order.free_until, clock.now()):
        raise Conflict("visits.too_late")
    line = db.session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.id).execution_options(populate_existing=True)
    ).one()
    dated = find_dated(sku_id)
    if dated is None or dated.listing_id != line.listing_id:
        raise InvalidInput("visits.no_day", field="sku_id")
    _check_move(line, dated, sku_id)
    _move_stock(order.id, line, sku_id)
    before = order.visit_on
    order.visit_on = dated.on
    order.free_until = moved_until(order.free_until, before, dated.on)
    line.sku_id, line.sku_name = sku_id, name_of(dated.on)
    db.session.flush()
    ordering.add_event(order.id, "visit_moved", buyer.user_id, f"{name_of(before)} → {name_of(dated.on)}")
    days = {"from": before.isoformat(), "to": dated.on.isoformat()}
    audit.record(buyer.user_id, "visit.move", "order", order.id, days)


def _check_move(line: OrderLine, dated: DatedVisit, sku_id: int) -> None:
    if sku_id == line.sku_id:
        raise Conflict("visits.same_day", field="sku_id")
    sku = get_skus_for_sale([sku_id])[sku_id]
    if not sku.on_sale or dated.begins_at <= clock.now():
        raise Conflict("cart.off_sale", field="sku_id")
    if sku.price_fen != line.unit_price_fen:
        raise Conflict("visits.other_price", field="sku_id")


def _move_stock(order_id: int, line: OrderLine, sku_id: int) -> None:
    """The new day's places are taken under the guard of every sale before the old ones come back."""
    taken = stock.reserve({sku_id: line.units}, {sku_id: order_id})[sku_id]
    stock.sell(order_id, [(take.stock_row_id, take.units) for take in taken])
    allocation = db.session.scalars(select(LineAllocation).where(LineAllocation.line_id == line.id)).one()
    stock.unsell(order_id, [(allocation.stock_row_id, line.units)])
    allocation.stock_row_id = taken[0].stock_row_id


def redeem(actor: Actor, supplier_id: int, text: str) -> str:
    """Take a code on site: the buyer has received what was paid. Returns the order's number.

    Raises as ``find_by_code``, Conflict ``visits.redeemed``, ``visits.cancelled`` or ``visits.not_yet`` before its day.
    """
    order_id = find_by_code(actor, supplier_id, text)
    return _redeem(actor.user_id, order_id)


@transactional
def _redeem(user_id: int, order_id: int) -> str:
    order = locked_order(order_id)
    if order.state is not OrderState.RELEASED or order.visit_on is None:
        raise Conflict("visits.cancelled" if order.state is OrderState.CANCELLED else "visits.redeemed")
    if order.visit_on > clock.today():
        raise Conflict("visits.not_yet", day=name_of(order.visit_on))
    db.session.execute(
        update(Booking)
        .where(Booking.order_id == order_id)
        .values(redeemed_at=clock.now(), redeemed_by=user_id)
        .execution_options(synchronize_session=False)
    )
    _receive(order_id, user_id, "到店核销", "redeem")
    audit.record(user_id, "visit.redeem", "order", order_id)
    return order.number


def _receive(order_id: int, actor_id: int | None, note: str, action: str) -> None:
    """A visit that was made is nothing to be put back on the shelf."""
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.order_id == order_id)
        .values(shipped_units=OrderLine.units - OrderLine.refunded_units)
        .execution_options(synchronize_session=False)
    )
    mark_received(order_id, actor_id, note, action)


def find_by_code(actor: Actor, supplier_id: int, text: str) -> int:
    """The order a code belongs to, whatever became of it. Raises NotFound ``visits.unknown_code`` alike for every code
    that is none of this supplier's, and Conflict ``visits.wait`` after too many of them."""
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    order_id = _try_code(actor.user_id, supplier_id, clean_code(text))
    if order_id is None:
        raise NotFound("visits.unknown_code", field="code")
    return order_id


@transactional
def _try_code(user_id: int, supplier_id: int, code: str) -> int | None:
    """One try after the other: tries made at once must not all be counted before the first is noted."""
    db.session.execute(select(Supplier.id).where(Supplier.id == supplier_id).with_for_update())
    if _wrong_tries(user_id, supplier_id) >= CODE_TRIES.get():
        raise Conflict("visits.wait", field="code", minutes=CODE_TRY_MINUTES.get())
    order_id = db.session.scalar(
        select(Booking.order_id).where(
            Booking.supplier_id == supplier_id, Booking.code_digest == digest_of(supplier_id, code)
        )
    )
    if order_id is None:
        audit.record(user_id, _WRONG, "visit_code", supplier_id)
    return order_id


def _wrong_tries(user_id: int, supplier_id: int) -> int:
    since = clock.now() - timedelta(minutes=CODE_TRY_MINUTES.get())
    return (
        db.session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(
                AuditEntry.subject == "visit_code",
                AuditEntry.subject_id == str(supplier_id),
                AuditEntry.actor_id == user_id,
                AuditEntry.at > since,
            )
        )
        or 0
    )


@transactional
def _lapse(order_id: int) -> bool:
    order = locked_order(order_id)
    last = last_lapsed_day(clock.today(), LAPSE_DAYS.get())
    if order.state is not OrderState.RELEASED or order.visit_on is None or order.visit_on > last:
        return False
    _receive(order_id, None, "过了日子没有核销，视为已到店", "lapse")
    return True


def lapse_due(limit: int = 500) -> int:
    """Job: who did not come had the place kept for him, as was agreed before paying. It counts as received: the
    after-sales window begins, for a host who could not take him in. Returns how many."""
    due = db.session.scalars(
        select(Order.id)
        .where(
            Order.state == OrderState.RELEASED,
            Order.visit_on <= last_lapsed_day(clock.today(), LAPSE_DAYS.get()),
        )
        .order_by(Order.visit_on)
        .limit(limit)
    ).all()
    return sum(_lapse(order_id) for order_id in due)
