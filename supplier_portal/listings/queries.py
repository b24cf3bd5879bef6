"""What a supplier sees of its goods beside the lots themselves: vouchers, stock rows, and what a lot has brought."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from catalog.products.models import Listing, Sku
from catalog.stock.models import StockRow
from certification.linkage.models import LinkageAgreement, SupplyLot
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind, IncomeState
from orders.ordering.models import LineIncome


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
