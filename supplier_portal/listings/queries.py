"""What a supplier sees of its goods: stock rows, lots, and what may be received now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from catalog.products.models import Listing, Sku
from catalog.stock.models import StockRow
from certification.linkage.models import LinkageAgreement, SupplyLot
from certification.linkage.rules import LotPayment
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.outlets.models import Outlet
from marketplace.parties.models import Household
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind, IncomeState
from orders.ordering.models import LineIncome


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot with its stock; amounts in fen, weight in grams."""

    id: int
    number: str
    household_id: int
    household_code: str
    listing_id: int
    title: str
    sku_name: str
    payment: LotPayment
    grams: int
    grade: str
    place: str
    received_on: date
    total_fen: int
    units: int
    voucher_number: str | None
    has_voucher_file: bool
    stock_row_id: int
    available: int
    reserved: int
    sold: int
    outlet_name: str | None


def lots_page(supplier_id: int, page: int, payment: LotPayment | None = None) -> Page[LotRow]:
    """A supplier's lots, newest first. Two statements."""
    wanted = [LinkageAgreement.supplier_id == supplier_id]
    if payment is not None:
        wanted.append(SupplyLot.payment == payment)
    total = (
        db.session.scalar(
            select(func.count())
            .select_from(SupplyLot)
            .join(LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id)
            .where(*wanted)
        )
        or 0
    )
    rows = db.session.execute(
        select(
            SupplyLot.id,
            SupplyLot.number,
            SupplyLot.household_id,
            Household.code,
            Listing.id,
            Listing.title,
            Sku.name,
            SupplyLot.payment,
            SupplyLot.grams,
            SupplyLot.grade,
            SupplyLot.place,
            SupplyLot.received_on,
            SupplyLot.total_fen,
            SupplyLot.units,
            SupplyLot.voucher_number,
            SupplyLot.voucher_id.is_not(None),
            StockRow.id,
            StockRow.available,
            StockRow.reserved,
            StockRow.sold - StockRow.restocked,
            Outlet.name,
        )
        .join(LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id)
        .join(Household, Household.id == SupplyLot.household_id)
        .join(Sku, Sku.id == SupplyLot.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .join(StockRow, StockRow.lot_id == SupplyLot.id)
        .outerjoin(Outlet, Outlet.id == SupplyLot.outlet_id)
        .where(*wanted)
        .order_by(SupplyLot.received_on.desc(), SupplyLot.id.desc())
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([LotRow(*tuple(row)) for row in rows], page, total)


def get_voucher_id(lot_id: int, supplier_id: int) -> int:
    """The media of a lot's voucher. Raises NotFound for a foreign lot or one without a file."""
    found = db.session.scalar(
        select(SupplyLot.voucher_id)
        .join(LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id)
        .where(SupplyLot.id == lot_id, LinkageAgreement.supplier_id == supplier_id)
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class StockLine:
    stock_row_id: int
    sku_id: int
    sku_name: str
    listing_id: int
    title: str
    supplier_id: int
    lot_number: str | None
    available: int
    reserved: int


def get_stock_line(stock_row_id: int) -> StockLine:
    """Raises NotFound. Whose it is the caller checks."""
    row = db.session.execute(
        select(
            StockRow.id,
            Sku.id,
            Sku.name,
            Listing.id,
            Listing.title,
            Listing.supplier_id,
            SupplyLot.number,
            StockRow.available,
            StockRow.reserved,
        )
        .join(Sku, Sku.id == StockRow.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .outerjoin(SupplyLot, SupplyLot.id == StockRow.lot_id)
        .where(StockRow.id == stock_row_id)
    ).first()
    if row is None:
        raise NotFound
    return StockLine(*row)


def plain_rows(sku_ids: Collection[int]) -> dict[int, int]:
    """The stock row without a lot, by SKU."""
    rows = db.session.execute(
        select(StockRow.sku_id, StockRow.id).where(
            StockRow.sku_id.in_(list(sku_ids)), StockRow.lot_id.is_(None)
        )
    )
    return {row[0]: row[1] for row in rows}


def lot_income(lot_id: int) -> dict[IncomeState, int]:
    """What the ledger holds for units of one lot, in fen by state; empty states are left out."""
    rows = db.session.execute(
        select(Posting.income_state, -func.sum(Posting.fen))
        .join(LineIncome, LineIncome.id == Posting.line_income_id)
        .where(LineIncome.lot_id == lot_id, Posting.account_kind == AccountKind.HOUSEHOLD_INCOME.value)
        .group_by(Posting.income_state)
    )
    return {state: int(fen) for state, fen in rows if state is not None and fen}
