"""Reading what is for sale. A listing is shown only while it is on sale **and** its certificate **and** its linkage
terms are in force today **and** its seller is admitted: asked in SQL at query time, never copied, so a revocation or
a suspension acts at the next request.

Amounts are fen, weights grams. Rows, not ORM objects.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, column, func, or_, select, table
from sqlalchemy.sql.selectable import ScalarSelect

from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.selling_rules import Closed, Packing, Season, closed_for, jin_fen
from catalog.products.workflow import ListingState
from certification.certificates.queries import (
    certificate_in_force,
    in_force_clause,
    newest_state,
    newest_stop_cause,
)
from certification.certificates.rules import StopCause
from certification.certificates.workflow import CertificateState
from certification.linkage.queries import terms_in_force_clause
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db, read
from marketplace.kernel.media import Media
from marketplace.parties.models import Supplier
from marketplace.parties.queries import admitted_clause

#: Stock lies above this room on the ladder; reading how much is left must not turn the ladder round.
STOCK_ROWS = table(
    "stock_rows", column("sku_id"), column("lot_id"), column("available"), column("reserved"), column("id")
)


@dataclass(frozen=True, slots=True)
class SkuForSale:
    """A packing as cart and checkout need it. ``on_sale`` is False when the packing, the listing, the certificate or
    the terms no longer allow a sale, and outside its days, which ``closed`` names; ``available`` counts unreserved
    units; ``certificate_id`` is the one in force, ``certificate_state`` and ``stop_cause`` those of the newest."""

    sku_id: int
    listing_id: int
    product_id: int
    supplier_id: int
    supplier_name: str
    title: str
    sku_name: str
    picture_token: str | None
    grams: int
    price_fen: int
    projected_income_fen: int
    available: int
    on_sale: bool
    category_code: str
    is_fresh: bool
    after_sales_hours: int
    origin_code: str
    certificate_id: int | None = None
    certificate_state: CertificateState | None = None
    stop_cause: StopCause | None = None
    packing: Packing = Packing.PIECE
    tolerance_grams: int | None = None
    limit_units: int | None = None
    limit_days: int = 0
    presale_until: date | None = None
    ship_by: date | None = None
    sale_from: str = ""
    sale_until: str = ""
    is_visit: bool = False
    closed: Closed | None = None

    @property
    def season(self) -> Season:
        return Season(self.sale_from, self.sale_until)

    @property
    def jin_fen(self) -> int:
        return jin_fen(self.price_fen, self.grams, self.tolerance_grams)


@dataclass(frozen=True, slots=True)
class CardRow:
    """One listing as a card shows it. ``dearest_fen`` is its dearest packing's price; ``available`` units in all;
    ``jin_fen`` what half a kilo of its cheapest one costs, 0 where it is not sold by weight."""

    listing_id: int
    title: str
    subtitle: str
    sku_name: str
    price_fen: int
    dearest_fen: int
    income_fen: int
    cover_token: str | None
    county_code: str
    origin_code: str
    category_code: str
    sold_units: int
    available: int
    jin_fen: int
    presale_until: date | None
    sale_from: str
    sale_until: str


def visible_clause(on: date | None = None) -> ColumnElement[bool]:
    """Whether a Listing row may be shown and sold on a day (default today in Xi'an)."""
    return _visible_on(on or clock.today())


@lru_cache(maxsize=8)
def _visible_on(day: date) -> ColumnElement[bool]:
    # made once a day: writing down the criterion takes longer than asking it
    return and_(
        Listing.state == ListingState.ON_SALE,
        in_force_clause(Listing.product_id, day),
        terms_in_force_clause(Listing.product_id, day),
        admitted_clause(Listing.supplier_id),
    )


@cache
def available_of_listing() -> ScalarSelect[int]:
    """Units left in all active packings of the enclosing query's Listing."""
    return (
        select(func.coalesce(func.sum(STOCK_ROWS.c.available), 0))
        .select_from(Sku)
        .join(STOCK_ROWS, STOCK_ROWS.c.sku_id == Sku.id)
        .where(Sku.listing_id == Listing.id, Sku.is_active)
        .correlate(Listing)
        .scalar_subquery()
    )


def in_season_clause(day: date) -> ColumnElement[bool]:
    """Whether the enclosing query's Listing is sold on this day of the year."""
    today = f"{day:%m-%d}"
    after, before = Listing.sale_from <= today, Listing.sale_until >= today
    over_new_year = Listing.sale_from > Listing.sale_until
    return or_(Listing.sale_from == "", and_(after, before), and_(over_new_year, or_(after, before)))


def in_stock_clause() -> ColumnElement[bool]:
    """Whether some packing of the enclosing query's Listing can be bought today."""
    return _in_stock_on(clock.today())


@lru_cache(maxsize=8)
def _in_stock_on(day: date) -> ColumnElement[bool]:
    ahead = or_(Sku.presale_until.is_(None), Sku.presale_until >= day)
    there = (
        select(STOCK_ROWS.c.id)
        .select_from(Sku)
        .join(STOCK_ROWS, STOCK_ROWS.c.sku_id == Sku.id)
        .where(Sku.listing_id == Listing.id, Sku.is_active, STOCK_ROWS.c.available > 0, ahead)
        .correlate(Listing)
        .exists()
    )
    return and_(in_season_clause(day), there)


def available_of_sku() -> ScalarSelect[int]:
    """Units left of the enclosing query's Sku."""
    return (
        select(func.coalesce(func.sum(STOCK_ROWS.c.available), 0))
        .where(STOCK_ROWS.c.sku_id == Sku.id)
        .correlate(Sku)
        .scalar_subquery()
    )


@cache
def card_select() -> Select[*tuple[Any, ...]]:
    """Columns of CardRow; the caller adds criteria, order and limit."""
    dearest = (
        select(func.max(Sku.price_fen))
        .where(Sku.listing_id == Listing.id, Sku.is_active)
        .correlate(Listing)
        .scalar_subquery()
    )
    return select(
        Listing.id,
        Listing.title,
        Listing.subtitle,
        Listing.from_sku_name,
        Listing.from_price_fen,
        func.coalesce(dearest, 0),
        Listing.from_income_fen,
        Listing.cover_token,
        Listing.county_code,
        DeclaredProduct.origin_code,
        Listing.category_code,
        Listing.sold_units,
        available_of_listing(),
        Listing.from_jin_fen,
        Listing.presale_until,
        Listing.sale_from,
        Listing.sale_until,
    ).join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)


def cards(statement: Select[*tuple[Any, ...]]) -> list[CardRow]:
    """Run a ``card_select()``."""
    return [CardRow(*row) for row in read(statement)]


@lru_cache(maxsize=8)
def _cards_by_id(day: date) -> Select[*tuple[Any, ...]]:
    return card_select().where(Listing.id.in_(bindparam("ids", expanding=True)), visible_clause(day))


def cards_by_id(listing_ids: Sequence[int]) -> list[CardRow]:
    """Visible listings among these, in the order asked for."""
    if not listing_ids:
        return []
    rows = read(_cards_by_id(clock.today()), {"ids": list(listing_ids)})
    found = [CardRow(*row) for row in rows]
    place = {listing_id: index for index, listing_id in enumerate(listing_ids)}
    return sorted(found, key=lambda card: place[card.listing_id])


_SELLING = (
    Sku.packing,
    Sku.tolerance_grams,
    Sku.limit_units,
    Sku.limit_days,
    Sku.presale_until,
    Sku.ship_by,
)


def for_sale_select(day: date) -> Select[*tuple[Any, ...]]:
    """Columns of what ``for_sale`` reads; the caller adds its own behind them, joins to Sku, and criteria."""
    return (
        select(
            Sku.id,
            Listing.id,
            Listing.product_id,
            Listing.supplier_id,
            Supplier.name,
            Listing.title,
            Sku.name,
            func.coalesce(_picture_of_sku(), Listing.cover_token),
            Sku.grams,
            Sku.price_fen,
            Sku.projected_income_fen,
            available_of_sku(),
            and_(Sku.is_active, visible_clause(day)),
            Listing.category_code,
            Category.is_fresh,
            Category.after_sales_hours,
            DeclaredProduct.origin_code,
            certificate_in_force(Listing.product_id, day),
            newest_state(Listing.product_id),
            newest_stop_cause(Listing.product_id),
            *_SELLING,
            Listing.sale_from,
            Listing.sale_until,
            Category.is_visit,
        )
        .join(Listing, Listing.id == Sku.listing_id)
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Category, Category.code == Listing.category_code)
        .join(Supplier, Supplier.id == Listing.supplier_id)
    )


@lru_cache(maxsize=8)
def _skus_for_sale(day: date) -> Select[*tuple[Any, ...]]:
    return for_sale_select(day).where(Sku.id.in_(bindparam("ids", expanding=True)))


def _picture_of_sku() -> ScalarSelect[str]:
    return (
        select(Media.token)
        .join(ListingPicture, ListingPicture.media_id == Media.id)
        .where(ListingPicture.id == Sku.picture_id)
        .correlate(Sku)
        .scalar_subquery()
    )


def is_visit(category_code: str) -> bool:
    """Whether what a category holds is sold by date: its dates are packings, kept by ``catalog.visits``."""
    return bool(db.session.scalar(select(Category.is_visit).where(Category.code == category_code)))


def visit_categories() -> set[str]:
    """The codes of the categories of which ``is_visit`` holds."""
    return set(db.session.scalars(select(Category.code).where(Category.is_visit)))


def goods_clause() -> ColumnElement[bool]:
    """Whether a Listing row is of goods that are sent."""
    return Listing.category_code.not_in(select(Category.code).where(Category.is_visit))


def get_skus_for_sale(sku_ids: Collection[int]) -> dict[int, SkuForSale]:
    """Packings by id, in one statement; unknown ids are left out, unsaleable ones say so."""
    if not sku_ids:
        return {}
    day = clock.today()
    rows = read(_skus_for_sale(day), {"ids": sorted(sku_ids)})
    return {row[0]: for_sale(row, day) for row in rows}


def for_sale(row: Sequence[Any], day: date) -> SkuForSale:
    """Of the first columns of a row of ``for_sale_select``."""
    sku = SkuForSale(*row)
    closed = closed_for(sku.season, sku.presale_until, day)
    return replace(sku, on_sale=False, closed=closed) if sku.on_sale and closed else sku


@dataclass(frozen=True, slots=True)
class SkuRow:
    sku_id: int
    name: str
    grams: int
    price_fen: int
    projected_income_fen: int
    is_active: bool
    available: int
    packing: Packing = Packing.PIECE
    tolerance_grams: int | None = None
    limit_units: int | None = None
    limit_days: int = 0
    presale_until: date | None = None
    ship_by: date | None = None
    picture_id: int | None = None

    @property
    def jin_fen(self) -> int:
        return jin_fen(self.price_fen, self.grams, self.tolerance_grams)


@dataclass(frozen=True, slots=True)
class PictureRow:
    picture_id: int
    token: str
    alt: str


def skus_of(listing_id: int, *, active_only: bool = True) -> list[SkuRow]:
    """A listing's packings in their order."""
    rows = read(_skus_statement(active_only), {"listing": listing_id})
    return [SkuRow(*row) for row in rows]


@cache
def _skus_statement(active_only: bool) -> Select[*tuple[Any, ...]]:
    criteria = [Sku.listing_id == bindparam("listing")]
    if active_only:
        criteria.append(Sku.is_active.is_(True))
    return (
        select(
            Sku.id,
            Sku.name,
            Sku.grams,
            Sku.price_fen,
            Sku.projected_income_fen,
            Sku.is_active,
            available_of_sku(),
            *_SELLING,
            Sku.picture_id,
        )
        .where(*criteria)
        .order_by(Sku.position, Sku.id)
    )


def pictures_of(listing_id: int) -> list[PictureRow]:
    rows = read(_pictures_statement(), {"listing": listing_id})
    return [PictureRow(*row) for row in rows]


@cache
def _pictures_statement() -> Select[*tuple[Any, ...]]:
    return (
        select(ListingPicture.id, Media.token, ListingPicture.alt)
        .join(Media, Media.id == ListingPicture.media_id)
        .where(ListingPicture.listing_id == bindparam("listing"))
        .order_by(ListingPicture.position)
    )
