"""Another name, licence number or village of an admitted supplier: asked with the new licence, live once an admin who
belongs to neither it nor its sponsor confirms it. Certificates and orders keep what they froze.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, at_field
from marketplace.kernel.events import publish
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.bank_changes import may_decide
from marketplace.parties.commands import ADMITTED, own_supplier
from marketplace.parties.events import SupplierRenamed
from marketplace.parties.household_commands import check_reason
from marketplace.parties.models import LicenceChange, Supplier, SupplierPaper
from marketplace.parties.paper_queries import papers_of
from marketplace.parties.rules import PaperKind, SupplierKind, check_uscc
from marketplace.parties.steps import record_step
from marketplace.parties.workflow import LICENCE_CHANGE, LicenceChangeState
from marketplace.regions.picker import is_village_of_city


@dataclass(frozen=True)
class LicenceDraft:
    """What the form says, whole; a pilot household has no ``uscc``. ``expires_on`` is the new licence's."""

    name: str
    uscc: str
    village_code: str
    expires_on: date | None = None


@transactional
def ask_licence_change(actor: Actor, supplier_id: int, draft: LicenceDraft, proof: Upload | None) -> int:
    """An owner asks; gives the change's id.

    Raises NotFound for staff or a foreign supplier, Conflict before admission, when one is open or the number is
    another supplier's, InvalidInput at ``name``, ``uscc``, ``village_code``, ``expires_on`` or ``proof``.
    """
    supplier = own_supplier(actor, supplier_id)
    if supplier.state not in ADMITTED:
        raise Conflict("parties.not_admitted")
    if _open_id(supplier_id) is not None:
        raise Conflict("parties.licence_change_open")
    name, number = draft.name.strip()[:80], _number(supplier, draft)
    _check(supplier, draft, name, number)
    change = LicenceChange(
        supplier_id=supplier_id,
        state=LICENCE_CHANGE.initial,
        name=name,
        uscc=number,
        village_code=draft.village_code,
        old_name=supplier.name,
        old_uscc=supplier.uscc,
        old_village_code=supplier.village_code,
        proof_id=_stored(actor, proof),
        expires_on=draft.expires_on,
        asked_by=actor.user_id,
        asked_at=clock.now(),
    )
    db.session.add(change)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("parties.licence_change_open") from error
    audit.record(actor.user_id, "suppliers.licence_ask", "supplier", supplier_id, {"change": change.id})
    tell(
        Topic.REGISTER,
        holders([Role.ADMIN], ScopeKind.PLATFORM, [""]),
        f"{supplier.name}申请变更登记资料",
        "对着新执照核对后确认；确认前一切照旧。",
        endpoint="backoffice.licence_change",
        params={"change_id": change.id},
    )
    return change.id


def _number(supplier: Supplier, draft: LicenceDraft) -> str | None:
    """Raises InvalidInput, and Conflict at ``uscc`` where another supplier has it."""
    if supplier.uscc is None:
        return None
    number = supplier.uscc if draft.uscc.strip().upper() == supplier.uscc else check_uscc(draft.uscc)
    _check_free(supplier.id, number)
    return number


def _check_free(supplier_id: int, number: str) -> None:
    taken = select(Supplier.id).where(Supplier.uscc == number, Supplier.id != supplier_id)
    if db.session.scalar(taken) is not None:
        raise Conflict("parties.uscc_taken", field="uscc")


def _check(supplier: Supplier, draft: LicenceDraft, name: str, number: str | None) -> None:
    if not name:
        raise InvalidInput("parties.name", field="name")
    if not is_village_of_city(draft.village_code):
        raise InvalidInput("parties.village", field="village_code")
    moves = draft.village_code != supplier.village_code
    if moves and supplier.household_id is not None:
        raise InvalidInput("parties.household_village", field="village_code")
    if draft.expires_on is not None and draft.expires_on < clock.today():
        raise InvalidInput("parties.paper_expired", field="expires_on")
    if not moves and (name, number) == (supplier.name, supplier.uscc):
        raise InvalidInput("parties.licence_same", field="name")


def _stored(actor: Actor, proof: Upload | None) -> int:
    if proof is None or not proof.filename:
        raise InvalidInput("parties.licence_proof", field="proof")
    with at_field("proof"):
        return store_document(proof, actor.user_id).id


def _open_id(supplier_id: int) -> int | None:
    return db.session.scalar(
        select(LicenceChange.id).where(
            LicenceChange.supplier_id == supplier_id, LicenceChange.state == LicenceChangeState.ASKED
        )
    )


def _change(change_id: int) -> LicenceChange:
    """Locked: of two who decide at once the second finds it decided."""
    change = db.session.get(LicenceChange, change_id, with_for_update=True, populate_existing=True)
    if change is None:
        raise NotFound
    return change


def _decided(actor: Actor, change_id: int, action: str, reason: str) -> LicenceChange:
    if not actor.has_role(Role.ADMIN):
        raise NotFound
    change = _change(change_id)
    if not may_decide(actor, supplier_id=change.supplier_id):
        raise Forbidden("parties.own_supplier")
    if change.asked_by == actor.user_id:
        raise Forbidden("parties.own_licence_change")
    _end(actor, change, action, reason)
    return change


def _end(actor: Actor, change: LicenceChange, action: str, reason: str) -> None:
    change.state = LICENCE_CHANGE.next(change.state, action)
    change.decided_by, change.decided_at, change.reason = actor.user_id, clock.now(), reason
    audit.record(
        actor.user_id,
        f"suppliers.licence_{action}",
        "supplier",
        change.supplier_id,
        {"change": change.id},
        reason=reason or None,
    )


@transactional
def confirm_licence_change(actor: Actor, change_id: int) -> None:
    """Put what was asked for in force, and the new licence in the old one's place.

    Raises NotFound for who is no admin, Forbidden for the asker and the concerned, IllegalTransition when it was
    answered, Conflict at ``uscc`` where somebody registered the number meanwhile.
    """
    change = _decided(actor, change_id, "confirm", "")
    supplier = db.session.get_one(Supplier, change.supplier_id, with_for_update=True, populate_existing=True)
    if change.uscc is not None:
        _check_free(supplier.id, change.uscc)
    change.old_name, change.old_uscc = supplier.name, supplier.uscc
    change.old_village_code = supplier.village_code
    supplier.name, supplier.uscc, supplier.village_code = change.name, change.uscc, change.village_code
    if supplier.uscc is not None:
        _keep_paper(supplier, change)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("parties.uscc_taken", field="uscc") from error
    record_step(supplier.id, "licence", actor.user_id)
    publish(SupplierRenamed(supplier.id))
    _tell_askers(change, "登记资料已变更", "店铺页从现在起用新的；已经下的订单和发出的证书不变。")


def _keep_paper(supplier: Supplier, change: LicenceChange) -> None:
    kind = (
        PaperKind.COLLECTIVE_CERTIFICATE
        if supplier.kind is SupplierKind.VILLAGE_COLLECTIVE
        else PaperKind.BUSINESS_LICENCE
    )
    old = next((paper.id for paper in papers_of(supplier.id) if paper.kind is kind), None)
    db.session.add(
        SupplierPaper(
            supplier_id=supplier.id,
            kind=kind,
            media_id=change.proof_id,
            number=change.uscc or "",
            expires_on=change.expires_on,
            uploaded_at=clock.now(),
            replaces_id=old,
        )
    )


@transactional
def refuse_licence_change(actor: Actor, change_id: int, reason: str) -> None:
    """Leave everything as it is; raises as ``confirm_licence_change``, and InvalidInput at ``reason``."""
    change = _decided(actor, change_id, "refuse", check_reason(reason))
    _tell_askers(change, "变更登记资料没有通过", "一切照旧，原因见页面；改好可以再提。")


@transactional
def withdraw_licence_change(actor: Actor, supplier_id: int) -> None:
    """Take back the open one, by any owner of the supplier. Raises NotFound, Conflict when there is none."""
    own_supplier(actor, supplier_id)
    change_id = _open_id(supplier_id)
    if change_id is None:
        raise Conflict("parties.no_licence_change")
    _end(actor, _change(change_id), "withdraw", "")


def _tell_askers(change: LicenceChange, title: str, text: str) -> None:
    tell(
        Topic.REGISTER,
        {*queries.members_of(change.supplier_id, Role.SUPPLIER_OWNER), change.asked_by},
        title,
        text,
        endpoint="supplier.licence",
    )
