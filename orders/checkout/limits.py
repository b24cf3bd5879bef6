"""Limits per buyer, held when placing."""

from collections.abc import Sequence

from catalog.products.selling_rules import left_of_limit
from marketplace.kernel.errors import Conflict
from orders.cart.queries import CartLineView
from orders.ordering.limits import bought_units


def check_limits(lines: Sequence[CartLineView], buyer_key: str | None) -> None:
    """Hold what each buyer may have of a packing, whichever cart, account or outlet ordered it. No statement without a
    limited packing, else one.

    To be called once the stock of these packings is locked: two placings of one buyer then come one after the other,
    and the second counts what the first placed. Raises Conflict ``checkout.over_limit``.
    """
    limited = {line.sku.sku_id: line.sku.limit_days for line in lines if line.sku.limit_units is not None}
    if buyer_key is None or not limited:
        return
    bought = bought_units(buyer_key, limited)
    for line in lines:
        left = left_of_limit(line.sku.limit_units, bought.get(line.sku.sku_id, 0))
        if left is not None and line.units > left:
            raise Conflict("checkout.over_limit", title=line.sku.title, limit=line.sku.limit_units, left=left)
