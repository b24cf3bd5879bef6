"""Bulk prices for partner units: kept per packing, judged anew whenever they are asked for.

A tier is offered only while it is cheaper than everybody's price and carries what households were promised: new terms
or a dearer lot silence it at the next request, as they would an ordinary price. Amounts are fen.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select

from catalog.products.models import Listing, Sku, TierPrice
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.pricing import floors, floors_of_skus
from catalog.products.rules import Tier, check_tiers, next_tier, price_at
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.db import db, insert_rows
from marketplace.kernel.errors import NotFound
from marketplace.kernel.transaction import transactional

__all__ = ["Tier", "kept_tiers", "next_tier", "price_at", "save_tiers", "tier_prices"]


def tier_prices(sku_ids: Collection[int]) -> dict[int, list[Tier]]:
    """The tiers on offer now by packing, smallest quantity first; an empty list where there are none. Four queries."""
    found: dict[int, list[Tier]] = {sku_id: [] for sku_id in sku_ids}
    if not found:
        return found
    rows = db.session.execute(
        select(TierPrice.sku_id, TierPrice.min_units, TierPrice.price_fen)
        .join(Sku, Sku.id == TierPrice.sku_id)
        .where(TierPrice.sku_id.in_(sorted(found)), TierPrice.price_fen < Sku.price_fen)
        .order_by(TierPrice.sku_id, TierPrice.min_units)
    ).all()
    floor_of = floors_of_skus({row.sku_id for row in rows}, PLATFORM_FEE_BP.get())
    for sku_id, min_units, price_fen in rows:
        if sku_id in floor_of and price_fen >= floor_of[sku_id]:
            found[sku_id].append(Tier(min_units, price_fen))
    return found


def kept_tiers(sku_id: int) -> list[Tier]:
    """The tiers as their supplier set them, also those that are silent now."""
    rows = db.session.execute(
        select(TierPrice.min_units, TierPrice.price_fen)
        .where(TierPrice.sku_id == sku_id)
        .order_by(TierPrice.min_units)
    )
    return [Tier(*row) for row in rows]


@transactional
def save_tiers(actor: Actor, sku_id: int, tiers: Sequence[Tier]) -> None:
    """Put these tiers in place of a packing's old ones; none removes them.

    Raises NotFound for a foreign packing, InvalidInput at ``min_units_<row>`` or ``price_fen_<row>`` where quantities
    do not rise, prices do not fall, or a price is below the floor (the floor is told).
    """
    sku = db.session.scalar(select(Sku).where(Sku.id == sku_id).with_for_update())
    listing = db.session.get(Listing, sku.listing_id) if sku is not None else None
    if sku is None or listing is None or not actor.acts_for_supplier(listing.supplier_id):
        raise NotFound
    floor = floors(listing.product_id, [sku_id], PLATFORM_FEE_BP.get()).get(sku_id)
    check_tiers(sku.price_fen, tiers, floor)
    db.session.execute(delete(TierPrice).where(TierPrice.sku_id == sku_id))
    insert_rows(
        TierPrice,
        [{"sku_id": sku_id, "min_units": tier.min_units, "price_fen": tier.price_fen} for tier in tiers],
    )
    audit.record(
        actor.user_id,
        "listing.tiers",
        "listing",
        listing.id,
        {"sku_id": sku_id, "tiers": [[tier.min_units, tier.price_fen] for tier in tiers]},
    )
