"""Writing arrangements: made, corrected and withdrawn, each with an audit row and reporting told in its transaction.

An official writes where the village lies within its regions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete, select

from marketplace.accounts.policies import Actor
from marketplace.accounts.register_scope import lies_within, register_regions, require_within
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.imports import audit_detail, differences
from marketplace.kernel.money import format_yuan
from marketplace.kernel.transaction import transactional
from marketplace.pairing.events import ArrangementChanged
from marketplace.pairing.models import PairingArrangement, PairingTarget
from marketplace.pairing.queries import RegisterRow, get_register_row, terms_of
from marketplace.pairing.rules import PairingKind, Term, clash_of
from marketplace.parties.models import Household, PartnerUnit
from marketplace.parties.workflow import UnitState
from marketplace.regions.picker import is_village_of_city
from marketplace.regions.queries import full_name

REASON_MIN = 4


@dataclass(frozen=True, slots=True)
class ArrangementFacts:
    """What is agreed. ``ends_on`` None: without end; ``targets`` is fen by year."""

    unit_id: int
    village_code: str
    kind: PairingKind
    starts_on: date
    ends_on: date | None = None
    household_id: int | None = None
    targets: Mapping[int, int] = field(default_factory=dict)
    note: str = ""


def facts_of(row: RegisterRow) -> ArrangementFacts:
    return ArrangementFacts(
        row.unit_id,
        row.village_code,
        row.kind,
        row.starts_on,
        row.ends_on,
        row.household_id,
        row.targets,
        row.note,
    )


def words_of(facts: ArrangementFacts, unit: str, household: str) -> dict[str, str]:
    """The facts as people read them; ``household`` is its code, which says nothing about the person."""
    return {
        "单位": unit,
        "村（社区）": full_name(facts.village_code),
        "户编号": household,
        "类型": facts.kind.label,
        "从": facts.starts_on.isoformat(),
        "到": facts.ends_on.isoformat() if facts.ends_on else "长期",
        "备注": facts.note,
        **{f"{year}年目标": format_yuan(fen) for year, fen in sorted(facts.targets.items())},
    }


def check_terms(facts: ArrangementFacts) -> None:
    """Raises InvalidInput for a term that ends before it starts, or a target of a year outside it."""
    if facts.ends_on is not None and facts.ends_on < facts.starts_on:
        raise InvalidInput("pairing.term", field="ends_on")
    last = facts.ends_on.year if facts.ends_on else 2100
    if any(not facts.starts_on.year <= year <= last for year in facts.targets):
        raise InvalidInput("pairing.years", field="targets")


@transactional
def save_arrangement(actor: Actor, facts: ArrangementFacts, arrangement_id: int | None = None) -> int:
    """Register an arrangement, or correct one that stands. Returns its id.

    Raises NotFound for one outside the actor's regions, InvalidInput at a field, Conflict ``pairing.overlap`` at
    ``starts_on`` when the two are paired on one of these days already, Conflict for a withdrawn one.
    """
    regions = register_regions(actor)
    before = None
    if arrangement_id is not None:
        before = arrangement_for(actor, arrangement_id)
        if before.withdrawn_at is not None:
            raise Conflict("pairing.withdrawn")
    lock_units({facts.unit_id, *([before.unit_id] if before else [])})
    _check_parties(facts, before)
    if not lies_within(facts.village_code, regions):
        raise InvalidInput("pairing.not_yours", field="village")
    check_terms(facts)
    clash = clash_of(
        term_of(str(arrangement_id or ""), facts),
        (term for term in terms_of([facts.unit_id]) if term.key != str(arrangement_id)),
    )
    if clash is not None:
        raise Conflict("pairing.overlap", field="starts_on", number=clash.key, term=clash.words)
    return write(actor, facts, before)


def term_of(key: str, facts: ArrangementFacts) -> Term:
    return Term(key, facts.unit_id, facts.village_code, facts.household_id, facts.starts_on, facts.ends_on)


def lock_units(unit_ids: set[int]) -> None:
    """Two people who register the same pair at once must not both find it free."""
    db.session.execute(
        select(PartnerUnit.id).where(PartnerUnit.id.in_(unit_ids)).order_by(PartnerUnit.id).with_for_update()
    ).all()


def _check_parties(facts: ArrangementFacts, before: RegisterRow | None) -> None:
    if before is None or before.unit_id != facts.unit_id:
        state = db.session.scalar(select(PartnerUnit.state).where(PartnerUnit.id == facts.unit_id))
        if state is not UnitState.ADMITTED:
            raise InvalidInput("pairing.unit", field="unit")
    if not is_village_of_city(facts.village_code):
        raise InvalidInput("pairing.village", field="village")
    if facts.household_id is not None:
        village = db.session.scalar(select(Household.village_code).where(Household.id == facts.household_id))
        if village is None:
            raise InvalidInput("pairing.household", field="household")
        if village != facts.village_code:
            raise InvalidInput("pairing.household_elsewhere", field="household")


def write(actor: Actor, facts: ArrangementFacts, before: RegisterRow | None, *, announce: bool = True) -> int:
    """Store checked facts in the running transaction. ``announce`` False: the caller tells of the unit itself, once."""
    row = db.session.get(PairingArrangement, before.id) if before else None
    if row is None:
        row = PairingArrangement(created_at=clock.now(), created_by=actor.user_id)
        db.session.add(row)
    row.unit_id, row.village_code, row.household_id = facts.unit_id, facts.village_code, facts.household_id
    row.kind, row.starts_on, row.ends_on, row.note = facts.kind, facts.starts_on, facts.ends_on, facts.note
    db.session.flush()
    _store_targets(row.id, facts.targets)
    _record(actor, facts, before, row.id)
    if announce:
        for unit_id in {facts.unit_id, before.unit_id if before else facts.unit_id}:
            publish(ArrangementChanged(unit_id))
    return row.id


def _store_targets(arrangement_id: int, targets: Mapping[int, int]) -> None:
    db.session.execute(delete(PairingTarget).where(PairingTarget.arrangement_id == arrangement_id))
    db.session.add_all(
        PairingTarget(arrangement_id=arrangement_id, year=year, target_fen=fen)
        for year, fen in sorted(targets.items())
    )
    db.session.flush()


def _record(actor: Actor, facts: ArrangementFacts, before: RegisterRow | None, arrangement_id: int) -> None:
    """A new arrangement with all it says, a corrected one with what changed; both by ids and codes only."""
    after = get_register_row(arrangement_id)
    new = words_of(facts, after.unit_name, after.household_code)
    old = words_of(facts_of(before), before.unit_name, before.household_code) if before else {}
    changes = differences({**dict.fromkeys(new, ""), **old}, {**dict.fromkeys(old, ""), **new})
    if before is None:
        said = {change.label: change.new for change in changes}
        audit.record(actor.user_id, "pairing.add", "pairing", arrangement_id, said)
    elif changes:
        audit.record(actor.user_id, "pairing.correct", "pairing", arrangement_id, audit_detail(changes))


def arrangement_for(actor: Actor, arrangement_id: int) -> RegisterRow:
    """An arrangement this person keeps the register of, withdrawn or not; raises NotFound for any other."""
    found = get_register_row(arrangement_id)
    require_within(found.village_code, register_regions(actor))
    return found


@transactional
def withdraw_arrangement(actor: Actor, arrangement_id: int, reason: str) -> None:
    """Take back an arrangement entered by mistake: it counts for nothing, what was bought is counted anew, the entry
    stays. One that came to its end is corrected with its last day instead. Raises NotFound, Conflict, InvalidInput."""
    found = arrangement_for(actor, arrangement_id)
    why = reason.strip()
    if len(why) < REASON_MIN:
        raise InvalidInput("pairing.reason", field="reason", minimum=REASON_MIN)
    row = db.session.get(PairingArrangement, found.id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.withdrawn_at is not None:
        raise Conflict("pairing.withdrawn")
    row.withdrawn_at = clock.now()
    db.session.flush()
    audit.record(actor.user_id, "pairing.withdraw", "pairing", found.id, reason=why[:200])
    publish(ArrangementChanged(found.unit_id))
