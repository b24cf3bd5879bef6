"""Handling objections: by an official of the county who took no part in the application; upheld ends it, dismissed lets
the notice go on. Where the county has nobody like that, the city handles it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, false, func, or_, select

from certification.applications.models import Application
from certification.applications.steps import take_step
from certification.applications.workflow import ApplicationState
from certification.notices.commands import locked_notice, take_down
from certification.notices.models import Objection, ObjectionEvidence
from certification.notices.objections import go_on_after, tell_applicant
from certification.notices.workflow import OBJECTION, OPEN, NoticeState, ObjectionState
from certification.products.models import DeclaredProduct
from certification.reviews.scope import objection as has_part
from certification.reviews.scope import regions_of
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names, holders, load_actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Media, Upload, store_document
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.presentation import mask_mobile, mask_name
from marketplace.regions.queries import names_of, within
from marketplace.regions.rules import RegionLevel, county_code_of

FINDINGS_MIN, REPLY_MIN, REASON_MIN = 10, 4, 4
MAX_EVIDENCE = 20
#: a level no state waits for: whoever spoke at any level took part
_APART = "objection"


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    id: int
    number: str
    product_name: str
    county: str
    subject: str
    state: ObjectionState
    lodged_at: datetime
    deadline_on: date
    handler: str


@dataclass(frozen=True, slots=True)
class Evidence:
    media_id: int
    filename: str
    by_official: bool


def _in_scope(actor: Actor) -> ColumnElement[bool] | None:
    """Objections to applications of the actor's counties and cities."""
    regions = [*regions_of(actor, RegionLevel.COUNTY), *regions_of(actor, RegionLevel.CITY)]
    if not regions:
        return None
    return or_(*(within(Objection.region_code, region) for region in regions))


def objections_page(actor: Actor, state: str = "", page: int = 1) -> Page[ObjectionRow]:
    """Open ones by deadline, or those that ended, newest first. Four queries."""
    scope = _in_scope(actor)
    if scope is None:
        return Page([], 1, 0)
    open_only = state != "done"
    which = Objection.state.in_(OPEN) if open_only else Objection.state.not_in(OPEN)
    total = db.session.scalar(select(func.count()).select_from(Objection).where(scope, which)) or 0
    order = (Objection.deadline_on, Objection.id) if open_only else (Objection.id.desc(),)
    rows = db.session.execute(
        select(Objection, DeclaredProduct.name)
        .join(Application, Application.id == Objection.application_id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(scope, which)
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    ).all()
    counties = names_of({county_code_of(row.Objection.region_code) for row in rows})
    names = display_names({row.Objection.handler_id for row in rows if row.Objection.handler_id})
    found = [
        ObjectionRow(
            each.id,
            each.number,
            product,
            counties.get(county_code_of(each.region_code), ""),
            each.subject,
            each.state,
            each.lodged_at,
            each.deadline_on,
            names.get(each.handler_id or 0, ""),
        )
        for each, product in rows
    ]
    return Page(found, page, total)


def open_in_scope(actor: Actor) -> ScalarSelect[int]:
    """SQL expression: open objections in the actor's counties and cities."""
    scope = _in_scope(actor)
    return (
        select(func.count(Objection.id))
        .where(false() if scope is None else scope, Objection.state.in_(OPEN))
        .scalar_subquery()
    )


def get_objection(actor: Actor, objection_id: int) -> Objection:
    """Raises NotFound outside the actor's counties and cities."""
    scope = _in_scope(actor)
    found = (
        None
        if scope is None
        else db.session.scalar(select(Objection).where(Objection.id == objection_id, scope))
    )
    if found is None:
        raise NotFound
    return found


def evidence_of(objection_id: int) -> list[Evidence]:
    rows = db.session.execute(
        select(Media.id, Media.filename, ObjectionEvidence.by_official)
        .join(ObjectionEvidence, ObjectionEvidence.media_id == Media.id)
        .where(ObjectionEvidence.objection_id == objection_id)
        .order_by(ObjectionEvidence.id)
    )
    return [Evidence(*row) for row in rows]


def document_of(actor: Actor, objection_id: int, media_id: int) -> Media:
    """A paper of an objection. Raises NotFound."""
    objection = get_objection(actor, objection_id)
    media = db.session.scalar(
        select(Media)
        .join(ObjectionEvidence, ObjectionEvidence.media_id == Media.id)
        .where(ObjectionEvidence.objection_id == objection.id, Media.id == media_id)
    )
    if media is None:
        raise NotFound
    return media


def masked_contact(objection: Objection) -> tuple[str, str]:
    return mask_name(objection.contact_name), mask_mobile(objection.contact_mobile)


@transactional
def contact_in_clear(actor: Actor, objection_id: int, reason: str) -> tuple[str, str]:
    """Name and number for the one who handles it, with a reason, on the record. Raises NotFound, Forbidden,
    InvalidInput at ``reason``."""
    objection = get_objection(actor, objection_id)
    if objection.handler_id != actor.user_id:
        raise Forbidden("objections.not_handler")
    if len(reason.strip()) < REASON_MIN:
        raise InvalidInput("objections.reason", field="reason")
    audit.record(actor.user_id, "objections.contact", "objection", objection.id, reason=reason.strip()[:200])
    return objection.contact_name, objection.contact_mobile


def may_handle(actor: Actor, objection: Objection) -> str | None:
    """Why this person may not: an error code, None when it may."""
    application = db.session.get_one(Application, objection.application_id)
    if not _is_apart(actor, objection, application):
        return "objections.not_yours"
    county = county_code_of(objection.region_code)
    if county in actor.official_regions:
        return None
    others = holders([Role.OFFICIAL], ScopeKind.REGION, [county])
    actors = [each for each in map(load_actor, sorted(others)) if each is not None]
    if any(_is_apart(each, objection, application) for each in actors):
        return "objections.county_first"
    return None


def _is_apart(actor: Actor, objection: Objection, application: Application) -> bool:
    return objection.user_id != actor.user_id and has_part(actor, application, _APART) is None


@transactional
def take_up(actor: Actor, objection_id: int) -> None:
    """Raises NotFound, Forbidden for who took part or while the county has somebody, IllegalTransition."""
    objection = _locked(actor, objection_id)
    refusal = may_handle(actor, objection)
    if refusal is not None:
        raise Forbidden(refusal)
    _move(objection, "take_up", actor)
    objection.handler_id, objection.taken_up_at = actor.user_id, clock.now()


@transactional
def release(actor: Actor, objection_id: int) -> None:
    """Give it back for another to take up."""
    objection = _handled_by(actor, objection_id)
    _move(objection, "release", actor)
    objection.handler_id = objection.taken_up_at = None


@transactional
def add_evidence(actor: Actor, objection_id: int, files: Sequence[Upload]) -> int:
    """What the handler found; returns how many were kept. Raises InvalidInput at ``evidence``."""
    objection = _handled_by(actor, objection_id)
    have = db.session.scalar(select(func.count()).where(ObjectionEvidence.objection_id == objection.id)) or 0
    if have + len(files) > MAX_EVIDENCE:
        raise InvalidInput("objections.too_many_files", field="evidence", maximum=MAX_EVIDENCE)
    for upload in files:
        with at_field("evidence"):
            media = store_document(upload, actor.user_id)
        db.session.add(
            ObjectionEvidence(
                objection_id=objection.id, media_id=media.id, by_official=True, added_at=clock.now()
            )
        )
    return len(files)


@transactional
def decide_objection(actor: Actor, objection_id: int, *, upheld: bool, findings: str, reply: str) -> None:
    """Upheld ⇒ the application is rejected; dismissed ⇒ the notice goes on once nothing else is open.

    Raises NotFound, Forbidden for who does not handle it, InvalidInput at a field, IllegalTransition.
    """
    objection = _handled_by(actor, objection_id)
    if len(findings.strip()) < FINDINGS_MIN:
        raise InvalidInput("objections.findings", field="findings")
    if len(reply.strip()) < REPLY_MIN:
        raise InvalidInput("objections.reply", field="reply")
    _move(objection, "uphold" if upheld else "dismiss", actor)
    objection.findings, objection.reply = findings.strip()[:4000], reply.strip()[:2000]
    objection.decided_at = clock.now()
    db.session.flush()
    notice = locked_notice(objection.notice_id)
    application = db.session.get_one(Application, objection.application_id)
    if not upheld:
        go_on_after(notice, actor.user_id)
    elif application.state is ApplicationState.PUBLIC_NOTICE:
        take_step(
            application,
            "uphold_objection",
            actor.user_id,
            f"公示异议成立（{objection.number}）：{objection.subject}",
        )
        tell_applicant(
            application,
            "公示异议成立，不予认定",
            f"{objection.number}：{objection.subject}。整改后可以重新申报。",
        )
        if notice.state is not NoticeState.CLOSED:
            take_down(notice, actor.user_id)
    if objection.user_id is not None:
        tell(
            Topic.OBJECTION,
            [objection.user_id],
            f"您的意见 {objection.number} 已有答复",
            objection.reply,
            endpoint="notices.show",
            params={"notice_id": objection.notice_id},
        )


def _locked(actor: Actor, objection_id: int) -> Objection:
    """The notice first, then the objection: closing, lodging and deciding take them in this order."""
    found = get_objection(actor, objection_id)
    locked_notice(found.notice_id)
    db.session.refresh(found, with_for_update=True)
    return found


def _handled_by(actor: Actor, objection_id: int) -> Objection:
    objection = _locked(actor, objection_id)
    if objection.handler_id != actor.user_id:
        raise Forbidden("objections.not_handler")
    if objection.state is not ObjectionState.HANDLING:
        raise Conflict("objections.not_handler")
    return objection


def _move(objection: Objection, action: str, actor: Actor) -> None:
    before = objection.state
    objection.state = OBJECTION.next(before, action)
    audit.record(
        actor.user_id,
        f"objections.{action}",
        "objection",
        objection.id,
        {"from": before.value, "to": objection.state.value},
    )
