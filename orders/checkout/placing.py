"""What placing writes, whoever confirmed it: a checkout, an order per supplier, the stock they take, what their lines
freeze, the payments they open. One transaction, the caller's."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from catalog.stock import commands as stock
from catalog.stock import rules as stock_rules
from certification.linkage.queries import household_villages, lots, terms_in_force
from certification.linkage.rules import IncomeShare, LinkageMode, SaleTerms
from marketplace.kernel.errors import Conflict
from marketplace.kernel.transaction import transactional
from orders.cart.channel import open_outlets_of
from orders.checkout.freezing import freeze_line, place_shares, split_line
from orders.checkout.limits import check_limits
from orders.checkout.queries import Quote
from orders.coupons.commands import take
from orders.coupons.queries import holder_of
from orders.ordering import commands as ordering
from orders.ordering.commands import NewCheckout, NewLine, NewOrder, NewShare
from orders.ordering.parameters import OUTLET_COMMISSION_BP
from orders.payments.commands import Due, open_payments
from orders.payments.sessions import Session, session_of_new_orders


@dataclass(frozen=True)
class Placed:
    """``order_ids`` in the order of the quote's suppliers; ``session``: of what is paid online at once."""

    checkout_id: int
    order_ids: list[int]
    session: Session | None


@transactional
def place_quote(
    quote: Quote, checkout: NewCheckout, remarks: Mapping[int, str], *, is_paid_at_once: bool = False
) -> Placed:
    """Place a quote as it stands. ``remarks`` by supplier.

    Raises Conflict ``checkout.placed_already`` where the key has a checkout, ``stock.sold_out``, ``stock.too_few`` or
    ``checkout.over_limit``, ``checkout.changed`` where an agreement ended between two questions, ``visits.by_date``
    where a visit lies among goods.
    """
    if any(line.sku.is_visit for line in quote.lines) is not (checkout.visit is not None):
        raise Conflict("visits.by_date")
    checkout_id = ordering.insert_checkout(checkout, quote.total_fen)
    if checkout_id is None:
        raise Conflict("checkout.placed_already")
    channels = open_outlets_of({line.channel_code for line in quote.lines})
    orders = [
        NewOrder(
            s.supplier_id,
            s.goods_fen,
            s.freight_fen,
            remarks.get(s.supplier_id, ""),
            _last_channel([line.channel_code for line in s.lines], channels),
            s.discount_fen + s.subsidy_fen,
            s.subsidy_bearer,
            s.ship_by,
        )
        for s in quote.suppliers
    ]
    order_ids = ordering.insert_orders(checkout_id, checkout, orders)
    commissioned = {
        order.supplier_id for order in orders if ordering.commission_outlet_of(checkout, order) is not None
    }
    order_of = {s.supplier_id: order_id for s, order_id in zip(quote.suppliers, order_ids, strict=True)}
    taken = stock.reserve(
        {line.sku.sku_id: line.units for line in quote.lines},
        {line.sku.sku_id: order_of[line.sku.supplier_id] for line in quote.lines},
    )
    check_limits(quote.lines, checkout.buyer_key)
    _write_lines(quote, order_of, taken, commissioned)
    dues = [Due(order_of[s.supplier_id], s.supplier_id, s.total_fen) for s in quote.suppliers]
    session = session_of_new_orders(checkout_id, dues, checkout.reserved_until) if is_paid_at_once else None
    open_payments(dues, checkout.payment_method, session.id if session else None)
    # last, for a shared coupon's row is one that many buyers touch
    for coupon_id, parts in sorted(quote.used.items()):
        holder = holder_of(checkout.user_id, checkout.deliver_to.mobile)
        take(coupon_id, holder, checkout_id, {order_of[whose]: fen for whose, fen in parts.items()})
    return Placed(checkout_id, list(order_ids), session)


def _write_lines(
    quote: Quote,
    order_of: Mapping[int, int],
    taken: Mapping[int, list[stock_rules.Taken]],
    commissioned: Collection[int],
) -> None:
    products = {line.sku.product_id for line in quote.lines}
    terms = terms_in_force(products)
    if products - terms.keys():  # an agreement ended between the two questions
        raise Conflict("checkout.changed")
    lot_facts = lots({take.lot_id for takes in taken.values() for take in takes if take.lot_id is not None})
    villages = household_villages(
        {member.household_id for agreed in terms.values() if _is_shared(agreed) for member in agreed.members}
    )
    commission_bp = OUTLET_COMMISSION_BP.get() if commissioned else 0
    new_lines: list[NewLine] = []
    new_shares: list[list[NewShare]] = []
    booked: Counter[int] = Counter()
    for supplier, line in ((s, line) for s in quote.suppliers for line in s.lines):
        takes, agreed = taken[line.sku.sku_id], terms[line.sku.product_id]
        shares, fee_fen = split_line(line, agreed, takes, lot_facts, quote.fee_bp, supplier.net_of(line))
        new = freeze_line(
            line,
            order_of[supplier.supplier_id],
            agreed,
            shares,
            fee_fen,
            supplier.taken_of(line),
            commission_bp if supplier.supplier_id in commissioned else 0,
        )
        new_lines.append(new)
        new_shares.append(place_shares(shares, lot_facts, villages))
        booked.update(_booked(takes, shares))
    ordering.insert_lines(new_lines, [taken[line.sku.sku_id] for line in quote.lines], new_shares)
    stock.book_incomes(booked)


def _booked(takes: Sequence[stock_rules.Taken], shares: Sequence[IncomeShare]) -> Counter[int]:
    """Fen that come from a lot, by the stock row it lies in."""
    row_of_lot = {take.lot_id: take.stock_row_id for take in takes}
    booked: Counter[int] = Counter()
    for share in shares:
        if share.lot_id is not None:
            booked[row_of_lot[share.lot_id]] += share.fen
    return booked


def _last_channel(codes: Sequence[str], outlet_of: Mapping[str, int]) -> int | None:
    """Where the goods of an order came by several outlets, the last one brought the buyer."""
    return next((outlet_of[code] for code in reversed(codes) if code in outlet_of), None)


def _is_shared(terms: SaleTerms) -> bool:
    """Whether a household gets something that comes from no lot."""
    return any(term.mode is not LinkageMode.PURCHASE for term in terms.terms)
