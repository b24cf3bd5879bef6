"""Agreements' papers, work sheets and lots, as the access test asks for them."""

from collections.abc import Iterator

from sqlalchemy import select

from certification.linkage.models import (
    AgreementScan,
    LinkageAgreement,
    LinkageTerm,
    SupplyLot,
    WorkSheet,
    WorkSheetRow,
)
from certification.linkage.rules import LinkageMode
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from tests.support.access_rules import Thing
from tests.support.things import of_supplier

_AGREEMENT = (LinkageAgreement, LinkageAgreement.id == WorkSheet.agreement_id)

lots = of_supplier("lot_id", SupplyLot, (LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id))
sheets = of_supplier("sheet_id", WorkSheet, _AGREEMENT)
paying_agreements = of_supplier(
    "agreement_id",
    LinkageAgreement,
    where=LinkageAgreement.id.in_(
        select(LinkageTerm.agreement_id).where(LinkageTerm.mode == LinkageMode.LABOUR)
    ),
)


def scans() -> Iterator[Thing]:
    """Each page under its own agreement, and under another one where it is nobody's."""
    query = (
        select(AgreementScan.id, LinkageAgreement.id, LinkageAgreement.supplier_id, Supplier.village_code)
        .join(LinkageAgreement, LinkageAgreement.id == AgreementScan.agreement_id)
        .join(Supplier, Supplier.id == LinkageAgreement.supplier_id)
    )
    for scan_id, agreement_id, supplier_id, region in db.session.execute(query):
        args = {"agreement_id": agreement_id, "scan_id": scan_id}
        yield Thing(args, supplier=supplier_id, region=region)
        yield Thing({**args, "agreement_id": agreement_id + 1}, ours=False)


def asked_sheets() -> Iterator[Thing]:
    for sheet in db.session.scalars(select(WorkSheet)):
        villages = db.session.scalars(
            select(WorkSheetRow.village_code).where(WorkSheetRow.sheet_id == sheet.id)
        )
        yield Thing(
            {"sheet_id": sheet.id}, villages=frozenset(villages), submitted=sheet.submitted_at is not None
        )


def asked_rows() -> Iterator[Thing]:
    query = select(WorkSheetRow, WorkSheet.submitted_at).join(
        WorkSheet, WorkSheet.id == WorkSheetRow.sheet_id
    )
    for row, submitted_at in db.session.execute(query):
        yield Thing(
            {"sheet_id": row.sheet_id, "household_id": row.household_id},
            region=row.village_code,
            submitted=submitted_at is not None,
        )


def asked_village(actor: Actor | None, thing: Thing) -> bool:
    """An official of a village some of whose households worked."""
    return actor is not None and thing.submitted and bool(thing.villages & set(actor.official_regions))


def traced_lots() -> Iterator[Thing]:
    codes = db.session.scalars(select(SupplyLot.trace_code).where(SupplyLot.trace_code.is_not(None)))
    return (Thing({"code": code}) for code in codes)
