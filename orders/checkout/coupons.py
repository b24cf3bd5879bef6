"""Coupons in a quote: which could be used, which are, and what they take off which line.

The page picks the best by itself until the buyer chooses; placing takes exactly what was confirmed or nothing at all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.products.pricing import Carried, carried_by
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import basis_points
from orders.cart.coupons import room_of
from orders.checkout.queries import Quote, SupplierQuote
from orders.coupons.queries import Offer, chosen_offers, offers
from orders.coupons.rules import Goods, Lowered, Unusable, discounts_of, subsidies_of

#: the buyer wants none of this place
NONE = 0
#: whose coupon: a supplier's id, None for the shared ones
Place = int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer beside these goods; ``why_not`` None: it can be used now."""

    offer: Offer
    why_not: Unusable | None


@dataclass(frozen=True, slots=True)
class CouponChoices:
    """By place: what there is and which id is chosen (NONE where none is)."""

    choices: Mapping[Place, Sequence[Choice]]
    chosen: Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class _Basket:
    """The goods of a quote, and what their prices carry."""

    quote: Quote
    carried: Mapping[int, Carried]

    @property
    def goods(self) -> list[Goods]:
        return [
            Goods(line.sku.sku_id, line.sku.supplier_id, line.total_fen, room_of(line, self.carried))
            for line in self.quote.lines
        ]

    def lost_income(self, supplier: SupplierQuote, taken: Mapping[int, Lowered]) -> int:
        """Fixed terms never fall; a share of net is a share of less."""
        lost = 0
        for line in supplier.lines:
            carried, off = self.carried.get(line.sku.sku_id), taken.get(line.sku.sku_id)
            if carried is not None and off is not None:
                whole, left = line.total_fen, line.total_fen - off.discount_fen
                lost += basis_points(whole, carried.share_bp) - basis_points(left, carried.share_bp)
        return lost


def _basket(quote: Quote, found: Collection[Offer]) -> _Basket:
    """What prices carry is asked only where a supplier lowers one."""
    if all(offer.face.supplier_id is None for offer in found):
        return _Basket(quote, {})
    product_of = {line.sku.sku_id: line.sku.product_id for line in quote.lines}
    return _Basket(quote, carried_by(product_of, quote.fee_bp, product_of))


def choose(
    quote: Quote, wanted: Mapping[Place, int], holder: str | None, code: str = ""
) -> tuple[Quote, CouponChoices]:
    """The quote with coupons, for a page: ``wanted`` by place, the best one where the buyer has not said. Up to three
    queries."""
    found = offers([supplier.supplier_id for supplier in quote.suppliers], holder, code)
    basket = _basket(quote, found)
    used: dict[Place, Offer] = {}
    choices: dict[Place, list[Choice]] = {}
    discounts: dict[int, int] = {}
    places: list[Place] = [*(supplier.supplier_id for supplier in quote.suppliers), None]
    for place in places:
        here = [offer for offer in found if offer.face.supplier_id == place]
        choices[place] = [Choice(offer, _why_not(offer, basket.goods, discounts)) for offer in here]
        best = _best(choices[place], wanted.get(place))
        if best is not None:
            used[place] = best
            if place is not None:
                discounts |= _parts(best, basket.goods, discounts)
    chosen = {place: used[place].face.coupon_id if place in used else NONE for place in places}
    return _lowered(basket, list(used.values())), CouponChoices(choices, chosen)


def offered(quote: Quote, holder: str | None, code: str = "") -> list[Choice]:
    """Every coupon these goods could have, each beside the goods alone. Up to three queries."""
    places: list[Place] = [*(supplier.supplier_id for supplier in quote.suppliers), None]
    found = choose(quote, dict.fromkeys(places, NONE), holder, code)[1]
    return [choice for place in places for choice in found.choices[place]]


def _best(choices: Sequence[Choice], wanted: int | None) -> Offer | None:
    usable = [choice.offer for choice in choices if choice.why_not is None]
    if wanted is None:
        return usable[0] if usable else None
    return next((offer for offer in usable if offer.face.coupon_id == wanted), None)


def confirmed(quote: Quote, coupon_ids: Collection[int], holder: str | None, code: str = "") -> Quote:
    """The quote with exactly these coupons, for placing. Raises Conflict ``coupons.<why>`` where one no longer can be
    used; nothing is placed then."""
    found = chosen_offers(coupon_ids, holder, code)
    if len(found) != len(set(coupon_ids)) or len({offer.face.supplier_id for offer in found}) != len(found):
        raise Conflict("coupons.not_now")
    basket = _basket(quote, found)
    discounts: dict[int, int] = {}
    for offer in _suppliers_first(found):
        why = _why_not(offer, basket.goods, discounts)
        if why is not None:
            raise Conflict(f"coupons.{why}", name=offer.name)
        if offer.face.supplier_id is not None:
            discounts |= _parts(offer, basket.goods, discounts)
    return _lowered(basket, found)


def _suppliers_first(found: Collection[Offer]) -> list[Offer]:
    return sorted(found, key=lambda offer: (offer.face.supplier_id is None, offer.face.coupon_id))


def _outcome(offer: Offer, goods: Sequence[Goods], taken: Mapping[int, int]) -> dict[int, int] | Unusable:
    if offer.face.supplier_id is None:
        return subsidies_of(offer.face, goods, taken)
    return discounts_of(offer.face, goods)


def _why_not(offer: Offer, goods: Sequence[Goods], taken: Mapping[int, int]) -> Unusable | None:
    if offer.why_not is not None:
        return offer.why_not
    outcome = _outcome(offer, goods, taken)
    return outcome if isinstance(outcome, Unusable) else None


def _parts(offer: Offer, goods: Sequence[Goods], taken: Mapping[int, int]) -> dict[int, int]:
    outcome = _outcome(offer, goods, taken)
    return {} if isinstance(outcome, Unusable) else outcome


def _lowered(basket: _Basket, used: Collection[Offer]) -> Quote:
    discounts: dict[int, int] = {}
    subsidies: dict[int, int] = {}
    bearer: str | None = None
    per_coupon: dict[int, dict[int, int]] = {}
    supplier_of = {line.sku.sku_id: line.sku.supplier_id for line in basket.quote.lines}
    for offer in _suppliers_first(used):
        parts = _parts(offer, basket.goods, discounts)
        if offer.face.supplier_id is None:
            subsidies, bearer = parts, offer.face.bearer.value
        else:
            discounts |= parts
        whose = per_coupon.setdefault(offer.face.coupon_id, {})
        for sku_id, fen in parts.items():
            whose[supplier_of[sku_id]] = whose.get(supplier_of[sku_id], 0) + fen
    suppliers = []
    for supplier in basket.quote.suppliers:
        taken = {
            line.sku.sku_id: Lowered(discounts.get(line.sku.sku_id, 0), subsidies.get(line.sku.sku_id, 0))
            for line in supplier.lines
        }
        taken = {sku_id: each for sku_id, each in taken.items() if each.fen}
        suppliers.append(
            replace(
                supplier,
                taken=taken,
                lost_income_fen=basket.lost_income(supplier, taken),
                subsidy_bearer=bearer if any(each.subsidy_fen for each in taken.values()) else None,
            )
        )
    return replace(basket.quote, suppliers=tuple(suppliers), used=per_coupon)
