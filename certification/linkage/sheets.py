"""Work sheets: the supplier says who worked how long, each village confirms its own households, and the last word
closes the sheet. From then on its hours divide the wages of every unit sold, until a later sheet is closed.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update

from certification.linkage.commands import own_agreement
from certification.linkage.events import TermsChanged
from certification.linkage.models import (
    LinkageAgreement,
    LinkageMember,
    LinkageTerm,
    WorkSheet,
    WorkSheetRow,
)
from certification.linkage.parameters import SHEET_HOURS_A_DAY, SHEET_MOST_DAYS
from certification.linkage.rules import LinkageMode
from certification.linkage.sheet_rules import Hours, SheetFacts, check_hours, check_sheet, overlaps
from certification.linkage.workflow import SHEET, AgreementState, SheetState
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.models import Household
from marketplace.regions.queries import rows_of
from marketplace.regions.rules import RegionLevel

EDITABLE = (SheetState.DRAFT, SheetState.RETURNED)


@transactional
def open_sheet(actor: Actor, agreement_id: int, facts: SheetFacts) -> int:
    """A draft. Raises NotFound for a foreign agreement, Conflict for one that pays no wages, InvalidInput at a
    field."""
    agreement = own_agreement(actor, agreement_id)
    _check(agreement, facts)
    today = clock.today()
    sheet = WorkSheet(
        number=f"G{today:%Y%m}{next_number(f'work_sheets.{today:%Y%m}'):04d}",
        agreement_id=agreement.id,
        state=SHEET.initial,
        created_at=clock.now(),
        created_by=actor.user_id,
    )
    _fill(sheet, facts)
    audit.record(actor.user_id, "linkage.sheet_open", "work_sheet", sheet.id)
    return sheet.id


@transactional
def change_sheet(actor: Actor, sheet_id: int, facts: SheetFacts) -> None:
    """Change a draft or a returned sheet. What a village confirmed stays confirmed while it stays the same."""
    sheet = own_sheet(actor, sheet_id)
    if sheet.state not in EDITABLE:
        raise Conflict("linkage.sheet_not_editable")
    _check(db.session.get_one(LinkageAgreement, sheet.agreement_id), facts)
    _fill(sheet, facts)
    audit.record(actor.user_id, "linkage.sheet_change", "work_sheet", sheet.id)


@transactional
def submit_sheet(actor: Actor, sheet_id: int) -> None:
    """Ask the villages. Raises Conflict ``linkage.sheet_overlap`` where another sheet covers one of its days."""
    sheet = own_sheet(actor, sheet_id)
    agreement = db.session.get_one(LinkageAgreement, sheet.agreement_id)
    # two sheets of the same days sent at once must see each other
    db.session.refresh(agreement, with_for_update=True)
    hours = tuple(Hours(row.household_id, row.minutes, row.note) for row in _rows(sheet.id))
    _check(agreement, SheetFacts(sheet.from_on, sheet.until_on, sheet.task, sheet.place, hours))
    if overlaps((sheet.from_on, sheet.until_on), _other_days(sheet)):
        raise Conflict("linkage.sheet_overlap", field="from_on")
    sheet.state = SHEET.next(sheet.state, "submit")
    sheet.submitted_at, sheet.return_reason = clock.now(), None
    audit.record(actor.user_id, "linkage.sheet_submit", "work_sheet", sheet.id)
    db.session.flush()
    open_rows = [row for row in _rows(sheet.id) if row.confirmed_at is None]
    if not open_rows:
        _close(sheet, actor.user_id)
    _tell_villages(sheet, {row.village_code for row in open_rows})


@transactional
def confirm_hours(actor: Actor, sheet_id: int, household_id: int) -> None:
    """The word of a household's own village that it worked so long; the last one closes the sheet.

    Raises NotFound outside the actor's villages, Forbidden for a member of the supplier or the household, Conflict when
    it was confirmed.
    """
    sheet, villages = _asked(actor, sheet_id)
    if household_id in actor.household_ids:
        raise Forbidden("linkage.sheet_own_hours")
    # two villages that confirm the last two households at once must see each other, or nobody closes it
    db.session.refresh(sheet, with_for_update=True)
    SHEET.next(sheet.state, "close")
    row = db.session.scalar(
        select(WorkSheetRow).where(
            WorkSheetRow.sheet_id == sheet.id,
            WorkSheetRow.household_id == household_id,
            WorkSheetRow.village_code.in_(villages),
        )
    )
    if row is None:
        raise NotFound
    confirmed = db.session.execute(
        update(WorkSheetRow)
        .where(WorkSheetRow.id == row.id, WorkSheetRow.confirmed_at.is_(None))
        .values(confirmed_at=clock.now(), confirmed_by=actor.user_id)
    )
    if getattr(confirmed, "rowcount", 0) != 1:
        raise Conflict("linkage.hours_confirmed")
    audit.record(actor.user_id, "linkage.sheet_confirm", "work_sheet", sheet.id, {"household": household_id})
    waiting = select(func.count()).where(
        WorkSheetRow.sheet_id == sheet.id, WorkSheetRow.confirmed_at.is_(None)
    )
    if not db.session.scalar(waiting):
        _close(sheet, actor.user_id)


@transactional
def return_sheet(actor: Actor, sheet_id: int, reason: str) -> None:
    """Back to the supplier, with what is wrong. Other villages' confirmations stay."""
    sheet, _ = _asked(actor, sheet_id)
    if len(reason.strip()) < 2:
        raise InvalidInput("linkage.sheet_reason", field="reason")
    sheet.state = SHEET.next(sheet.state, "return")
    sheet.return_reason = reason.strip()[:500]
    audit.record(actor.user_id, "linkage.sheet_return", "work_sheet", sheet.id, reason=reason.strip())
    _tell_supplier(sheet, f"工时表 {sheet.number} 被村里退回了", "请看退回的原因，改好再交。")


def own_sheet(actor: Actor, sheet_id: int) -> WorkSheet:
    """Raises NotFound for a foreign one."""
    sheet = db.session.get(WorkSheet, sheet_id)
    if sheet is None:
        raise NotFound
    own_agreement(actor, sheet.agreement_id)
    return sheet


def own_villages(actor: Actor) -> list[str]:
    """Codes of the villages whose official the actor is."""
    regions = rows_of(actor.official_regions).values()
    return sorted(region.code for region in regions if region.level is RegionLevel.VILLAGE)


def _asked(actor: Actor, sheet_id: int) -> tuple[WorkSheet, list[str]]:
    """A sheet that asks a village of the actor's, once it was submitted."""
    villages = own_villages(actor)
    sheet = db.session.get(WorkSheet, sheet_id)
    named = select(WorkSheetRow.id).where(
        WorkSheetRow.sheet_id == sheet_id, WorkSheetRow.village_code.in_(villages)
    )
    if sheet is None or sheet.submitted_at is None or db.session.scalar(named.limit(1)) is None:
        raise NotFound
    supplier_id = db.session.get_one(LinkageAgreement, sheet.agreement_id).supplier_id
    if actor.acts_for_supplier(supplier_id):
        raise Forbidden("linkage.sheet_own")
    return sheet, villages


def _check(agreement: LinkageAgreement, facts: SheetFacts) -> None:
    modes = select(LinkageTerm.mode).where(LinkageTerm.agreement_id == agreement.id)
    if LinkageMode.LABOUR not in db.session.scalars(modes).all():
        raise Conflict("linkage.pays_no_wages")
    if agreement.state is not AgreementState.ACTIVE:
        raise Conflict("linkage.not_active")
    check_sheet(facts, agreement.starts_on, agreement.ends_on, clock.today(), SHEET_MOST_DAYS.get())
    check_hours(facts, members_people(agreement.id), SHEET_HOURS_A_DAY.get())


def members_people(agreement_id: int) -> dict[int, int]:
    """Heads by member household."""
    return dict(
        db.session.execute(
            select(Household.id, Household.people)
            .join(LinkageMember, LinkageMember.household_id == Household.id)
            .where(LinkageMember.agreement_id == agreement_id)
        ).all()
    )


def _fill(sheet: WorkSheet, facts: SheetFacts) -> None:
    same = (sheet.from_on, sheet.until_on, sheet.task) == (facts.from_on, facts.until_on, facts.task[:120])
    sheet.from_on, sheet.until_on = facts.from_on, facts.until_on
    sheet.task, sheet.place = facts.task[:120], facts.place[:80]
    db.session.add(sheet)
    db.session.flush()
    kept = {
        row.household_id: (row.minutes, row.village_code, row.confirmed_at, row.confirmed_by)
        for row in _rows(sheet.id)
        if same
    }
    db.session.execute(delete(WorkSheetRow).where(WorkSheetRow.sheet_id == sheet.id))
    villages = dict(
        db.session.execute(
            select(Household.id, Household.village_code).where(
                Household.id.in_([each.household_id for each in facts.hours])
            )
        ).all()
    )
    db.session.add_all(
        _row(sheet.id, each, villages[each.household_id], kept.get(each.household_id)) for each in facts.hours
    )
    db.session.flush()


def _row(sheet_id: int, hours: Hours, village: str, before: tuple[int, str, Any, Any] | None) -> WorkSheetRow:
    row = WorkSheetRow(
        sheet_id=sheet_id,
        household_id=hours.household_id,
        village_code=village,
        minutes=hours.minutes,
        note=hours.note[:120],
    )
    if before is not None and before[:2] == (hours.minutes, village):
        row.confirmed_at, row.confirmed_by = before[2:]
    return row


def _rows(sheet_id: int) -> list[WorkSheetRow]:
    return list(
        db.session.scalars(
            select(WorkSheetRow).where(WorkSheetRow.sheet_id == sheet_id).order_by(WorkSheetRow.household_id)
        )
    )


def _other_days(sheet: WorkSheet) -> list[tuple[date, date]]:
    """Days of what else was handed in for the same product, whichever version of the agreement: an hour counts once."""
    product = select(LinkageAgreement.product_id).where(LinkageAgreement.id == sheet.agreement_id)
    rows = db.session.execute(
        select(WorkSheet.from_on, WorkSheet.until_on)
        .join(LinkageAgreement, LinkageAgreement.id == WorkSheet.agreement_id)
        .where(
            LinkageAgreement.product_id == product.scalar_subquery(),
            WorkSheet.id != sheet.id,
            WorkSheet.state.in_([SheetState.SUBMITTED, SheetState.RETURNED, SheetState.CLOSED]),
        )
    )
    return [(row.from_on, row.until_on) for row in rows]


def _close(sheet: WorkSheet, actor_id: int | None) -> None:
    """Close it; the sheet that reaches furthest divides the wages from now on."""
    sheet.state = SHEET.next(sheet.state, "close")
    sheet.closed_at = clock.now()
    db.session.flush()
    agreement = db.session.get_one(LinkageAgreement, sheet.agreement_id)
    agreement.work_sheet_id = db.session.scalar(
        select(WorkSheet.id)
        .where(WorkSheet.agreement_id == agreement.id, WorkSheet.state == SheetState.CLOSED)
        .order_by(WorkSheet.until_on.desc(), WorkSheet.id.desc())
        .limit(1)
    )
    audit.record(actor_id, "linkage.sheet_close", "work_sheet", sheet.id)
    db.session.flush()
    publish(TermsChanged(agreement.product_id))
    _tell_supplier(sheet, f"工时表 {sheet.number} 村里都确认了", "从现在起卖出的每一份，按这张表分工钱。")


def _tell_supplier(sheet: WorkSheet, title: str, text: str) -> None:
    supplier_id = db.session.get_one(LinkageAgreement, sheet.agreement_id).supplier_id
    people = holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, [supplier_id])
    tell(Topic.LINKAGE, people, title, text, endpoint="supplier.sheet", params={"sheet_id": sheet.id})


def _tell_villages(sheet: WorkSheet, villages: Iterable[str]) -> None:
    people = holders([Role.OFFICIAL], ScopeKind.REGION, sorted(villages))
    tell(
        Topic.LINKAGE,
        people,
        f"工时表 {sheet.number} 等村里确认",
        "请逐户问过，再确认谁做了多少工。",
        endpoint="review.sheet",
        params={"sheet_id": sheet.id},
    )
