"""An objection by anyone: lodged with evidence, followed with a code, withdrawn. Who it is stays encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.notices.calendar import objection_deadline
from certification.notices.commands import locked_notice, pause, resume
from certification.notices.models import Objection, ObjectionEvidence, PublicNotice
from certification.notices.workflow import OBJECTION, OPEN, NoticeState, ObjectionState
from certification.products.models import DeclaredProduct
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.numbering import new_token, next_number
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.regions.rules import city_code_of, county_code_of

SUBJECTS = ("产品质量或安全有问题", "价格不公道", "带动农户不真实", "申报材料不真实", "其他")
STATEMENT_MIN, STATEMENT_MAX, MAX_FILES = 10, 2000, 5
#: a number may object so often in a day; people behind a shared computer have their own numbers
PER_DAY = 5


@dataclass(frozen=True, slots=True)
class Statement:
    """What the form says; who says it stays out of logs."""

    subject: str
    statement: str
    name: str = field(repr=False)
    mobile: str = field(repr=False)
    evidence: Sequence[Upload] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """``code`` is shown once: only its digest is kept."""

    objection_id: int
    number: str
    code: str
    deadline_on: date


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the person who objected reads."""

    number: str
    product_name: str
    notice_id: int
    state: ObjectionState
    subject: str
    statement: str
    lodged_at: datetime
    deadline_on: date
    reply: str
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@transactional
def lodge_objection(user_id: int | None, notice_id: int, said: Statement) -> Receipt:
    """Keep it, stop the notice's clock and tell the county; the applicant is told that, not who.

    Raises NotFound, Conflict when the notice is over or too many came from the number, InvalidInput at a field,
    Conflict ``objections.own`` for members of the applicant.
    """
    if db.session.get(PublicNotice, notice_id) is None:
        raise NotFound
    notice = locked_notice(notice_id)
    application = db.session.get_one(Application, notice.application_id)
    _check_open(notice, application)
    _check_said(said)
    if user_id is not None and _is_applicant(user_id, application):
        raise Conflict("objections.own")
    digest = crypto.lookup_digest("objections.mobile", said.mobile)
    _check_rate(digest, notice.id)
    year, code = clock.today().year, new_token()[:12]
    objection = Objection(
        number=f"异〔{year}〕{next_number(f'objections.{year}'):04d}号",
        receipt_digest=crypto.lookup_digest("objections.receipt", code),
        notice_id=notice.id,
        application_id=application.id,
        region_code=notice.region_code,
        state=OBJECTION.initial,
        contact_name=said.name.strip()[:40],
        contact_mobile=said.mobile,
        mobile_digest=digest,
        user_id=user_id,
        subject=said.subject,
        statement=said.statement.strip(),
        lodged_at=clock.now(),
        deadline_on=objection_deadline(clock.today()),
    )
    db.session.add(objection)
    db.session.flush()
    _keep_evidence(objection.id, said.evidence, user_id)
    pause(notice, application, None)
    audit.record(None, "objections.lodge", "objection", objection.id, {"notice": notice.id})
    _tell_lodged(objection, application)
    return Receipt(objection.id, objection.number, code, objection.deadline_on)


def _check_open(notice: PublicNotice, application: Application) -> None:
    over = notice.state is NoticeState.CLOSED or (
        notice.state is NoticeState.OPEN and notice.ends_on < clock.today()
    )
    if over or application.state is not ApplicationState.PUBLIC_NOTICE:
        raise Conflict("objections.notice_over")


def _check_said(said: Statement) -> None:
    if said.subject not in SUBJECTS:
        raise InvalidInput("objections.subject", field="subject")
    if not STATEMENT_MIN <= len(said.statement.strip()) <= STATEMENT_MAX:
        raise InvalidInput(
            "objections.statement", field="statement", minimum=STATEMENT_MIN, maximum=STATEMENT_MAX
        )
    if len(said.name.strip()) < 2:
        raise InvalidInput("objections.name", field="name")
    if len(said.evidence) > MAX_FILES:
        raise InvalidInput("objections.too_many_files", field="evidence", maximum=MAX_FILES)


def _check_rate(digest: str, notice_id: int) -> None:
    since = clock.now() - timedelta(days=1)
    mine = select(func.count()).where(Objection.mobile_digest == digest)
    if (db.session.scalar(mine.where(Objection.lodged_at > since)) or 0) >= PER_DAY:
        raise Conflict("objections.too_many", maximum=PER_DAY)
    if db.session.scalar(mine.where(Objection.notice_id == notice_id, Objection.state.in_(OPEN))):
        raise Conflict("objections.already", field="mobile")


def _is_applicant(user_id: int, application: Application) -> bool:
    suppliers = [str(each) for each in (application.supplier_id, application.sponsor_id) if each is not None]
    member = select(RoleAssignment.id).where(
        RoleAssignment.user_id == user_id,
        RoleAssignment.scope_kind == ScopeKind.SUPPLIER,
        RoleAssignment.scope_id.in_(suppliers),
        RoleAssignment.revoked_at.is_(None),
    )
    return db.session.scalar(member.limit(1)) is not None


def _keep_evidence(objection_id: int, files: Sequence[Upload], user_id: int | None) -> None:
    for upload in files:
        with at_field("evidence"):
            media = store_document(upload, user_id)
        db.session.add(ObjectionEvidence(objection_id=objection_id, media_id=media.id, added_at=clock.now()))


def _tell_lodged(objection: Objection, application: Application) -> None:
    officials = holders(
        [Role.OFFICIAL],
        ScopeKind.REGION,
        [county_code_of(objection.region_code), city_code_of(objection.region_code)],
    )
    tell(
        Topic.OBJECTION,
        officials,
        f"收到公示异议 {objection.number}",
        f"{objection.subject}。请在 {objection.deadline_on:%m月%d日} 前查清答复。",
        endpoint="review.objection",
        params={"objection_id": objection.id},
    )
    tell_applicant(
        application, "有人对公示提出异议", "公示暂停计时，由没有参与过审核的干部核查；需要您配合时会联系您。"
    )


def tell_applicant(application: Application, title: str, text: str) -> None:
    """Never who objected."""
    product = db.session.get_one(DeclaredProduct, application.product_id).name
    suppliers = [each for each in (application.supplier_id, application.sponsor_id) if each is not None]
    tell(
        Topic.OBJECTION,
        holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, suppliers),
        f"{title}：{product}",
        text,
        endpoint="supplier.application",
        params={"application_id": application.id},
    )


def find_by_code(number: str, code: str) -> Objection | None:
    """The objection whose number and code these are; both must fit."""
    objection = db.session.scalar(
        select(Objection).where(
            Objection.receipt_digest == crypto.lookup_digest("objections.receipt", code.strip())
        )
    )
    digits = "".join(sign for sign in number if sign.isdigit())
    if objection is None or digits != "".join(sign for sign in objection.number if sign.isdigit()):
        return None
    return objection


def follow_up(number: str, code: str) -> FollowUp | None:
    """What became of it; None alike for an unknown number and a wrong code."""
    objection = find_by_code(number, code)
    if objection is None:
        return None
    product = db.session.scalar(
        select(DeclaredProduct.name)
        .join(Application, Application.product_id == DeclaredProduct.id)
        .where(Application.id == objection.application_id)
    )
    return FollowUp(
        objection.number,
        product or "",
        objection.notice_id,
        objection.state,
        objection.subject,
        objection.statement,
        objection.lodged_at,
        objection.deadline_on,
        objection.reply,
        objection.decided_at,
    )


@transactional
def withdraw_objection(number: str, code: str) -> None:
    """The person takes it back; with the last one the notice goes on. Raises NotFound, IllegalTransition."""
    found = find_by_code(number, code)
    if found is None:
        raise NotFound
    notice = locked_notice(found.notice_id)
    objection = db.session.get_one(Objection, found.id)
    db.session.refresh(objection, with_for_update=True)
    objection.state = OBJECTION.next(objection.state, "withdraw")
    objection.decided_at = clock.now()
    audit.record(None, "objections.withdraw", "objection", objection.id)
    db.session.flush()
    go_on_after(notice, None)


def go_on_after(notice: PublicNotice, actor_id: int | None) -> None:
    """Let a stopped notice go on when nothing open is left against it."""
    left = db.session.scalar(
        select(func.count()).where(Objection.notice_id == notice.id, Objection.state.in_(OPEN))
    )
    if left or notice.state is not NoticeState.PAUSED:
        return
    application = db.session.get_one(Application, notice.application_id)
    resume(notice, application, actor_id)
    tell_applicant(application, "公示恢复计时", f"异议已经处理完，公示到 {notice.ends_on:%m月%d日} 截止。")
