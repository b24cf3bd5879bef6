"""A supplier's own listings as it sees and edits them, on sale or not. Amounts are fen."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from catalog.products.models import Listing, Sku
from catalog.products.queries import available_of_listing, available_of_sku, goods_clause, visible_clause
from catalog.products.rules import SkuFacts
from catalog.products.selling_rules import Selling
from catalog.products.workflow import ListingState
from certification.certificates.queries import in_force_clause
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, offset_of


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
    axes: list[str]


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
            Listing.axes,
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


@dataclass(frozen=True, slots=True)
class OwnGoods:
    """A listing of what is sent, by its name."""

    listing_id: int
    title: str
    product_id: int
    state: ListingState


@dataclass(frozen=True, slots=True)
class OwnSku:
    """A packing with the listing it belongs to; ``available`` units on the shelf."""

    sku_id: int
    goods: OwnGoods
    product_name: str
    facts: SkuFacts
    available: int


SKUS_PER_PAGE = 50


def facts_of(sku: Sku) -> SkuFacts:
    selling = Selling(
        sku.packing, sku.tolerance_grams, sku.limit_units, sku.limit_days, sku.presale_until, sku.ship_by
    )
    return SkuFacts(sku.name, sku.grams, sku.price_fen, sku.is_active, selling, sku.picture_id)


def own_goods(supplier_id: int) -> list[OwnGoods]:
    """Every listing of the supplier's but visits, with packings or without."""
    rows = db.session.execute(
        select(Listing.id, Listing.title, Listing.product_id, Listing.state)
        .where(Listing.supplier_id == supplier_id, goods_clause())
        .order_by(Listing.id)
    )
    return [OwnGoods(*row) for row in rows]


def own_skus(supplier_id: int, *criteria: ColumnElement[bool], page: int | None = None) -> list[OwnSku]:
    """The packings of what the supplier sends, by title; all of them without ``page``. One statement."""
    asked = (
        select(
            Sku, Listing.title, Listing.product_id, Listing.state, DeclaredProduct.name, available_of_sku()
        )
        .join(Listing, Listing.id == Sku.listing_id)
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .where(Listing.supplier_id == supplier_id, goods_clause(), *criteria)
        .order_by(Listing.title, Listing.id, Sku.position, Sku.id)
    )
    if page is not None:
        asked = asked.limit(SKUS_PER_PAGE).offset(offset_of(page, SKUS_PER_PAGE))
    return [
        OwnSku(sku.id, OwnGoods(sku.listing_id, title, product_id, state), name, facts_of(sku), available)
        for sku, title, product_id, state, name, available in db.session.execute(asked)
    ]


def own_skus_page(supplier_id: int, page: int, text: str, state: ListingState | None) -> Page[OwnSku]:
    """A page of them; ``text`` is looked for in the listing's title and the packing's name. Two statements."""
    criteria: list[ColumnElement[bool]] = []
    if text:
        criteria.append(
            or_(Listing.title.contains(text, autoescape=True), Sku.name.contains(text, autoescape=True))
        )
    if state is not None:
        criteria.append(Listing.state == state)
    total = db.session.scalar(
        select(func.count())
        .select_from(Sku)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.supplier_id == supplier_id, goods_clause(), *criteria)
    )
    return Page(own_skus(supplier_id, *criteria, page=page), page, int(total or 0), SKUS_PER_PAGE)


def own_skus_by_id(supplier_id: int, sku_ids: Collection[int]) -> list[OwnSku]:
    """Raises NotFound unless all of them are the supplier's."""
    found = own_skus(supplier_id, Sku.id.in_(sorted(sku_ids)))
    if len(found) != len(set(sku_ids)):
        raise NotFound
    return found


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
