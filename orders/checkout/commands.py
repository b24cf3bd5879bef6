"""Placing: one click, one confirmation, one transaction.

Everything the buyer confirmed is read again under the lock; what changed since is told and nothing is placed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.stock import commands as stock
from catalog.stock.rules import Taken
from certification.linkage.queries import household_villages, lots, terms_in_force
from certification.linkage.rules import SaleTerms
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput
from marketplace.kernel.money import MAX_FEN
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import province_code_of
from orders.cart.commands import remove_from_cart
from orders.cart.queries import CartOwner
from orders.checkout.freezing import freeze_line, place_shares, split_line
from orders.checkout.queries import Quote, build_quote, find_placed
from orders.checkout.rules import reserved_until
from orders.ordering import commands as ordering
from orders.ordering.commands import DeliverTo, NewCheckout, NewLine, NewOrder, NewShare
from orders.ordering.parameters import RESERVE_MINUTES_ONLINE, RESERVE_WORKDAYS_TRANSFER
from orders.ordering.rules import PaymentMethod
from orders.payments.commands import open_payments


@dataclass(frozen=True, slots=True)
class Wish:
    """What the buyer confirmed. ``digest`` names what was shown, ``key`` the form it was shown in.

    ``placed_outlet_id`` is the outlet that orders for a villager; its desk has checked that it may.
    """

    key: str
    digest: str
    deliver_to: DeliverTo
    method: PaymentMethod
    remarks: Mapping[int, str] = field(default_factory=dict)
    agrees_fresh: bool = False
    placed_outlet_id: int | None = None


def place(owner: CartOwner, wish: Wish) -> str:
    """Place the chosen lines of a cart; returns the checkout's token. The same key always gives the same checkout.

    Raises Conflict ``checkout.changed``, ``checkout.empty``, ``stock.sold_out`` or ``stock.too_few`` when it must be
    confirmed again, InvalidInput at ``region`` (not delivered there) or ``agree_fresh``.
    """
    # the race test's control decides on what it saw before the lock, as a shop without guards does
    seen = None if stock.GUARD.is_on else build_quote(owner, _province(wish))
    try:
        return _place(owner, wish, seen)
    except DomainError:
        # the cart is empty or changed because this very form was placed a moment ago
        placed = find_placed(owner, wish.key)
        if placed is None:
            raise
        return placed.token


def _province(wish: Wish) -> str:
    return province_code_of(wish.deliver_to.street_code)


@transactional
def _place(owner: CartOwner, wish: Wish, seen: Quote | None) -> str:
    quote = seen or build_quote(owner, _province(wish), lock=True)
    _check(quote, wish)
    checkout = NewCheckout(
        token=new_token(),
        idempotency_key=wish.key,
        user_id=owner.user_id,
        payment_method=wish.method,
        deliver_to=wish.deliver_to,
        reserved_until=reserved_until(
            clock.now(), wish.method, RESERVE_MINUTES_ONLINE.get(), RESERVE_WORKDAYS_TRANSFER.get()
        ),
        placed_outlet_id=wish.placed_outlet_id,
    )
    checkout_id = ordering.insert_checkout(checkout, quote.total_fen)
    if checkout_id is None:
        raise Conflict("checkout.placed_already")
    order_ids = ordering.insert_orders(
        checkout_id,
        checkout,
        [
            NewOrder(s.supplier_id, s.goods_fen, s.freight_fen, wish.remarks.get(s.supplier_id, ""))
            for s in quote.suppliers
        ],
    )
    order_of = {s.supplier_id: order_id for s, order_id in zip(quote.suppliers, order_ids, strict=True)}
    taken = stock.reserve(
        {line.sku.sku_id: line.units for line in quote.lines},
        {line.sku.sku_id: order_of[line.sku.supplier_id] for line in quote.lines},
    )
    _write_lines(quote, order_of, taken)
    open_payments({order_of[s.supplier_id]: s.total_fen for s in quote.suppliers}, wish.method)
    remove_from_cart(owner, [line.sku.sku_id for line in quote.lines])
    return checkout.token


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


def _write_lines(quote: Quote, order_of: Mapping[int, int], taken: Mapping[int, list[Taken]]) -> None:
    products = {line.sku.product_id for line in quote.lines}
    terms = terms_in_force(products)
    if products - terms.keys():  # an agreement ended between the two questions
        raise Conflict("checkout.changed")
    lot_facts = lots({take.lot_id for takes in taken.values() for take in takes if take.lot_id is not None})
    members = {
        member.household_id
        for line in quote.lines
        for member in terms[line.sku.product_id].members
        if _is_shared(terms[line.sku.product_id])
    }
    villages = household_villages(members)
    new_lines: list[NewLine] = []
    new_shares: list[list[NewShare]] = []
    booked: dict[int, int] = {}
    for line in quote.lines:
        takes = taken[line.sku.sku_id]
        agreed = terms[line.sku.product_id]
        shares, fee_fen = split_line(line, agreed, takes, lot_facts, quote.fee_bp)
        new = freeze_line(line, order_of[line.sku.supplier_id], agreed, shares, fee_fen)
        new_lines.append(new)
        new_shares.append(place_shares(shares, lot_facts, villages))
        row_of_lot = {take.lot_id: take.stock_row_id for take in takes}
        for share in shares:
            if share.lot_id is not None:
                row = row_of_lot[share.lot_id]
                booked[row] = booked.get(row, 0) + share.fen
    ordering.insert_lines(new_lines, [taken[line.sku.sku_id] for line in quote.lines], new_shares)
    stock.book_incomes(booked)


def _is_shared(terms: SaleTerms) -> bool:
    """Whether a household gets something that comes from no lot."""
    return any(term.mode != "purchase" for term in terms.terms)
