"""Reading for the API what no room below already gives as rows: pages of products with their packings, incomes of
many orders at once. Bounded, and as many statements for one row as for a hundred."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.queries import available_of_sku, in_stock_clause, visible_clause
from catalog.products.selling_rules import Packing, Season, closed_for, jin_fen
from catalog.search import queries as search
from catalog.search.backend import SearchBackend
from certification.certificates.models import Certificate
from certification.certificates.queries import certificate_in_force
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.parties.models import Household, Supplier
from marketplace.regions.queries import names_of
from orders.ordering.commands import DeliverTo
from orders.ordering.models import LineIncome, Order, OrderLine
from orders.ordering.queries import IncomeFacts, OrderFacts

_SORTS: dict[str, tuple[Any, bool]] = {
    "sold": (Listing.sold_units, True),
    "new": (Listing.first_on_sale_at, True),
    "price": (Listing.from_price_fen, False),
    "price_desc": (Listing.from_price_fen, True),
    "income": (Listing.from_income_fen, True),
}


@dataclass(frozen=True, slots=True)
class SkuFacts:
    id: int
    name: str
    price_fen: int
    income_fen: int
    grams: int
    available: int
    packing: Packing
    tolerance_grams: int | None
    limit_units: int | None
    limit_days: int
    presale_until: date | None
    ship_by: date | None
    sale_from: str
    sale_until: str

    @property
    def in_stock(self) -> bool:
        """Whether it can be bought today: outside its days, and once a pre-sale is over, it can't."""
        season = Season(self.sale_from, self.sale_until)
        return self.available > 0 and closed_for(season, self.presale_until, clock.today()) is None

    @property
    def jin_fen(self) -> int | None:
        return jin_fen(self.price_fen, self.grams, self.tolerance_grams) or None

    @property
    def limit(self) -> dict[str, int] | None:
        return None if self.limit_units is None else {"units": self.limit_units, "days": self.limit_days}

    @property
    def presale(self) -> dict[str, date | None] | None:
        return None if self.ship_by is None else {"until": self.presale_until, "ship_by": self.ship_by}


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A listing as the API tells it; amounts in fen."""

    id: int
    title: str
    subtitle: str
    description: str
    specs: list[list[str]]
    price_fen: int
    income_fen: int
    category: str
    county_code: str
    origin_code: str
    cover_token: str | None
    supplier_id: int
    supplier_name: str
    household_code: str | None
    sponsor_name: str | None
    certificate_number: str
    certificate_until: date
    is_fresh: bool
    after_sales_hours: int
    sale_from: str
    sale_until: str
    is_visit: bool
    axes: list[str]

    @property
    def seller(self) -> str:
        """A pilot household is named by its number, never by a person's name."""
        if self.household_code is not None and self.sponsor_name is not None:
            return f"增收示范户 {self.household_code}"
        return self.supplier_name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of products is narrowed to and how it is ordered."""

    q: str
    category: str
    county: str
    in_stock: bool
    sort: str
    offset: int
    limit: int


def _products() -> Any:
    sponsor, household = aliased(Supplier), aliased(Household)
    # under its own name it would be taken for the one the subquery looks for
    certificate = aliased(Certificate)
    statement: Any = (
        select(
            Listing.id,
            Listing.title,
            Listing.subtitle,
            Listing.description,
            Listing.specs,
            Listing.from_price_fen,
            Listing.from_income_fen,
            Listing.category_code,
            Listing.county_code,
            DeclaredProduct.origin_code,
            Listing.cover_token,
            Listing.supplier_id,
            Supplier.name,
            household.code,
            sponsor.name,
            certificate.number,
            certificate.valid_until,
            Category.is_fresh,
            Category.after_sales_hours,
            Listing.sale_from,
            Listing.sale_until,
            Category.is_visit,
            Listing.axes,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Category, Category.code == Listing.category_code)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .join(certificate, certificate.id == certificate_in_force(Listing.product_id))
        .outerjoin(sponsor, and_(sponsor.id == Supplier.sponsor_id, Supplier.uscc.is_(None)))
        .outerjoin(household, and_(household.id == Supplier.household_id, Supplier.uscc.is_(None)))
    )
    return statement


def products_page(wanted: Wanted, backend: SearchBackend) -> tuple[list[ProductFacts], bool]:
    """Products on sale now, and whether there are more. Words are the engine's question, everything else SQL's."""
    criteria: list[ColumnElement[bool]] = [visible_clause()]
    if wanted.category:
        criteria.append(Listing.category_code.in_(categories_below(wanted.category)))
    if wanted.county:
        criteria.append(Listing.county_code.in_(_counties_called(wanted.county)))
    if wanted.in_stock:
        criteria.append(in_stock_clause())
    order = _order(wanted.sort)
    if wanted.q:
        found = search.ask(backend, wanted.q).listing_ids
        criteria.append(Listing.id.in_(found))
        if order is None:
            return _ranked(found, criteria, wanted)
    chosen = (
        select(Listing.id)
        .where(*criteria)
        .order_by(*(order or _order("sold") or ()))
        .offset(wanted.offset)
        .limit(wanted.limit + 1)
    )
    ids = list(db.session.scalars(chosen))
    return _in_order(ids[: wanted.limit]), len(ids) > wanted.limit


def _order(sort: str) -> tuple[Any, ...] | None:
    """None: as the engine ranked them."""
    if sort not in _SORTS:
        return None
    key, falling = _SORTS[sort]
    return (key.desc(), Listing.id.desc()) if falling else (key.asc(), Listing.id.asc())


def _ranked(
    found: Sequence[int], criteria: Sequence[ColumnElement[bool]], wanted: Wanted
) -> tuple[list[ProductFacts], bool]:
    shown = set(db.session.scalars(select(Listing.id).where(*criteria)))
    ids = [listing_id for listing_id in found if listing_id in shown]
    end = wanted.offset + wanted.limit
    return _in_order(ids[wanted.offset : end]), len(ids) > end


def _in_order(ids: Sequence[int]) -> list[ProductFacts]:
    if not ids:
        return []
    rows = {row[0]: ProductFacts(*row) for row in db.session.execute(_products().where(Listing.id.in_(ids)))}
    return [rows[listing_id] for listing_id in ids if listing_id in rows]


def get_product(listing_id: int) -> ProductFacts:
    """A product on sale now. Raises NotFound."""
    row = db.session.execute(_products().where(Listing.id == listing_id, visible_clause())).first()
    if row is None:
        raise NotFound
    return ProductFacts(*row)


def skus_of_each(listing_ids: Collection[int]) -> Mapping[int, list[SkuFacts]]:
    """Packings on sale by listing, in their order. One statement."""
    found: dict[int, list[SkuFacts]] = defaultdict(list)
    if listing_ids:
        rows = db.session.execute(
            select(
                Sku.listing_id,
                Sku.id,
                Sku.name,
                Sku.price_fen,
                Sku.projected_income_fen,
                Sku.grams,
                available_of_sku(),
                Sku.packing,
                Sku.tolerance_grams,
                Sku.limit_units,
                Sku.limit_days,
                Sku.presale_until,
                Sku.ship_by,
                Listing.sale_from,
                Listing.sale_until,
            )
            .join(Listing, Listing.id == Sku.listing_id)
            .where(Sku.listing_id.in_(sorted(listing_ids)), Sku.is_active)
            .order_by(Sku.listing_id, Sku.position, Sku.id)
        )
        for row in rows:
            found[row[0]].append(SkuFacts(*tuple(row)[1:]))
    return found


def picture_tokens(listing_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(Media.token)
            .join(ListingPicture, ListingPicture.media_id == Media.id)
            .where(ListingPicture.listing_id == listing_id)
            .order_by(ListingPicture.position)
        )
    )


def categories() -> list[Any]:
    """(code, name, parent code) of every category, in their order."""
    return list(
        db.session.execute(
            select(Category.code, Category.name, Category.parent_code).order_by(
                Category.position, Category.code
            )
        )
    )


def categories_below(code: str) -> list[str]:
    """A category and what lies below it; empty for one that is none."""
    parents = {row.code: row.parent_code for row in categories()}
    return [each for each, parent in parents.items() if code in (each, parent)]


def _counties_called(text: str) -> list[str]:
    """Codes of the counties meant by a code or a name, among those something is listed from."""
    codes = db.session.scalars(select(Listing.county_code).distinct())
    return [code for code, name in names_of(codes).items() if text in (code, name)]


def incomes_by_order(order_ids: Collection[int]) -> Mapping[int, list[IncomeFacts]]:
    """The frozen household parts of several orders. One statement."""
    found: dict[int, list[IncomeFacts]] = defaultdict(list)
    if order_ids:
        columns = [getattr(LineIncome, name) for name in IncomeFacts.__slots__]
        rows = db.session.execute(
            select(OrderLine.order_id, *columns)
            .join(OrderLine, OrderLine.id == LineIncome.line_id)
            .where(OrderLine.order_id.in_(sorted(order_ids)))
            .order_by(LineIncome.id)
        )
        for row in rows:
            found[row[0]].append(IncomeFacts(*row[1:]))
    return found


def order_facts(order_ids: Collection[int]) -> dict[int, OrderFacts]:
    """Several orders by id. One statement."""
    if not order_ids:
        return {}
    columns = [getattr(Order, name) for name in OrderFacts.__slots__]
    rows = db.session.execute(select(*columns).where(Order.id.in_(sorted(order_ids))))
    return {row[0]: OrderFacts(*row) for row in rows}


def delivered_to(checkout_id: int) -> list[DeliverTo]:
    """Where the orders of a checkout go: personal data, to be compared and not to be told."""
    rows = db.session.execute(
        select(Order.recipient, Order.mobile, Order.street_code, Order.address_detail).where(
            Order.checkout_id == checkout_id
        )
    )
    return [DeliverTo(*row) for row in rows]
