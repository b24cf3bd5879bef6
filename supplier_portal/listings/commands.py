"""Goods that come from no lot, and counting. Lots come in by ``catalog.stock.receiving``."""

from catalog.products import commands as products
from catalog.stock import commands as stock
from catalog.stock import receiving
from catalog.stock.receiving import purchase_terms
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from supplier_portal.listings import queries


def _own_sku(actor: Actor, sku_id: int) -> receiving.OwnSku:
    sku = receiving.get_sku(sku_id)
    if not actor.acts_for_supplier(sku.supplier_id):
        raise NotFound
    return sku


@transactional
def receive_stock(actor: Actor, sku_id: int, units: int, reason: str) -> int:
    """Put units on the shelf that come from no lot: own produce, dividends. Returns the stock row.

    Raises InvalidInput ``lots.purchase_needs_lot`` where a household's money hangs on the lot.
    """
    sku = _own_sku(actor, sku_id)
    if purchase_terms([sku.product_id]):
        raise InvalidInput("lots.purchase_needs_lot", field="units")
    row_id = stock.receive(sku_id, units, actor.user_id, reason=reason)
    audit.record(actor.user_id, "stock.receive", "sku", sku_id, {"units": units})
    return row_id


@transactional
def adjust_stock(actor: Actor, stock_row_id: int, delta: int, reason: str) -> None:
    """Correct what is on hand after counting, with a reason; units signed.

    Where a household's money hangs on lots, counting adds no units that came from none.
    """
    line = queries.get_stock_line(stock_row_id)
    if not actor.acts_for_supplier(line.supplier_id):
        raise NotFound
    product_id = receiving.get_sku(line.sku_id).product_id
    from_lots = bool(purchase_terms([product_id]))
    stock.adjust(stock_row_id, delta, reason, actor.user_id, up_to_received=from_lots)
    if delta > 0:
        products.check_lots_fit(line.sku_id, field="units")
    audit.record(actor.user_id, "stock.adjust", "stock_row", stock_row_id, {"delta": delta}, reason)
    products.refresh_projection(product_id)
