"""What a unit may buy: every packing on sale with its bulk prices. Amounts are fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from catalog.products.models import Listing, Sku, TierPrice
from catalog.products.queries import available_of_sku, goods_clause, visible_clause
from catalog.products.tiers import Tier, tier_prices
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty texts ask nothing. ``in_bulk``: only packings with a bulk price."""

    text: str = ""
    category: str = ""
    county: str = ""
    in_bulk: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A packing on sale; ``income_fen`` is what one unit brings households at everybody's price."""

    sku_id: int
    listing_id: int
    title: str
    sku_name: str
    cover_token: str | None
    grams: int
    price_fen: int
    income_fen: int
    available: int
    origin_code: str
    county_code: str
    supplier: str
    tiers: tuple[Tier, ...]


def _criteria(wanted: Wanted) -> list[ColumnElement[bool]]:
    criteria: list[ColumnElement[bool]] = [visible_clause(), Sku.is_active.is_(True), goods_clause()]
    if wanted.text:
        criteria.append(
            or_(
                *(
                    column.contains(wanted.text, autoescape=True)
                    for column in (Listing.title, DeclaredProduct.name, Sku.name, Supplier.name)
                )
            )
        )
    if wanted.category:
        criteria.append(Listing.category_code == wanted.category)
    if wanted.county:
        criteria.append(Listing.county_code == wanted.county)
    if wanted.in_bulk:
        criteria.append(
            select(TierPrice.id)
            .where(TierPrice.sku_id == Sku.id, TierPrice.price_fen < Sku.price_fen)
            .correlate(Sku)
            .exists()
        )
    return criteria


def offers(wanted: Wanted, page: int) -> Page[Offer]:
    """Packings on sale, what sold most first. Six queries."""
    found = (
        select(
            Sku.id,
            Listing.id,
            Listing.title,
            Sku.name,
            Listing.cover_token,
            Sku.grams,
            Sku.price_fen,
            Sku.projected_income_fen,
            available_of_sku(),
            DeclaredProduct.origin_code,
            Listing.county_code,
            Supplier.name,
        )
        .join(Listing, Listing.id == Sku.listing_id)
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .where(*_criteria(wanted))
    )
    rows = db.session.execute(
        found.order_by(Listing.sold_units.desc(), Listing.id, Sku.position, Sku.id)
        .offset(offset_of(page))
        .limit(PAGE_SIZE)
    ).all()
    total = db.session.scalar(found.with_only_columns(func.count(Sku.id), maintain_column_froms=True)) or 0
    tiers = tier_prices([row[0] for row in rows])
    return Page([_offer(row, tiers[row[0]]) for row in rows], page, total)


def _offer(row: Sequence[Any], tiers: list[Tier]) -> Offer:
    return Offer(*[*row, tuple(tiers)])


def categories_on_sale() -> list[tuple[str, str]]:
    """(code, name) of the categories that have something on sale."""
    rows = db.session.execute(
        select(Category.code, Category.name)
        .where(
            select(Listing.id)
            .where(Listing.category_code == Category.code, visible_clause())
            .correlate(Category)
            .exists(),
            Category.is_visit.is_(False),
        )
        .order_by(Category.position, Category.code)
    )
    return [(code, name) for code, name in rows]


def counties_on_sale() -> list[str]:
    """Codes of the counties that have something on sale."""
    return list(
        db.session.scalars(
            select(Listing.county_code).where(visible_clause()).distinct().order_by(Listing.county_code)
        )
    )
