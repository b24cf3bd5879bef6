"""Writing partner units: registering and correcting, the admin's decisions, and the unit's own plan of a year.

The person who registers a unit is its manager from that moment, so that somebody can correct what an admin returns;
until it is admitted there is nothing a manager could do but that, for every command that buys asks
``admitted_unit_ids``.
"""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.commands import grant_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor, Permission
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_commands import check_reason
from marketplace.parties.models import PartnerUnit, UnitPlan
from marketplace.parties.rules import UnitKind, check_uscc
from marketplace.parties.unit_queries import admitted_unit_ids, is_unit_member
from marketplace.parties.unit_rules import PlanDraft, check_plan
from marketplace.parties.workflow import UNIT, UnitState
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import find_region
from marketplace.regions.rules import RegionLevel

__all__ = ["admitted_unit_ids"]

NAME_MAX = 80


@dataclass(frozen=True)
class UnitFacts:
    """What the registration form says. ``region_code`` is the county or town of Xi'an where the unit sits."""

    kind: UnitKind
    name: str
    uscc: str
    region_code: str
    contact_name: str = field(repr=False)
    contact_mobile: str = field(repr=False)


def _check_region(code: str) -> str:
    region = find_region(code)
    if region is None or not code.startswith(CITY_CODE[:4]) or region.level is RegionLevel.VILLAGE:
        raise InvalidInput("units.region", field="region_code")
    return code


def _fill(unit: PartnerUnit, facts: UnitFacts) -> None:
    name = facts.name.strip()
    if not name or len(name) > NAME_MAX:
        raise InvalidInput("parties.name", field="name")
    number = check_uscc(facts.uscc)
    taken = select(PartnerUnit.id).where(PartnerUnit.uscc == number, PartnerUnit.id != (unit.id or 0))
    if db.session.scalar(taken) is not None:
        raise Conflict("units.uscc_taken", field="uscc")
    unit.kind, unit.name, unit.uscc = facts.kind, name, number
    unit.region_code = _check_region(facts.region_code)
    unit.contact_name, unit.contact_mobile = facts.contact_name.strip(), facts.contact_mobile


def _keep_paper(unit: PartnerUnit, upload: Upload, actor: Actor) -> None:
    with at_field("upload"):
        unit.paper_id = store_document(upload, actor.user_id).id


def _flush() -> None:
    """Two people who register the same unit at once: the database decides."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("units.uscc_taken", field="uscc") from error


@transactional
def register_unit(actor: Actor, facts: UnitFacts, upload: Upload | None) -> int:
    """A unit that waits for admission, with the person as its manager; gives its id.

    Raises InvalidInput at ``name``, ``uscc``, ``region_code`` or ``upload``, and Conflict at ``uscc`` when that unit is
    registered already.
    """
    unit = PartnerUnit(state=UNIT.initial, registered_at=clock.now(), registered_by=actor.user_id)
    with db.session.no_autoflush:
        _fill(unit, facts)
        if not upload:
            raise InvalidInput("units.paper", field="upload")
        _keep_paper(unit, upload, actor)
    db.session.add(unit)
    _flush()
    grant_role(actor.user_id, Role.UNIT_MANAGER, ScopeKind.UNIT, str(unit.id), actor.user_id)
    audit.record(actor.user_id, "units.register", "unit", unit.id, {"kind": facts.kind})
    return unit.id


def managed_unit(actor: Actor, unit_id: int) -> PartnerUnit:
    """The actor's unit as its manager; raises NotFound for a foreign one and for the other roles."""
    if unit_id not in actor.unit_ids_with(Permission.UNIT_MANAGER):
        raise NotFound
    unit = db.session.get(PartnerUnit, unit_id)
    if unit is None:
        raise NotFound
    return unit


@transactional
def correct_unit(actor: Actor, unit_id: int, facts: UnitFacts, upload: Upload | None) -> None:
    """Answer a return: what was wrong is put right and the unit waits again. Without a new paper the old one stays.

    Raises as ``register_unit``, and IllegalTransition unless it was returned.
    """
    unit = managed_unit(actor, unit_id)
    unit.state = UNIT.next(unit.state, "submit")
    with db.session.no_autoflush:
        _fill(unit, facts)
        if upload:
            _keep_paper(unit, upload, actor)
    unit.reason, unit.registered_at = None, clock.now()
    _flush()
    audit.record(actor.user_id, "units.submit", "unit", unit_id)


@transactional
def change_contact(actor: Actor, unit_id: int, contact_name: str, contact_mobile: str) -> None:
    """Whom the platform and suppliers may call; raises InvalidInput at ``contact_name``."""
    unit = managed_unit(actor, unit_id)
    if not contact_name.strip():
        raise InvalidInput("units.contact_name", field="contact_name")
    unit.contact_name, unit.contact_mobile = contact_name.strip(), contact_mobile
    audit.record(actor.user_id, "units.contact", "unit", unit_id)


@transactional
def decide_unit(actor: Actor, unit_id: int, action: str, reason: str = "") -> None:
    """An admin admits, returns, suspends or reinstates a unit; all but ``admit`` need a reason.

    Raises Forbidden for a member of the unit, NotFound, IllegalTransition, InvalidInput at ``reason``.
    """
    if not actor.has_role(Role.ADMIN):
        raise Forbidden
    unit = db.session.get(PartnerUnit, unit_id)
    if unit is None or action == "submit":
        raise NotFound
    if is_unit_member(actor.user_id, unit_id):
        raise Forbidden("units.own_unit")
    unit.state = UNIT.next(unit.state, action)
    why = None if action == "admit" else check_reason(reason)
    unit.reason = why if unit.state is not UnitState.ADMITTED else None
    unit.decided_at, unit.decided_by = clock.now(), actor.user_id
    audit.record(actor.user_id, f"units.{action}", "unit", unit_id, reason=why)


@transactional
def save_plan(actor: Actor, unit_id: int, year: int, draft: PlanDraft) -> None:
    """The manager's plan of a year. Raises NotFound, Conflict unless admitted, InvalidInput at the field."""
    unit = managed_unit(actor, unit_id)
    if unit.state is not UnitState.ADMITTED:
        raise Conflict("units.not_admitted")
    check_plan(draft, year, clock.today().year)
    plan = db.session.scalar(select(UnitPlan).where(UnitPlan.unit_id == unit_id, UnitPlan.year == year))
    before = plan.target_fen if plan else None
    if plan is None:
        plan = UnitPlan(unit_id=unit_id, year=year)
        db.session.add(plan)
    plan.target_fen = draft.target_fen
    plan.canteen_budget_fen, plan.union_budget_fen = draft.canteen_budget_fen, draft.union_budget_fen
    plan.platform_832_fen = draft.platform_832_fen
    plan.set_by, plan.set_at = actor.user_id, clock.now()
    detail = {"year": year, "before_fen": before, "target_fen": draft.target_fen}
    audit.record(actor.user_id, "units.plan", "unit", unit_id, detail)
