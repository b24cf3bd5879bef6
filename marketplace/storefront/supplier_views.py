"""A seller's page: who it is, what it sells, which certificates it holds. No sums: few households stand behind them."""

from dataclasses import dataclass
from datetime import date

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from catalog.products.models import Listing
from catalog.products.queries import CardRow, card_select, cards, visible_clause
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import media_url
from marketplace.parties.models import Household, Supplier
from marketplace.parties.queries import admitted_clause, public_phone_of
from marketplace.parties.rules import SupplierKind
from marketplace.regions.queries import names_of
from marketplace.regions.rules import county_code_of, place_name, town_code_of
from marketplace.storefront.cards import cards_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.shared import coupons_for
from marketplace.storefront.sharing import shared_page
from marketplace.storefront.story_cards import FEW, story_cards
from marketplace.stories.queries import of_supplier

MOST_SHOWN = 60
MOST_COUPONS = 8


@dataclass(frozen=True, slots=True)
class Seller:
    """``household_code`` names a pilot household, never a person; ``sponsor`` is who sells for it. ``phone`` is what
    it, or its sponsor, published, or empty."""

    id: int
    name: str
    kind: SupplierKind
    village_code: str
    story: str
    sponsor: str | None
    household_code: str | None
    phone: str

    @property
    def shown_name(self) -> str:
        return f"增收示范户 {self.household_code}" if self.household_code and self.sponsor else self.name


@dataclass(frozen=True, slots=True)
class CertificateRow:
    number: str
    product: str
    valid_until: date


def _get_seller(supplier_id: int) -> Seller:
    """Raises NotFound, also for one that may not sell."""
    sponsor = aliased(Supplier)
    row = db.session.execute(
        select(
            Supplier.id,
            Supplier.name,
            Supplier.kind,
            Supplier.village_code,
            Supplier.story,
            sponsor.name,
            Household.code,
            public_phone_of(sponsor),
        )
        .outerjoin(sponsor, and_(sponsor.id == Supplier.sponsor_id, Supplier.uscc.is_(None)))
        .outerjoin(Household, and_(Household.id == Supplier.household_id, Supplier.uscc.is_(None)))
        .where(Supplier.id == supplier_id, admitted_clause(Supplier.id))
    ).first()
    if row is None:
        raise NotFound
    return Seller(*row)


def _certificates(supplier_id: int) -> list[CertificateRow]:
    day = clock.today()
    rows = db.session.execute(
        select(Certificate.number, DeclaredProduct.name, Certificate.valid_until)
        .join(DeclaredProduct, DeclaredProduct.id == Certificate.product_id)
        .where(
            DeclaredProduct.supplier_id == supplier_id,
            Certificate.state == CertificateState.IN_FORCE,
            Certificate.valid_from <= day,
            Certificate.valid_until >= day,
        )
        .order_by(Certificate.number)
        .limit(MOST_SHOWN)
    )
    return [CertificateRow(*row) for row in rows]


def _goods(supplier_id: int) -> list[CardRow]:
    statement = card_select().where(Listing.supplier_id == supplier_id, visible_clause())
    return cards(statement.order_by(Listing.sold_units.desc(), Listing.id.desc()).limit(MOST_SHOWN))


@guest_page
def show(supplier_id: int) -> ResponseReturnValue:
    seller = _get_seller(supplier_id)
    goods = _goods(supplier_id)
    origins = list(dict.fromkeys(row.origin_code for row in goods))
    home = seller.village_code
    cover = next((row.cover_token for row in goods if row.cover_token), None)
    names = names_of({home, town_code_of(home), county_code_of(home), *origins})
    return render_template(
        "storefront/supplier.html",
        seller=seller,
        place="".join(names.get(code, "") for code in (county_code_of(home), town_code_of(home)))
        + place_name(names.get(home, "")),
        cards=cards_of(goods),
        coupons=coupons_for(supplier_id)[:MOST_COUPONS],
        shared=shared_page(
            seller.shown_name,
            seller.story or f"{seller.kind.label}，在卖 {len(goods)} 种认定好物",
            url_for("suppliers.show", supplier_id=supplier_id),
            media_url(cover, 640) if cover else "",
        ),
        certificates=_certificates(supplier_id),
        stories=story_cards(of_supplier(supplier_id, FEW)),
        villages=[(code, place_name(names.get(code, ""))) for code in origins],
    )
