"""Bulk prices for partner units: a little less from ten units on, and again from fifty, where the price carries it."""

from dataclasses import dataclass

from marketplace.demo.content.loader import PLATFORM_FEE_BP, Product, Sku
from marketplace.kernel.money import basis_points

#: (units from, ten-thousandths of the price)
_STEPS = ((10, 9600), (50, 9200))
_ROUND = 10


@dataclass(frozen=True, slots=True)
class PlannedTier:
    min_units: int
    price_fen: int


def tiers_of(product: Product, sku: Sku) -> tuple[PlannedTier, ...]:
    """A pilot household's own goods and packings that are not on sale have none."""
    if sku.sponsor_fee_fen is not None or not sku.stock:
        return ()
    found = []
    for min_units, rate in _STEPS:
        price = basis_points(sku.price_fen, rate) // _ROUND * _ROUND
        if _carries(product, sku, price) and price < sku.price_fen:
            found.append(PlannedTier(min_units, price))
    return tuple(found)


def price_of(product: Product, sku: Sku, units: int) -> int:
    """What a unit pays for each of so many."""
    reached = [tier.price_fen for tier in tiers_of(product, sku) if units >= tier.min_units]
    return min(reached, default=sku.price_fen)


def _carries(product: Product, sku: Sku, price: int) -> bool:
    """A lot's unit may carry one fen more than ``household_fen``; every part is rounded up, to be on the safe side."""
    fixed = sku.household_fen + 1 if sku.household_fen is not None else 0
    rates = sum(-(-price * rate // 10_000) for rate in (product.share_bp, PLATFORM_FEE_BP))
    return fixed + rates <= price
