"""Lots with their goods: what came in, where its units went. Read by who received it, who collected it, and, without
whose it was, by anyone who holds its code."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from catalog.products.models import Listing, Sku
from catalog.products.queries import visible_clause
from catalog.stock.models import StockRow
from certification.linkage.models import LinkageAgreement, SupplyLot
from certification.linkage.rules import LotPayment
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.outlets.models import Outlet
from marketplace.parties.models import Household, Supplier


@dataclass(frozen=True, slots=True)
class LotRecord:
    """Weights in grams, amounts in fen. ``adjusted`` is signed: what was counted, spoiled or written off after a
    return."""

    id: int
    number: str
    trace_code: str | None
    supplier_id: int
    supplier_name: str
    household_id: int
    household_code: str
    village_code: str
    listing_id: int
    title: str
    product_id: int
    sku_id: int
    sku_name: str
    payment: LotPayment
    grams: int
    grade: str
    place: str
    received_on: date
    total_fen: int
    units: int
    voucher_number: str | None
    has_voucher: bool
    outlet_id: int | None
    outlet_name: str | None
    recorded_at: datetime
    stock_row_id: int
    available: int
    reserved: int
    sold: int
    adjusted: int

    @property
    def is_bought(self) -> bool:
        return self.payment is LotPayment.BOUGHT

    @property
    def lost(self) -> int:
        """Units spoiled or found missing: never sold, or come back and not fit to be sold again."""
        return -self.adjusted

    def share_of(self, units: int) -> int:
        """What this many of its units carry of the agreed total, in fen, rounded down."""
        return self.total_fen * units // self.units


#: a field of ``LotRecord`` → where it stands
_RECORD: dict[str, Any] = {
    "id": SupplyLot.id,
    "number": SupplyLot.number,
    "trace_code": SupplyLot.trace_code,
    "supplier_id": Supplier.id,
    "supplier_name": Supplier.name,
    "household_id": SupplyLot.household_id,
    "household_code": Household.code,
    "village_code": Household.village_code,
    "listing_id": Listing.id,
    "title": Listing.title,
    "product_id": Listing.product_id,
    "sku_id": Sku.id,
    "sku_name": Sku.name,
    "payment": SupplyLot.payment,
    "grams": SupplyLot.grams,
    "grade": SupplyLot.grade,
    "place": SupplyLot.place,
    "received_on": SupplyLot.received_on,
    "total_fen": SupplyLot.total_fen,
    "units": SupplyLot.units,
    "voucher_number": SupplyLot.voucher_number,
    "has_voucher": SupplyLot.voucher_id.is_not(None),
    "outlet_id": Outlet.id,
    "outlet_name": Outlet.name,
    "recorded_at": SupplyLot.recorded_at,
    "stock_row_id": StockRow.id,
    "available": StockRow.available,
    "reserved": StockRow.reserved,
    "sold": StockRow.sold - StockRow.restocked,
    "adjusted": StockRow.adjusted,
}


def _read(statement: Select[*tuple[Any, ...]]) -> list[LotRecord]:
    rows = db.session.execute(statement)
    return [LotRecord(**dict(zip(_RECORD, row, strict=True))) for row in rows]


def _lots(*criteria: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_RECORD.values())
        .join(LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id)
        .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
        .join(Household, Household.id == SupplyLot.household_id)
        .join(Sku, Sku.id == SupplyLot.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .join(StockRow, StockRow.lot_id == SupplyLot.id)
        .outerjoin(Outlet, Outlet.id == SupplyLot.outlet_id)
        .where(*criteria)
    )


def get_lot(lot_id: int) -> LotRecord:
    """Raises NotFound. Whose it is the caller checks."""
    found = _read(_lots(SupplyLot.id == lot_id))
    if not found:
        raise NotFound
    return found[0]


def lots_of_supplier(supplier_id: int, page: int, payment: LotPayment | None = None) -> Page[LotRecord]:
    """A supplier's lots, newest first. Two statements."""
    wanted = [LinkageAgreement.supplier_id == supplier_id]
    if payment is not None:
        wanted.append(SupplyLot.payment == payment)
    own = select(func.count()).select_from(SupplyLot).join(LinkageAgreement).where(*wanted)
    newest = _lots(*wanted).order_by(SupplyLot.received_on.desc(), SupplyLot.id.desc())
    return Page(_read(newest.limit(PAGE_SIZE).offset(offset_of(page))), page, db.session.scalar(own) or 0)


@dataclass(frozen=True, slots=True)
class TracedLot:
    """What the code on a bag tells anyone. Weight and number of units are left out: with what one unit brings they
    would tell one household's income."""

    number: str
    received_on: date
    grade: str
    unit_fen: int
    village_code: str
    product_id: int
    product_name: str
    variety: str
    listing_id: int
    title: str
    sku_name: str
    cover_token: str | None
    is_sold: bool
    supplier_id: int
    supplier_name: str
    outlet_name: str | None


def find_traced_lot(code: str) -> TracedLot | None:
    """The lot whose code this is; None for an unknown one. One statement."""
    sold_now: ColumnElement[bool] = visible_clause()
    row = db.session.execute(
        select(
            SupplyLot.number,
            SupplyLot.received_on,
            SupplyLot.grade,
            SupplyLot.total_fen,
            SupplyLot.units,
            Household.village_code,
            DeclaredProduct.id,
            DeclaredProduct.name,
            DeclaredProduct.variety,
            Listing.id,
            Listing.title,
            Sku.name,
            Listing.cover_token,
            sold_now,
            Supplier.id,
            Supplier.name,
            Outlet.name,
        )
        .join(LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id)
        .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
        .join(Household, Household.id == SupplyLot.household_id)
        .join(Sku, Sku.id == SupplyLot.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .outerjoin(Outlet, Outlet.id == SupplyLot.outlet_id)
        .where(SupplyLot.trace_code == code)
    ).first()
    if row is None:
        return None
    number, received_on, grade, total_fen, units, *rest = row
    return TracedLot(number, received_on, grade, total_fen // units, *rest)
