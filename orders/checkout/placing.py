"""What placing writes, whoever confirmed it: a checkout, an order per supplier, the stock they take, what their lines
freeze, the payments they open. One transaction, the caller's."""

from collections.abc import Mapping, Sequence

from catalog.stock import commands as stock
from catalog.stock.rules import Taken
from certification.linkage.queries import household_villages, lots, terms_in_force
from certification.linkage.rules import LinkageMode, SaleTerms
from marketplace.kernel.errors import Conflict
from marketplace.kernel.transaction import transactional
from orders.cart.channel import open_outlets_of
from orders.checkout.freezing import freeze_line, place_shares, split_line
from orders.checkout.queries import Quote
from orders.ordering import commands as ordering
from orders.ordering.commands import NewCheckout, NewLine, NewOrder, NewShare
from orders.payments.commands import open_payments


@transactional
def place_quote(quote: Quote, checkout: NewCheckout, remarks: Mapping[int, str]) -> list[int]:
    """Place a quote as it stands; the orders' ids in the order of its suppliers. ``remarks`` by supplier.

    Raises Conflict ``checkout.placed_already`` where the key has a checkout, ``stock.sold_out`` or ``stock.too_few``,
    ``checkout.changed`` where an agreement ended between two questions.
    """
    checkout_id = ordering.insert_checkout(checkout, quote.total_fen)
    if checkout_id is None:
        raise Conflict("checkout.placed_already")
    channels = open_outlets_of({line.channel_code for line in quote.lines})
    order_ids = ordering.insert_orders(
        checkout_id,
        checkout,
        [
            NewOrder(
                s.supplier_id,
                s.goods_fen,
                s.freight_fen,
                remarks.get(s.supplier_id, ""),
                _last_channel([line.channel_code for line in s.lines], channels),
            )
            for s in quote.suppliers
        ],
    )
    order_of = {s.supplier_id: order_id for s, order_id in zip(quote.suppliers, order_ids, strict=True)}
    taken = stock.reserve(
        {line.sku.sku_id: line.units for line in quote.lines},
        {line.sku.sku_id: order_of[line.sku.supplier_id] for line in quote.lines},
    )
    _write_lines(quote, order_of, taken)
    open_payments({order_of[s.supplier_id]: s.total_fen for s in quote.suppliers}, checkout.payment_method)
    return order_ids


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


def _last_channel(codes: Sequence[str], outlet_of: Mapping[str, int]) -> int | None:
    """Where the goods of an order came by several outlets, the last one brought the buyer."""
    return next((outlet_of[code] for code in reversed(codes) if code in outlet_of), None)


def _is_shared(terms: SaleTerms) -> bool:
    """Whether a household gets something that comes from no lot."""
    return any(term.mode is not LinkageMode.PURCHASE for term in terms.terms)
