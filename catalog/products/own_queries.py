"""A supplier's own listings as it sees and edits them, on sale or not. Amounts are fen."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.products.queries import available_of_listing, visible_clause
from catalog.products.workflow import ListingState
from certification.certificates.queries import in_force_clause
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """A listing as its supplier edits it."""

    listing_id: int
    product_id: int
    supplier_id: int
    product_name: str
    state: ListingState
    title: str
    subtitle: str
    description: str
    specs: list[list[str]]
    season_months: list[int]
    sale_from: str
    sale_until: str
    sold_units: int


def get_listing(listing_id: int) -> ListingFacts:
    """Raises NotFound. Whose it is the caller checks."""
    row = db.session.execute(
        select(
            Listing.id,
            Listing.product_id,
            Listing.supplier_id,
            DeclaredProduct.name,
            Listing.state,
            Listing.title,
            Listing.subtitle,
            Listing.description,
            Listing.specs,
            Listing.season_months,
            Listing.sale_from,
            Listing.sale_until,
            Listing.sold_units,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .where(Listing.id == listing_id)
    ).first()
    if row is None:
        raise NotFound
    return ListingFacts(*tuple(row))


@dataclass(frozen=True, slots=True)
class OwnListing:
    """A line of the supplier's list. ``shown`` is whether buyers see it now."""

    listing_id: int
    product_id: int
    title: str
    product_name: str
    state: ListingState
    cover_token: str | None
    price_fen: int
    income_fen: int
    available: int
    sold_units: int
    shown: bool


def own_listings(supplier_ids: Collection[int], limit: int = 200) -> list[OwnListing]:
    rows = db.session.execute(
        select(
            Listing.id,
            Listing.product_id,
            Listing.title,
            DeclaredProduct.name,
            Listing.state,
            Listing.cover_token,
            Listing.from_price_fen,
            Listing.from_income_fen,
            available_of_listing(),
            Listing.sold_units,
            visible_clause(),
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .where(Listing.supplier_id.in_(list(supplier_ids)))
        .order_by(Listing.updated_at.desc(), Listing.id.desc())
        .limit(limit)
    )
    return [OwnListing(*row) for row in rows]


def listable_products(supplier_ids: Collection[int]) -> list[tuple[int, str]]:
    """(id, name) of the suppliers' products with a certificate in force: these may get a listing."""
    rows = db.session.execute(
        select(DeclaredProduct.id, DeclaredProduct.name)
        .where(
            DeclaredProduct.supplier_id.in_(list(supplier_ids)),
            in_force_clause(DeclaredProduct.id, clock.today()),
        )
        .order_by(DeclaredProduct.name)
    )
    return [(row[0], row[1]) for row in rows]
