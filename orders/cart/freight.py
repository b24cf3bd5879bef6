"""What sending a cart would cost, supplier by supplier, as far as it can be said before the address is confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.accounts.addresses import default_street
from marketplace.regions.picker import HOME
from marketplace.regions.queries import find_region
from marketplace.regions.rules import province_code_of
from orders.cart.queries import CartOwner, SupplierGroup
from orders.fulfilment.queries import freight_rules
from orders.fulfilment.rules import Freight, freight_fen


@dataclass(frozen=True, slots=True)
class Expected:
    """``lacking_fen``: what to buy more of this supplier for all to be sent free of charge, 0 where it is no matter."""

    freight: Freight
    lacking_fen: int


def expected(owner: CartOwner, groups: Sequence[SupplierGroup]) -> tuple[str, dict[int, Expected]]:
    """(province, by supplier), of the lines that are chosen: to the member's default address, else to the shop's own
    province. At most three queries."""
    groups = [group for group in groups if group.chosen]
    if not groups:
        return "", {}
    street = default_street(owner.user_id) if owner.user_id is not None else None
    province = province_code_of(street) if street else HOME[0]
    region = find_region(province)
    rules = freight_rules([group.supplier_id for group in groups])
    found = {}
    for group in groups:
        goods = sum(line.total_fen for line in group.chosen)
        freight = freight_fen(
            rules[group.supplier_id],
            province,
            grams=sum(line.grams for line in group.chosen),
            pieces=sum(line.units for line in group.chosen),
            goods_fen=goods,
        )
        found[group.supplier_id] = Expected(freight, max(0, (freight.free_over_fen or 0) - goods))
    return region.name if region else "", found
