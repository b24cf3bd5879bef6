"""Placing: one click, one confirmation, one transaction.

Everything the buyer confirmed is read again under the lock; what changed since is told and nothing is placed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.stock import commands as stock
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput
from marketplace.kernel.money import MAX_FEN
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import province_code_of
from orders.cart.commands import remove_from_cart
from orders.cart.queries import CartOwner
from orders.checkout.coupons import confirmed
from orders.checkout.pickup import check_destination
from orders.checkout.placing import place_quote
from orders.checkout.queries import Quote, build_quote, find_placed, lines_beside_cart, quote_of
from orders.checkout.rules import reserved_until
from orders.coupons.queries import holder_of
from orders.invoices.commands import add_requests
from orders.invoices.rules import Title
from orders.ordering.commands import DeliverTo, NewCheckout, Visit
from orders.ordering.parameters import RESERVE_MINUTES_ONLINE, RESERVE_WORKDAYS_TRANSFER
from orders.ordering.rules import PaymentMethod
from orders.payments.sessions import Session


@dataclass(frozen=True, slots=True)
class Wish:
    """What the buyer confirmed. ``digest`` names what was shown, ``key`` the form it was shown in.

    ``placed_outlet_id`` is the outlet that orders for a villager, ``placed_by`` its operator; the desk has checked that
    it may. ``units`` by SKU is
    bought instead of what is chosen in the cart, which is then left alone.
    """

    key: str
    digest: str
    deliver_to: DeliverTo
    method: PaymentMethod
    remarks: Mapping[int, str] = field(default_factory=dict)
    agrees_fresh: bool = False
    placed_outlet_id: int | None = None
    placed_by: int | None = None
    units: Mapping[int, int] | None = None
    #: the coupons that were shown as used, and the code one of them was found by
    coupons: tuple[int, ...] = ()
    coupon_code: str = ""
    #: whom the invoices are for, where one is wanted
    invoice: Title | None = None
    #: a visit is booked by itself, beside the cart: nothing is sent
    visit: Visit | None = None


@dataclass(frozen=True)
class ToPay:
    """A checkout. ``session``: what was written down for it to be paid online, as it was placed; ``is_new``: by this
    very command."""

    checkout_id: int
    token: str
    session: Session | None = None
    is_new: bool = True


def place(owner: CartOwner, wish: Wish) -> str:
    """``place_to_pay`` for those who don't lead the buyer on to the provider; the checkout's token."""
    return _place_once(owner, wish, is_paid_at_once=False).token


def place_to_pay(owner: CartOwner, wish: Wish) -> ToPay:
    """Place the chosen lines of a cart. The same key always gives the same checkout.

    Raises Conflict ``checkout.changed``, ``checkout.empty``, ``stock.sold_out``, ``stock.too_few`` or
    ``checkout.over_limit`` when it must be confirmed again, InvalidInput at ``region`` (not delivered
    there) or ``agree_fresh``.
    """
    return _place_once(owner, wish, is_paid_at_once=wish.method is PaymentMethod.ONLINE)


def _place_once(owner: CartOwner, wish: Wish, *, is_paid_at_once: bool) -> ToPay:
    # the race test's control decides on what it saw before the lock, as a shop without guards does
    seen = None if stock.GUARD.is_on else quote_for(owner, wish)
    try:
        return _place(owner, wish, seen, is_paid_at_once=is_paid_at_once)
    except DomainError:
        # the cart is empty or changed because this very form was placed a moment ago
        placed = find_placed(owner, wish.key)
        if placed is None:
            raise
        return ToPay(placed.id, placed.token, is_new=False)


def quote_for(owner: CartOwner, wish: Wish, *, lock: bool = False) -> Quote:
    """What this wish would cost now."""
    province = province_code_of(wish.deliver_to.street_code) if wish.visit is None else None
    if wish.units is not None:
        quote = quote_of(lines_beside_cart(wish.units), province)
    else:
        quote = build_quote(owner, province, lock=lock)
    if not wish.coupons:
        return quote
    return confirmed(quote, wish.coupons, holder_of(owner.user_id, wish.deliver_to.mobile), wish.coupon_code)


@transactional
def _place(owner: CartOwner, wish: Wish, seen: Quote | None, *, is_paid_at_once: bool) -> ToPay:
    quote = seen or quote_for(owner, wish, lock=True)
    _check(quote, wish)
    check_destination(wish.deliver_to)
    until = reserved_until(
        clock.now(), wish.method, RESERVE_MINUTES_ONLINE.get(), RESERVE_WORKDAYS_TRANSFER.get()
    )
    checkout = NewCheckout(
        token=new_token(),
        idempotency_key=wish.key,
        user_id=owner.user_id,
        payment_method=wish.method,
        deliver_to=wish.deliver_to,
        reserved_until=min(until, wish.visit.begins_at) if wish.visit else until,
        placed_outlet_id=wish.placed_outlet_id,
        buyer_key=holder_of(owner.user_id, wish.deliver_to.mobile),
        visit=wish.visit,
    )
    placed = place_quote(quote, checkout, wish.remarks, is_paid_at_once=is_paid_at_once)
    if wish.invoice is not None:
        add_requests(placed.order_ids, wish.invoice, owner.user_id)
    if wish.placed_outlet_id is not None:
        audit.record(
            wish.placed_by,
            "checkout.place_for_villager",
            "outlet",
            wish.placed_outlet_id,
            {"orders": placed.order_ids},
        )
    if wish.units is None:
        remove_from_cart(owner, [line.sku.sku_id for line in quote.lines])
    return ToPay(placed.checkout_id, checkout.token, placed.session)


def _check(quote: Quote, wish: Wish) -> None:
    if not quote.lines:
        sold_out = next((line for line in quote.left_out if line.sku.available <= 0), None)
        if sold_out is not None:
            raise Conflict("checkout.sold_out", title=sold_out.sku.title)
        raise Conflict("checkout.gone" if quote.left_out else "checkout.empty")
    if quote.total_fen > MAX_FEN:
        raise Conflict("checkout.too_much", limit_fen=MAX_FEN)
    if quote.excluded:
        names = "、".join(supplier.supplier_name for supplier in quote.excluded)
        raise InvalidInput("checkout.excluded", field="region", suppliers=names)
    if quote.fresh_lines and not wish.agrees_fresh:
        raise InvalidInput("checkout.agree_fresh", field="agree_fresh")
    if quote.digest != wish.digest:
        raise Conflict("checkout.changed")
