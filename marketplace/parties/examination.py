"""Going through a supplier requirement by requirement: verified, sent back with a note, waived with a reason; and what
the supplier itself says about one. Whole decisions are in ``admission``."""

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.parties import queries
from marketplace.parties.commands import own_supplier
from marketplace.parties.household_commands import check_reason
from marketplace.parties.models import Supplier, SupplierRequirement
from marketplace.parties.requirement_rules import Check, Need, Standing, requirements_of
from marketplace.parties.rules import RequirementState
from marketplace.parties.workflow import SupplierState

EXAMINED = frozenset({SupplierState.SUBMITTED, SupplierState.APPROVED, SupplierState.SUSPENDED})


def examinable(actor: Actor, supplier_id: int) -> Supplier:
    """The supplier, when this person may decide about it: an admin who belongs neither to it nor to its sponsor.

    Raises Forbidden for them, NotFound for a draft: it is its owner's alone.
    """
    if not actor.has_role(Role.ADMIN):
        raise Forbidden
    supplier = db.session.get(Supplier, supplier_id)
    if supplier is None or supplier.state is SupplierState.DRAFT:
        raise NotFound
    refuse_concerned(actor, supplier)
    return supplier


def refuse_concerned(actor: Actor, supplier: Supplier) -> None:
    """Raise Forbidden for a member of the supplier or of its sponsor."""
    for concerned in filter(None, (supplier.id, supplier.sponsor_id)):
        if queries.is_member(actor.user_id, concerned):
            raise Forbidden("parties.own_supplier")


def say(actor: Actor, supplier_id: int, code: str, state: RequirementState, reason: str = "") -> None:
    """Keep what was said last about a requirement; joins the running transaction."""
    row = db.session.scalars(
        select(SupplierRequirement).where(
            SupplierRequirement.supplier_id == supplier_id, SupplierRequirement.code == code
        )
    ).one_or_none()
    if row is None:
        row = SupplierRequirement(supplier_id=supplier_id, code=code)
        db.session.add(row)
    row.state, row.reason = state, reason
    row.by, row.at = actor.user_id, clock.now()
    db.session.flush()


def _need(supplier_id: int, code: str) -> Need:
    """Raises NotFound for a requirement that this kind of supplier does not have."""
    for need in queries.needs_of(queries.get_supplier(supplier_id)):
        if need.code == code:
            return need
    raise NotFound


def _examined(actor: Actor, supplier_id: int, code: str) -> Need:
    supplier = examinable(actor, supplier_id)
    if supplier.state not in EXAMINED:
        raise Conflict("parties.not_submitted")
    return _need(supplier_id, code)


def _record(actor: Actor, action: str, supplier_id: int, code: str, reason: str = "") -> None:
    audit.record(
        actor.user_id, f"suppliers.{action}", "supplier", supplier_id, {"code": code}, reason=reason or None
    )


@transactional
def verify_requirement(actor: Actor, supplier_id: int, code: str) -> None:
    """The examiner looked and it is right.

    Raises Conflict when there is nothing to look at or the paper ran out, NotFound, Forbidden for the concerned. A
    pilot's household is confirmed in ``pilots``, for that writes into the register.
    """
    need = _examined(actor, supplier_id, code)
    if need.standing in {Standing.MISSING, Standing.EXPIRED} or _is_only_stated(supplier_id, need):
        raise Conflict("parties.nothing_to_verify")
    if code == "household" and queries.get_supplier(supplier_id).household_id is None:
        raise Conflict("parties.household_to_confirm")
    say(actor, supplier_id, code, RequirementState.VERIFIED)
    _record(actor, "requirement_verify", supplier_id, code)


def _is_only_stated(supplier_id: int, need: Need) -> bool:
    """The supplier said why it has no such paper: that is waived, or sent back, not verified."""
    if need.requirement.check is not Check.PAPER:
        return False
    return not any(paper.kind in need.requirement.papers for paper in queries.papers_of(supplier_id))


@transactional
def send_back_requirement(actor: Actor, supplier_id: int, code: str, note: str) -> None:
    """What the supplier has to mend; it learns of it with the return. Raises InvalidInput at ``reason``."""
    _examined(actor, supplier_id, code)
    why = check_reason(note)
    say(actor, supplier_id, code, RequirementState.SENT_BACK, why)
    _record(actor, "requirement_send_back", supplier_id, code, why)


@transactional
def waive_requirement(actor: Actor, supplier_id: int, code: str, reason: str) -> None:
    """Do without a paper, with a reason that stays beside it. What the system computes, who it is and which household
    it is are never waived: Conflict. Raises InvalidInput at ``reason``."""
    need = _examined(actor, supplier_id, code)
    if need.requirement.check is not Check.PAPER:
        raise Conflict("parties.not_waivable")
    why = check_reason(reason)
    say(actor, supplier_id, code, RequirementState.WAIVED, why)
    _record(actor, "requirement_waive", supplier_id, code, why)


@transactional
def state_requirement(actor: Actor, supplier_id: int, code: str, words: str) -> None:
    """The supplier says why it has no such paper, or that what was sent back is mended. It stands as attested until
    somebody examines it.

    Raises NotFound, Conflict when it is examined or nothing may be said about it, InvalidInput at ``reason``.
    """
    supplier = own_supplier(actor, supplier_id, editable=True)
    if code not in {each.code for each in requirements_of(supplier.kind)}:
        raise NotFound
    need = _need(supplier_id, code)
    is_mended = need.standing is Standing.SENT_BACK and not _is_only_stated(supplier_id, need)
    if not need.requirement.is_statable and not is_mended:
        raise Conflict("parties.not_statable")
    why = check_reason(words)
    say(actor, supplier_id, code, RequirementState.ATTESTED, why)
    _record(actor, "requirement_state", supplier_id, code, why)
