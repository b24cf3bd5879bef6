"""What a line freezes when it is placed: terms, split, certificate, names. Later edits change nothing."""

from collections.abc import Mapping, Sequence

from catalog.stock.rules import Taken
from certification.linkage.queries import LotFacts
from certification.linkage.rules import IncomeShare, LotPayment, LotPortion, SaleTerms, split_income
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import basis_points
from orders.cart.queries import CartLineView
from orders.coupons.rules import Lowered
from orders.ordering.commands import NewLine, NewShare
from orders.ordering.rules import fit_into_net


def split_line(
    line: CartLineView,
    terms: SaleTerms,
    takes: Sequence[Taken],
    lot_facts: Mapping[int, LotFacts],
    fee_bp: int,
    net_fen: int,
) -> tuple[list[IncomeShare], int]:
    """The household shares of a line and what its supplier gives for being sold here, in fen; together never more than
    ``net_fen``, what the line is sold for."""
    portions = [
        LotPortion(
            take.lot_id,
            lot_facts[take.lot_id].household_id,
            lot_facts[take.lot_id].total_fen,
            lot_facts[take.lot_id].units,
            take.taken_before,
            take.booked_fen,
            take.units,
        )
        for take in takes
        if take.lot_id is not None
    ]
    shares = split_income(terms, net_fen, line.units, portions)
    return fit_into_net(shares, net_fen, basis_points(net_fen, fee_bp))


def freeze_line(
    line: CartLineView,
    order_id: int,
    terms: SaleTerms,
    shares: Sequence[IncomeShare],
    fee_fen: int,
    taken: Lowered,
    commission_bp: int,
) -> NewLine:
    """The order line; of its fee the outlet gets ``commission_bp`` of net. Raises Conflict where no certificate is in
    force (I13)."""
    sku = line.sku
    if sku.certificate_id is None:
        raise Conflict("checkout.changed")
    net_fen = line.total_fen - taken.discount_fen
    return NewLine(
        order_id=order_id,
        sku_id=sku.sku_id,
        listing_id=sku.listing_id,
        product_id=sku.product_id,
        certificate_id=sku.certificate_id,
        agreement_id=terms.agreement_id,
        terms=terms.to_json(),
        origin_code=sku.origin_code,
        channel_code=line.channel_code,
        title=sku.title,
        sku_name=sku.sku_name,
        picture_token=sku.picture_token,
        grams=sku.grams,
        unit_price_fen=sku.price_fen,
        units=line.units,
        net_fen=net_fen,
        fee_fen=fee_fen,
        discount_fen=taken.discount_fen,
        subsidy_fen=taken.subsidy_fen,
        outlet_fee_fen=min(fee_fen, basis_points(net_fen, commission_bp)),
        income_fen=sum(share.fen for share in shares),
        after_sales_hours=sku.after_sales_hours,
        is_fresh=sku.is_fresh,
        ship_by=sku.ship_by,
    )


def place_shares(
    shares: Sequence[IncomeShare], lot_facts: Mapping[int, LotFacts], villages: Mapping[int, str]
) -> list[NewShare]:
    """The shares with the village they count to and whether the household has been paid already."""
    placed = []
    for share in shares:
        lot = lot_facts[share.lot_id] if share.lot_id is not None else None
        village = villages[share.household_id] if lot is None else lot.village_code
        placed.append(NewShare(share, village, lot is not None and lot.payment is LotPayment.BOUGHT))
    return placed
