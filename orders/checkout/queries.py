"""What a checkout would cost and bring whom: the page and the placing ask the same function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import get_skus_for_sale
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import basis_points
from marketplace.presentation import MoneyPart
from orders.cart.queries import CartLineView, CartOwner, cart_lines, group_by_supplier
from orders.checkout.rules import digest_of
from orders.coupons.rules import Lowered
from orders.fulfilment.queries import freight_rules
from orders.fulfilment.rules import Freight, freight_fen
from orders.ordering.queries import CheckoutFacts, find_checkout_by_key

NOT_LOWERED = Lowered()


@dataclass(frozen=True, slots=True)
class SupplierQuote:
    """One supplier's part. ``freight`` is None while the province is not known."""

    supplier_id: int
    supplier_name: str
    lines: tuple[CartLineView, ...]
    freight: Freight | None
    fee_bp: int
    #: by SKU what coupons take off its line, and what that costs its households (a share of net is a share of less)
    taken: Mapping[int, Lowered] = field(default_factory=dict)
    lost_income_fen: int = 0
    subsidy_bearer: str | None = None

    @property
    def goods_fen(self) -> int:
        """Before coupons, as the cart shows it."""
        return sum(line.total_fen for line in self.lines)

    @property
    def discount_fen(self) -> int:
        """What the supplier's own coupon takes off."""
        return sum(each.discount_fen for each in self.taken.values())

    @property
    def subsidy_fen(self) -> int:
        """What platform or government pays of it."""
        return sum(each.subsidy_fen for each in self.taken.values())

    def net_of(self, line: CartLineView) -> int:
        """What the line is sold for: the supplier's discount taken off."""
        return line.total_fen - self.taken_of(line).discount_fen

    def taken_of(self, line: CartLineView) -> Lowered:
        return self.taken.get(line.sku.sku_id, NOT_LOWERED)

    @property
    def grams(self) -> int:
        return sum(line.grams for line in self.lines)

    @property
    def freight_fen(self) -> int:
        """0 while unknown or where not delivered."""
        return (self.freight.fen if self.freight else None) or 0

    @property
    def is_excluded(self) -> bool:
        return self.freight is not None and self.freight.is_excluded

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_fen - self.discount_fen - self.subsidy_fen

    @property
    def ship_by(self) -> date | None:
        """The last day promised for what of it is sold ahead: its goods travel together."""
        return max((line.sku.ship_by for line in self.lines if line.sku.ship_by is not None), default=None)

    @property
    def income_fen(self) -> int:
        return sum(line.income_fen for line in self.lines) - self.lost_income_fen

    @property
    def fee_fen(self) -> int:
        """The platform's part, line by line as the order will freeze it."""
        return sum(
            max(0, min(basis_points(self.net_of(line), self.fee_bp), self.net_of(line) - line.income_fen))
            for line in self.lines
        )

    def parts(self) -> list[MoneyPart]:
        """钱去了哪儿, as far as it is known before placing."""
        return money_parts([self])


@dataclass(frozen=True, slots=True)
class Quote:
    """``left_out``: chosen lines that can't be bought now. Amounts in fen."""

    suppliers: tuple[SupplierQuote, ...]
    left_out: tuple[CartLineView, ...]
    line_count: int
    fee_bp: int
    #: what each used coupon takes off whose goods: {coupon id: {supplier id: fen}}
    used: Mapping[int, Mapping[int, int]] = field(default_factory=dict)

    @property
    def lines(self) -> list[CartLineView]:
        return [line for supplier in self.suppliers for line in supplier.lines]

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def goods_fen(self) -> int:
        return sum(supplier.goods_fen for supplier in self.suppliers)

    @property
    def freight_fen(self) -> int:
        return sum(supplier.freight_fen for supplier in self.suppliers)

    @property
    def freight_is_known(self) -> bool:
        return all(supplier.freight is not None for supplier in self.suppliers)

    @property
    def total_fen(self) -> int:
        return sum(supplier.total_fen for supplier in self.suppliers)

    @property
    def discount_fen(self) -> int:
        return sum(supplier.discount_fen for supplier in self.suppliers)

    @property
    def subsidy_fen(self) -> int:
        return sum(supplier.subsidy_fen for supplier in self.suppliers)

    @property
    def income_fen(self) -> int:
        return sum(supplier.income_fen for supplier in self.suppliers)

    @property
    def fresh_lines(self) -> list[CartLineView]:
        return [line for line in self.lines if line.sku.is_fresh]

    @property
    def excluded(self) -> list[SupplierQuote]:
        return [supplier for supplier in self.suppliers if supplier.is_excluded]

    @property
    def digest(self) -> str:
        return digest_of(
            [
                (line.sku.sku_id, line.units, line.sku.price_fen, line.sku.certificate_id or 0)
                for line in self.lines
            ],
            [(supplier.supplier_id, supplier.freight_fen) for supplier in self.suppliers],
            [
                (sku_id, taken.discount_fen, taken.subsidy_fen)
                for supplier in self.suppliers
                for sku_id, taken in supplier.taken.items()
                if taken.fen
            ],
            [
                (line.sku.sku_id, line.sku.ship_by.isoformat())
                for line in self.lines
                if line.sku.ship_by is not None
            ],
        )

    def parts(self) -> list[MoneyPart]:
        return money_parts(self.suppliers)


def money_parts(suppliers: Sequence[SupplierQuote]) -> list[MoneyPart]:
    """The parts add up to what the buyer and the bearer of a subsidy would pay."""
    goods = sum(supplier.goods_fen - supplier.discount_fen for supplier in suppliers)
    income = sum(supplier.income_fen for supplier in suppliers)
    fee = sum(supplier.fee_fen for supplier in suppliers)
    return [
        MoneyPart("home", "农户", income),
        MoneyPart("coop", "供应商", goods - income - fee),
        MoneyPart("freight", "运费", sum(supplier.freight_fen for supplier in suppliers)),
        MoneyPart("plat", "平台", fee),
    ]


def build_quote(owner: CartOwner, province_code: str | None, *, lock: bool = False) -> Quote:
    """The chosen lines of a cart at today's prices, certificates and freight. Three queries.

    ``lock`` keeps a second submit of the same cart waiting (placing only).
    """
    return quote_of(cart_lines(owner, lock=lock), province_code)


def lines_beside_cart(units: Mapping[int, int]) -> list[CartLineView]:
    """Units by SKU as if they lay in a cart, for who buys without one. Raises NotFound ``cart.unknown_sku``."""
    skus = get_skus_for_sale(units)
    if units.keys() - skus.keys():
        raise NotFound("cart.unknown_sku")
    return [CartLineView(skus[sku_id], count, True, "") for sku_id, count in units.items()]


def quote_of(lines: Sequence[CartLineView], province_code: str | None) -> Quote:
    """What the chosen ones of these lines would cost, whatever brought them together. One query."""
    chosen = [line for line in lines if line.is_chosen]
    good = [line for line in chosen if line.is_orderable and line.sku.certificate_id is not None]
    groups = group_by_supplier(good)
    rules = freight_rules([group.supplier_id for group in groups])
    fee_bp = PLATFORM_FEE_BP.get()
    suppliers = []
    for group in groups:
        goods = sum(line.total_fen for line in group.lines)
        grams = sum(line.grams for line in group.lines)
        pieces = sum(line.units for line in group.lines)
        freight = (
            freight_fen(rules[group.supplier_id], province_code, grams=grams, pieces=pieces, goods_fen=goods)
            if province_code
            else None
        )
        suppliers.append(SupplierQuote(group.supplier_id, group.supplier_name, group.lines, freight, fee_bp))
    left_out = tuple(line for line in chosen if line not in good)
    return Quote(tuple(suppliers), left_out, len(lines), fee_bp)


def find_placed(owner: CartOwner, idempotency_key: str) -> CheckoutFacts | None:
    """What an earlier submit of this form placed, when it was this buyer's."""
    found = find_checkout_by_key(idempotency_key)
    return found if found is not None and found.user_id == owner.user_id else None
