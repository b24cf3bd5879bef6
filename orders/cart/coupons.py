"""What the coupons of each supplier in a cart take off, and how much more would bring a better one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.pricing import Carried, carried_by
from orders.cart.queries import CartLineView, CartOwner, SupplierGroup
from orders.coupons.queries import Offer, holder_of, offers
from orders.coupons.rules import Goods, lacking_of


@dataclass(frozen=True, slots=True)
class Near:
    """In fen: ``off_fen`` is taken off what is chosen, 0 for nothing; ``lacking_fen`` more of this supplier would have
    ``next_off_fen`` taken off, 0 where nothing is better."""

    off_fen: int
    lacking_fen: int
    next_off_fen: int


def room_of(line: CartLineView, carried: Mapping[int, Carried]) -> int:
    """How far a line may be lowered by its supplier (``rules.Goods``)."""
    found = carried.get(line.sku.sku_id)
    return found.room_fen(line.sku.price_fen, line.units) if found is not None else 0


def near_coupons(owner: CartOwner, groups: Sequence[SupplierGroup]) -> dict[int, Near]:
    """By supplier, of the lines that are chosen; suppliers without such a coupon are left out. One query, four where a
    supplier has one. The best one is taken at the checkout, which asks anew."""
    chosen = {group.supplier_id: group.chosen for group in groups if group.chosen}
    if not chosen:
        return {}
    holder = holder_of(owner.user_id, "") if owner.user_id is not None else None
    found: dict[int, list[Offer]] = {}
    for offer in offers(chosen, holder):
        if offer.face.supplier_id is not None and offer.why_not is None:
            found.setdefault(offer.face.supplier_id, []).append(offer)
    product_of = {line.sku.sku_id: line.sku.product_id for each in found for line in chosen[each]}
    carried = carried_by(product_of, PLATFORM_FEE_BP.get(), product_of) if found else {}
    near = {supplier_id: _near(chosen[supplier_id], here, carried) for supplier_id, here in found.items()}
    return {supplier_id: each for supplier_id, each in near.items() if each.off_fen or each.next_off_fen}


def _near(lines: Sequence[CartLineView], here: Sequence[Offer], carried: Mapping[int, Carried]) -> Near:
    goods = [
        Goods(line.sku.sku_id, line.sku.supplier_id, line.total_fen, room_of(line, carried)) for line in lines
    ]
    lacking = [(offer.face.off_fen, lacking_of(offer.face, goods)) for offer in here]
    now = max((off for off, fen in lacking if fen == 0), default=0)
    better = [(fen, -off) for off, fen in lacking if fen and off > now]
    fen, off = min(better, default=(0, 0))
    return Near(now, fen, -off)
