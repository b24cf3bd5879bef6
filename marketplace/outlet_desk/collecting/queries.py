"""What an outlet may take in, and what it took in. Households by their code and a masked name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select

from catalog.products.models import Listing, Sku
from catalog.stock.receiving import OwnSku, get_sku, purchase_terms, skus_of_suppliers
from certification.linkage.models import LinkageAgreement, SupplyLot
from certification.linkage.rules import SaleTerms
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Household, Supplier
from marketplace.parties.outlet_links import suppliers_of_outlet


@dataclass(frozen=True, slots=True)
class Collectable:
    """A packing the outlet may fill, under these terms."""

    sku: OwnSku
    supplier_name: str
    terms: SaleTerms


def collectables(outlet_id: int) -> dict[str, list[Collectable]]:
    """By supplier's name: packings whose goods come in lots, of who lets this outlet collect. Three queries."""
    suppliers = suppliers_of_outlet(outlet_id)
    skus = skus_of_suppliers(suppliers)
    terms = purchase_terms({sku.product_id for sku in skus})
    found: dict[str, list[Collectable]] = {name: [] for name in suppliers.values()}
    for sku in skus:
        if sku.product_id in terms:
            name = suppliers[sku.supplier_id]
            found[name].append(Collectable(sku, name, terms[sku.product_id]))
    return found


def collectable(outlet_id: int, sku_id: int) -> Collectable:
    """Raises NotFound for a packing of somebody who does not let this outlet collect, or that takes no lots."""
    sku = get_sku(sku_id)
    suppliers: Mapping[int, str] = suppliers_of_outlet(outlet_id)
    terms = purchase_terms([sku.product_id]).get(sku.product_id)
    if sku.supplier_id not in suppliers or terms is None:
        raise NotFound
    return Collectable(sku, suppliers[sku.supplier_id], terms)


@dataclass(frozen=True, slots=True)
class CollectedLot:
    """Amounts in fen, weight in grams."""

    id: int
    number: str
    received_on: date
    recorded_at: datetime
    supplier_name: str
    household_code: str
    village_code: str
    title: str
    sku_name: str
    grade: str
    place: str
    grams: int
    total_fen: int
    units: int


def _select() -> Select[int, str, date, datetime, str, str, str, str, str, str, str, int, int, int]:
    return (
        select(
            SupplyLot.id,
            SupplyLot.number,
            SupplyLot.received_on,
            SupplyLot.recorded_at,
            Supplier.name,
            Household.code,
            Household.village_code,
            Listing.title,
            Sku.name,
            SupplyLot.grade,
            SupplyLot.place,
            SupplyLot.grams,
            SupplyLot.total_fen,
            SupplyLot.units,
        )
        .join(LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id)
        .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
        .join(Household, Household.id == SupplyLot.household_id)
        .join(Sku, Sku.id == SupplyLot.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
    )


def collected_page(outlet_id: int, page: int) -> Page[CollectedLot]:
    """The newest first. Two queries."""
    total = db.session.scalar(select(func.count()).where(SupplyLot.outlet_id == outlet_id)) or 0
    rows = db.session.execute(
        _select()
        .where(SupplyLot.outlet_id == outlet_id)
        .order_by(SupplyLot.id.desc())
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([CollectedLot(*row) for row in rows], page, total)


def collected_lot(outlet_id: int, lot_id: int) -> CollectedLot:
    """Raises NotFound for one this outlet did not take in."""
    row = db.session.execute(
        _select().where(SupplyLot.id == lot_id, SupplyLot.outlet_id == outlet_id)
    ).first()
    if row is None:
        raise NotFound
    return CollectedLot(*row)


@dataclass(frozen=True, slots=True)
class Collected:
    """``agreed_fen`` is what was agreed at the scale; what of it became income the ledger tells."""

    lots: int
    grams: int
    households: int
    agreed_fen: int


def collected_between(outlet_id: int, first: date, last: date) -> Collected:
    """Both days included. One query."""
    lots, grams, households, fen = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(SupplyLot.grams), 0),
            func.count(SupplyLot.household_id.distinct()),
            func.coalesce(func.sum(SupplyLot.total_fen), 0),
        ).where(SupplyLot.outlet_id == outlet_id, SupplyLot.received_on.between(first, last))
    ).one()
    return Collected(lots, int(grams), households, int(fen))
