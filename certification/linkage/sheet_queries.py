"""Reading work sheets: a supplier's own, and what a village is asked to confirm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select

from certification.linkage.models import LinkageAgreement, WorkSheet, WorkSheetRow
from certification.linkage.workflow import SheetState
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet on a list. ``households`` it names, ``confirmed`` of them by their villages; in a village's list both
    count that village's own. ``in_use``: its hours divide the wages of today's sales."""

    id: int
    number: str
    agreement_id: int
    product_name: str
    supplier_name: str
    state: SheetState
    from_on: date
    until_on: date
    task: str
    place: str
    submitted_at: datetime | None
    households: int
    confirmed: int
    minutes: int
    in_use: bool


def sheets_of_supplier(
    supplier_id: int, page: int = 1, agreement_id: int | None = None, state: SheetState | None = None
) -> Page[SheetLine]:
    """A supplier's sheets, the latest days first. Two statements."""
    wanted = [LinkageAgreement.supplier_id == supplier_id]
    if agreement_id is not None:
        wanted.append(WorkSheet.agreement_id == agreement_id)
    if state is not None:
        wanted.append(WorkSheet.state == state)
    return _page(wanted, None, page)


def sheets_of_villages(
    village_codes: Collection[str], page: int = 1, state: SheetState | None = SheetState.SUBMITTED
) -> Page[SheetLine]:
    """Sheets that ask these villages, once handed in; those whose answer is missing first. Two statements."""
    wanted = [WorkSheet.submitted_at.is_not(None), _asks(village_codes)]
    if state is not None:
        wanted.append(WorkSheet.state == state)
    return _page(wanted, village_codes, page)


def asked_of(village_codes: Collection[str]) -> ScalarSelect[int]:
    """SQL expression: sheets on which a household of these villages waits for a word."""
    return (
        select(func.count(WorkSheet.id.distinct()))
        .join(WorkSheetRow, WorkSheetRow.sheet_id == WorkSheet.id)
        .where(
            WorkSheetRow.village_code.in_(list(village_codes)),
            WorkSheetRow.confirmed_at.is_(None),
            WorkSheet.state == SheetState.SUBMITTED,
        )
        .scalar_subquery()
    )


def rows_of_sheet(sheet_id: int, village_codes: Collection[str] | None = None) -> list[WorkSheetRow]:
    """Its rows by village and household; with ``village_codes`` only those."""
    query = select(WorkSheetRow).where(WorkSheetRow.sheet_id == sheet_id)
    if village_codes is not None:
        query = query.where(WorkSheetRow.village_code.in_(list(village_codes)))
    return list(db.session.scalars(query.order_by(WorkSheetRow.village_code, WorkSheetRow.household_id)))


def sheet_in_use(agreement_id: int) -> WorkSheet | None:
    """The sheet whose hours divide the wages now."""
    return db.session.scalar(
        select(WorkSheet)
        .join(LinkageAgreement, LinkageAgreement.work_sheet_id == WorkSheet.id)
        .where(LinkageAgreement.id == agreement_id)
    )


def _asks(village_codes: Collection[str]) -> ColumnElement[bool]:
    return exists(
        select(WorkSheetRow.id).where(
            WorkSheetRow.sheet_id == WorkSheet.id, WorkSheetRow.village_code.in_(list(village_codes))
        )
    )


def _page(
    wanted: Collection[ColumnElement[bool]], village_codes: Collection[str] | None, page: int
) -> Page[SheetLine]:
    total = db.session.scalar(
        select(func.count())
        .select_from(WorkSheet)
        .join(LinkageAgreement, LinkageAgreement.id == WorkSheet.agreement_id)
        .where(*wanted)
    )
    rows = db.session.execute(
        select(
            WorkSheet.id,
            WorkSheet.number,
            WorkSheet.agreement_id,
            DeclaredProduct.name,
            Supplier.name,
            WorkSheet.state,
            WorkSheet.from_on,
            WorkSheet.until_on,
            WorkSheet.task,
            WorkSheet.place,
            WorkSheet.submitted_at,
            *_counts(village_codes),
            func.coalesce(LinkageAgreement.work_sheet_id, 0) == WorkSheet.id,
        )
        .join(LinkageAgreement, LinkageAgreement.id == WorkSheet.agreement_id)
        .join(DeclaredProduct, DeclaredProduct.id == LinkageAgreement.product_id)
        .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
        .where(*wanted)
        .order_by(WorkSheet.until_on.desc(), WorkSheet.id.desc())
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([SheetLine(*tuple(row)) for row in rows], page, total or 0)


def _counts(village_codes: Collection[str] | None) -> list[ColumnElement[int]]:
    counted: list[ColumnElement[int]] = []
    for figure in (
        func.count(WorkSheetRow.id),
        func.count(WorkSheetRow.confirmed_at),
        func.coalesce(func.sum(WorkSheetRow.minutes), 0),
    ):
        query = select(figure).where(WorkSheetRow.sheet_id == WorkSheet.id)
        if village_codes is not None:
            query = query.where(WorkSheetRow.village_code.in_(list(village_codes)))
        counted.append(query.correlate(WorkSheet).scalar_subquery())
    return counted
