"""What a product page says of the product: the listing with its certificate; its linkage and what sending it costs.

Amounts are fen. Small cells: below five linked households a page tells what one unit brings, never a sum.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from catalog.attributes.queries import options_of_listing
from catalog.products.models import Listing, ListingVideo, Sku
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import available_of_listing
from catalog.products.selling_rules import Season
from catalog.products.workflow import ListingState
from certification.applications.rules import SMALL_CELL
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm, SupplyLot
from certification.linkage.queries import covers
from certification.linkage.rules import LinkageMode, Term
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db, read
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.parameters import Parameter, ParameterValue
from marketplace.parties.models import Household, Supplier
from marketplace.parties.rules import SupplierKind
from marketplace.storefront.shared import kept
from marketplace.stories.models import Story
from marketplace.stories.queries import public_clause
from orders.fulfilment.models import FreightRule
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.fulfilment.rules import FreightBasis, FreightTerms
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ordering.models import OrderLine


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """``certificate_*`` are None while no certificate is in force; ``fee_bp`` is the platform's part now;
    ``ship_hours`` are those within which a paid order leaves;
    ``story_id`` is of the village it comes from, while it may be read; ``video_at`` is when its video was uploaded."""

    listing_id: int
    product_id: int
    supplier_id: int
    state: ListingState
    title: str
    subtitle: str
    description: str
    specs: list[list[str]]
    sold_units: int
    category_code: str
    county_code: str
    available: int
    product_name: str
    variety: str
    grade: str
    origin_code: str
    category_name: str
    is_fresh: bool
    after_sales_hours: int
    supplier_name: str
    supplier_kind: SupplierKind
    supplier_village: str
    supplier_story: str
    household_code: str | None
    sponsor_name: str | None
    certificate_number: str | None
    certificate_from: date | None
    certificate_until: date | None
    lot_on: date | None
    lot_place: str | None
    lot_code: str | None
    option_ids: str | None
    is_visit: bool
    fee_bp: int
    ship_hours: int
    story_id: int | None
    sale_from: str
    sale_until: str
    axes: list[str]
    video_token: str | None
    video_at: datetime | None

    @property
    def season(self) -> Season:
        return Season(self.sale_from, self.sale_until)

    @property
    def seller(self) -> str:
        """A pilot household is named by its number, never by a person's name; its sponsor sells."""
        if self.household_code is not None and self.sponsor_name is not None:
            return f"增收示范户 {self.household_code}"
        return self.supplier_name

    @property
    def options(self) -> set[int]:
        """Ids of what the listing says of itself."""
        return {int(each) for each in (self.option_ids or "").split(",") if each}


def get_product(listing_id: int) -> ProductFacts:
    """Raises NotFound. Whether it may be shown is the caller's question."""
    row = read(_product_statement(clock.today()), {"listing": listing_id}).first()
    if row is None:
        raise NotFound
    return ProductFacts(*tuple(row))


#: the facts of ``ProductFacts`` in its order, first those of the listing, then what it is and who sells it
_LISTED = (
    Listing.id,
    Listing.product_id,
    Listing.supplier_id,
    Listing.state,
    Listing.title,
    Listing.subtitle,
    Listing.description,
    Listing.specs,
    Listing.sold_units,
    Listing.category_code,
    Listing.county_code,
)
_DECLARED = (
    DeclaredProduct.name,
    DeclaredProduct.variety,
    DeclaredProduct.grade,
    DeclaredProduct.origin_code,
    Category.name,
    Category.is_fresh,
    Category.after_sales_hours,
    Supplier.name,
    Supplier.kind,
    Supplier.village_code,
    Supplier.story,
)


@lru_cache(maxsize=4)
def _product_statement(day: date) -> Select[*tuple[Any, ...]]:
    # made once a day: its aliases alone have a hundred columns
    sponsor = aliased(Supplier)
    household = aliased(Household)
    certificate = aliased(Certificate)
    return (
        select(
            *_LISTED,
            available_of_listing(),
            *_DECLARED,
            household.code,
            sponsor.name,
            certificate.number,
            certificate.valid_from,
            certificate.valid_until,
            *(
                _latest_lot(column)
                for column in (SupplyLot.received_on, SupplyLot.place, SupplyLot.trace_code)
            ),
            options_of_listing(),
            Category.is_visit,
            _parameter(PLATFORM_FEE_BP),
            _parameter(SHIP_WITHIN_HOURS),
            _story(),
            Listing.sale_from,
            Listing.sale_until,
            Listing.axes,
            Media.token,
            Media.uploaded_at,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Category, Category.code == Listing.category_code)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .outerjoin(sponsor, and_(sponsor.id == Supplier.sponsor_id, Supplier.uscc.is_(None)))
        .outerjoin(household, and_(household.id == Supplier.household_id, Supplier.uscc.is_(None)))
        .outerjoin(certificate, certificate.id == _certificate_in_force(day))
        .outerjoin(ListingVideo, ListingVideo.listing_id == Listing.id)
        .outerjoin(Media, Media.id == ListingVideo.media_id)
        .where(Listing.id == bindparam("listing"))
    )


def _certificate_in_force(day: date) -> ScalarSelect[int]:
    return (
        select(Certificate.id)
        .where(
            Certificate.product_id == Listing.product_id,
            Certificate.state == CertificateState.IN_FORCE,
            Certificate.valid_from <= day,
            Certificate.valid_until >= day,
        )
        .order_by(Certificate.version.desc(), Certificate.id.desc())
        .limit(1)
        .correlate(Listing)
        .scalar_subquery()
    )


def _latest_lot(column: Any) -> ScalarSelect[Any]:
    return (
        select(column)
        .join(Sku, Sku.id == SupplyLot.sku_id)
        .where(Sku.listing_id == Listing.id)
        .order_by(SupplyLot.received_on.desc(), SupplyLot.id.desc())
        .limit(1)
        .correlate(Listing)
        .scalar_subquery()
    )


def _story() -> ScalarSelect[int]:
    return (
        select(Story.id)
        .where(Story.village_code == DeclaredProduct.origin_code, public_clause())
        .order_by(Story.decided_at.desc(), Story.id.desc())
        .limit(1)
        .correlate(DeclaredProduct)
        .scalar_subquery()
    )


def _parameter(parameter: Parameter) -> ColumnElement[int]:
    # its own reading would cost a statement of its own
    said = select(ParameterValue.value).where(ParameterValue.key == parameter.key).scalar_subquery()
    return func.coalesce(said, parameter.default)


@dataclass(frozen=True, slots=True)
class Linkage:
    """The agreement in force: its terms, and how many of its households live in which village. Empty when none is."""

    terms: tuple[Term, ...]
    villages: dict[str, int]

    @property
    def households(self) -> int:
        return sum(self.villages.values())

    @property
    def is_small(self) -> bool:
        return self.households < SMALL_CELL


def linkage_and_freight(product_id: int) -> tuple[Linkage, list[FreightTerms]]:
    """One statement: terms and villages of the agreement that began last, and what its supplier asks for freight."""
    rows = read(_linkage_statement(clock.today()), {"product": product_id}).all()
    linkage = Linkage(
        terms=tuple(Term(LinkageMode(row[1]), *row[3:6]) for row in rows if row[0] == "term"),
        villages={row[1]: row[3] for row in rows if row[0] == "village"},
    )
    return linkage, [
        FreightTerms(row[1], FreightBasis(row[2]), *row[3:]) for row in rows if row[0] == "freight"
    ]


@lru_cache(maxsize=4)
def _linkage_statement(day: date) -> CompoundSelect[*tuple[Any, ...]]:
    agreement = (
        select(LinkageAgreement.id)
        .where(LinkageAgreement.product_id == bindparam("product"), covers(day))
        .order_by(LinkageAgreement.starts_on.desc(), LinkageAgreement.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    nothing = [literal(0)] * 5
    return union_all(
        select(
            literal("term"),
            cast(LinkageTerm.mode, String),
            literal(""),
            LinkageTerm.share_bp,
            LinkageTerm.sponsor_fee_fen,
            LinkageTerm.unit_fen,
            *nothing[:3],
        ).where(LinkageTerm.agreement_id == agreement),
        select(literal("village"), cast(Household.village_code, String), literal(""), func.count(), *nothing)
        .select_from(LinkageMember)
        .join(Household, Household.id == LinkageMember.household_id)
        .where(LinkageMember.agreement_id == agreement)
        .group_by(Household.village_code),
        _freight_statement(),
    )


def _freight_statement() -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("freight"),
            cast(FreightRule.province_code, String),
            cast(FreightRule.basis, String),
            FreightRule.first_size,
            FreightRule.first_fen,
            FreightRule.next_size,
            FreightRule.next_fen,
            FreightRule.free_over_fen,
            case((FreightRule.is_excluded, 1), else_=0),
        )
        .join(DeclaredProduct, DeclaredProduct.supplier_id == FreightRule.supplier_id)
        .where(DeclaredProduct.id == bindparam("product"))
    )


def income_brought(product_id: int) -> int | None:
    """What all sales of a product brought its households, refunds taken off; from the ledger, kept for a minute. None
    where fewer households stand behind the sum than may be counted in public, however many the agreement links."""
    return kept(f"income:{product_id}", lambda: _read_income(product_id))


def _read_income(product_id: int) -> int | None:
    by_household = (
        select((-func.sum(Posting.fen)).label("fen"))
        .join(OrderLine, OrderLine.id == Posting.line_id)
        .where(OrderLine.product_id == product_id, Posting.account_kind == AccountKind.HOUSEHOLD_INCOME.value)
        .group_by(Posting.household_id)
        .having(func.sum(Posting.fen) != 0)
        .subquery()
    )
    households, total = db.session.execute(select(func.count(), func.sum(by_household.c.fen))).one()
    return int(total) if households >= SMALL_CELL else None
