"""Goods that come from no lot, and counting. Lots come in by ``catalog.stock.receiving``."""

from collections.abc import Collection, Mapping
from typing import Any

from catalog.attributes.commands import set_options
from catalog.products import commands as products
from catalog.stock import commands as stock
from catalog.stock import receiving
from catalog.stock.lots import get_lot
from catalog.stock.receiving import purchase_terms
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from supplier_portal.listings import queries


@transactional
def save_listing(
    actor: Actor, listing_id: int, texts: Mapping[str, Any], option_ids: Collection[int]
) -> None:
    """The words of a listing and what it says of itself, together or not at all. Errors are those of
    ``edit_listing`` and ``set_options``."""
    products.edit_listing(actor, listing_id, **texts)
    set_options(actor, listing_id, option_ids)


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


@transactional
def spoil_lot(actor: Actor, lot_id: int, units: int, reason: str) -> None:
    """Write off units of a lot that can't be sold any more. What was agreed for the lot stays as it is: of a bought
    lot all of it is paid already, of a consigned one these units bring nothing, and its household is told.

    Raises InvalidInput without a reason or units, Conflict ``stock.short`` for more than are on the shelf.
    """
    lot = get_lot(lot_id)
    if not actor.acts_for_supplier(lot.supplier_id):
        raise NotFound
    if units < 1:
        raise InvalidInput("stock.units", field="units", maximum=stock.MAX_UNITS)
    if not reason.strip():
        raise InvalidInput("stock.reason", field="reason")
    stock.adjust(lot.stock_row_id, -units, f"报损：{reason.strip()}"[:200], actor.user_id)
    audit.record(actor.user_id, "stock.spoil", "supply_lot", lot_id, {"units": units}, reason.strip())
    products.refresh_projection(lot.product_id)
    tell(
        Topic.LINKAGE,
        holders([Role.HOUSEHOLD], ScopeKind.HOUSEHOLD, [lot.household_id]),
        f"批次 {lot.number} 报损 {units} 份",
        "这一批收货时已经付清，您的钱不受影响。"
        if lot.is_bought
        else "报损的份数不再卖，这几份没有货款；有疑问请问供应商。",
        endpoint="household.home",
    )
