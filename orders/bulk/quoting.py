"""A purchase order at today's prices: the same quote a cart gets, with the tier price each quantity reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog.products.pricing import first_lots
from catalog.products.queries import SkuForSale, get_skus_for_sale
from catalog.products.tiers import Tier, next_tier, price_at, tier_prices
from certification.linkage.queries import terms_in_force
from certification.linkage.rules import projected_income_fen
from orders.cart.queries import CartLineView
from orders.cart.rules import LineState
from orders.checkout.queries import Quote, quote_of

WHY_NOT = {
    LineState.OFF_SALE: "已经下架，或认定、协议不在有效期内",
    LineState.SOLD_OUT: "售罄了",
    LineState.TOO_FEW: "库存不够，只剩 {left} 份",
}


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A line as the shop sees it now; ``view.sku.price_fen`` is the tier price, ``usual_fen`` everybody's."""

    view: CartLineView
    usual_fen: int
    tiers: tuple[Tier, ...]
    next_tier: Tier | None

    @property
    def sku(self) -> SkuForSale:
        return self.view.sku

    @property
    def units(self) -> int:
        return self.view.units

    @property
    def saved_fen(self) -> int:
        return (self.usual_fen - self.sku.price_fen) * self.units

    @property
    def why_not(self) -> str:
        """Why it can't be bought now, in words; empty when it can."""
        if self.sku.certificate_id is None:
            return WHY_NOT[LineState.OFF_SALE]
        return WHY_NOT.get(self.view.state, "").format(left=self.sku.available)


@dataclass(frozen=True, slots=True)
class BulkQuote:
    """``lines`` in the order they were added, also those that can't be bought now; ``quote`` of those that can."""

    lines: tuple[BulkLine, ...]
    quote: Quote

    def of_supplier(self, supplier_id: int) -> list[BulkLine]:
        return [line for line in self.lines if line.sku.supplier_id == supplier_id]

    @property
    def saved_fen(self) -> int:
        return sum(line.saved_fen for line in self.lines if not line.why_not)

    @property
    def obstacles(self) -> list[BulkLine]:
        return [line for line in self.lines if line.why_not]


def bulk_lines(units: Mapping[int, int]) -> list[BulkLine]:
    """Lines of ``{sku: units}`` at today's tier prices, in that order; unknown packings are left out. Seven queries."""
    skus = get_skus_for_sale(list(units))
    tiers = tier_prices(list(skus))
    terms = terms_in_force({sku.product_id for sku in skus.values()})
    lots = first_lots(list(skus))
    lines = []
    for sku_id, count in units.items():
        sku = skus.get(sku_id)
        if sku is None:
            continue
        price = price_at(sku.price_fen, tiers[sku_id], count)
        agreed = terms.get(sku.product_id)
        income = projected_income_fen(agreed, price, lots.get(sku_id)) if agreed else 0
        # a limit per buyer is for persons; what is sold ahead has no day that a contract could name
        priced = replace(
            sku,
            price_fen=price,
            projected_income_fen=income,
            limit_units=None,
            on_sale=sku.on_sale and sku.ship_by is None,
        )
        lines.append(
            BulkLine(
                CartLineView(priced, count, True, ""),
                sku.price_fen,
                tuple(tiers[sku_id]),
                next_tier(sku.price_fen, tiers[sku_id], count),
            )
        )
    return lines


def bulk_quote(units: Mapping[int, int], province_code: str | None) -> BulkQuote:
    """What these units would cost now, freight to a province included where it is known."""
    lines = bulk_lines(units)
    return BulkQuote(tuple(lines), quote_of([line.view for line in lines], province_code))
