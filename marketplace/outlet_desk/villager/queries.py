"""Goods as an operator looks for them: packings with a price and what is left, not cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from catalog.products.models import Listing, Sku
from catalog.products.queries import SkuForSale, get_skus_for_sale, in_stock_clause, visible_clause
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from orders.ordering.models import Checkout, Order

SHOWN = 24


@dataclass(frozen=True, slots=True)
class Offer:
    """One listing with its packings, the cheapest first."""

    listing_id: int
    title: str
    supplier_name: str
    picture_token: str | None
    skus: tuple[SkuForSale, ...]


def offers_of(listing_ids: Sequence[int]) -> list[Offer]:
    """Those of these listings that may be sold and are in stock, in this order. Two queries."""
    if not listing_ids:
        return []
    rows = db.session.execute(
        select(Sku.id, Sku.listing_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.id.in_(listing_ids), Sku.is_active, visible_clause())
        .order_by(Sku.price_fen, Sku.id)
    ).all()
    skus = get_skus_for_sale([row.id for row in rows])
    found: dict[int, list[SkuForSale]] = {}
    for row in rows:
        sku = skus.get(row.id)
        if sku is not None and sku.on_sale and sku.available > 0 and not sku.is_visit:
            found.setdefault(row.listing_id, []).append(sku)
    return [
        Offer(
            listing_id,
            found[listing_id][0].title,
            found[listing_id][0].supplier_name,
            found[listing_id][0].picture_token,
            tuple(found[listing_id]),
        )
        for listing_id in listing_ids
        if listing_id in found
    ][:SHOWN]


def popular_ids(county_code: str) -> list[int]:
    """What sells, goods of the outlet's own county first."""
    nearby = case((Listing.county_code == county_code, 0), else_=1)
    return list(
        db.session.scalars(
            select(Listing.id)
            .where(visible_clause(), in_stock_clause())
            .order_by(nearby, Listing.sold_units.desc(), Listing.id)
            .limit(SHOWN)
        )
    )


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order an outlet placed, with the secret that opens it for the villager."""

    id: int
    number: str
    checkout_id: int
    checkout_token: str
    recipient: str
    mobile: str
    pickup_outlet_id: int | None
    street_code: str
    address_detail: str


def placed_order(outlet_id: int, number: str) -> PlacedOrder:
    """Raises NotFound for one the outlet did not place."""
    row = db.session.execute(
        select(
            Order.id,
            Order.number,
            Order.checkout_id,
            Checkout.token,
            Order.recipient,
            Order.mobile,
            Order.pickup_outlet_id,
            Order.street_code,
            Order.address_detail,
        )
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Order.number == number, Order.placed_outlet_id == outlet_id)
    ).first()
    if row is None:
        raise NotFound
    return PlacedOrder(*row)
