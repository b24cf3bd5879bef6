"""A pilot household without a licence: which household it is, and who vouches for it.

Naming a household writes nothing into the register. An official of its village, or the admin who examines the pilot,
holds what was said against it: then the household is recorded, or found there, and linked.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.commands import EDITABLE, mended, own_supplier
from marketplace.parties.examination import refuse_concerned, say
from marketplace.parties.household_commands import HouseholdDraft, check_reason, find_or_create, link
from marketplace.parties.household_queries import id_digest
from marketplace.parties.models import Household, PilotHousehold, Supplier
from marketplace.parties.queries import SaidHousehold, SupplierFacts
from marketplace.parties.rules import (
    RequirementState,
    SupplierKind,
    check_bank_account,
    check_id_number,
)
from marketplace.parties.steps import record_step
from marketplace.parties.workflow import SupplierState
from marketplace.regions.rules import county_code_of


def _own_pilot(actor: Actor, supplier_id: int) -> Supplier:
    supplier = own_supplier(actor, supplier_id, editable=True)
    if supplier.kind is not SupplierKind.PILOT_HOUSEHOLD:
        raise Conflict("parties.not_a_pilot")
    return supplier


@transactional
def name_household(actor: Actor, supplier_id: int, draft: HouseholdDraft) -> None:
    """Say which household the pilot is; naming another one replaces it. Raises InvalidInput at the field, Conflict at
    ``id_number`` when another pilot named it.

    Nothing tells whether the register has it: that is for those in charge to see.
    """
    supplier = _own_pilot(actor, supplier_id)
    if draft.village_code != supplier.village_code:
        raise InvalidInput("parties.household_village", field="village_code")
    if not draft.head_name.strip():
        raise InvalidInput("parties.head_name", field="head_name")
    number = check_id_number(draft.id_number, clock.today())
    account = check_bank_account(draft.bank_account) if draft.bank_account.strip() else ""
    if account and not draft.bank_name.strip():
        raise InvalidInput("parties.bank_name", field="bank_name")
    row = db.session.get(PilotHousehold, supplier_id)
    if row is None:
        row = PilotHousehold(supplier_id=supplier_id)
        db.session.add(row)
    row.village_code, row.head_name = draft.village_code, draft.head_name.strip()
    row.people, row.status = draft.people, draft.status
    row.id_number, row.id_digest = number, id_digest(number)
    row.mobile, row.bank_name, row.bank_account = draft.mobile or None, draft.bank_name.strip(), account
    row.said_at = clock.now()
    supplier.household_id = None
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("parties.household_taken", field="id_number") from error
    mended(actor, supplier_id, "household")
    audit.record(actor.user_id, "suppliers.household", "supplier", supplier_id)


@transactional
def name_sponsor(actor: Actor, supplier_id: int, sponsor_id: int) -> None:
    """Ask an admitted cooperative or collective of the county to vouch; it has to agree on its own page.

    Raises InvalidInput at ``sponsor_id``.
    """
    supplier = _own_pilot(actor, supplier_id)
    possible = {
        number for number, _ in queries.possible_sponsors(county_code_of(supplier.village_code), supplier_id)
    }
    if sponsor_id not in possible:
        raise InvalidInput("parties.sponsor", field="sponsor_id")
    if supplier.sponsor_id == sponsor_id:
        return
    supplier.sponsor_id, supplier.sponsor_agreed_at = sponsor_id, None
    if supplier.state is SupplierState.DRAFT:
        supplier.return_reason = None
    mended(actor, supplier_id, "sponsor", "sponsor_agreed")
    record_step(supplier_id, "sponsor_ask", actor.user_id)
    audit.record(actor.user_id, "suppliers.sponsor", "supplier", supplier_id, {"sponsor": sponsor_id})
    tell(
        Topic.ADMISSION,
        queries.members_of(sponsor_id, Role.SUPPLIER_OWNER),
        f"{supplier.name}请您担保",
        "同意就是联名签字，由您代申报；不同意也请写明原因。",
        endpoint="supplier.sponsored",
    )


@transactional
def answer_sponsorship(
    actor: Actor, pilot_id: int, sponsor_id: int, *, agrees: bool, reason: str = ""
) -> None:
    """The sponsor's own answer: agreeing is its signature; declining needs a reason and frees the pilot to ask another.

    Raises NotFound for a foreign pilot and Conflict when it was answered, is past a draft, or named no household yet.
    """
    if sponsor_id not in actor.owned_supplier_ids:
        raise NotFound
    pilot = db.session.get(Supplier, pilot_id)
    if pilot is None or pilot.sponsor_id != sponsor_id:
        raise NotFound
    if pilot.state not in EDITABLE or pilot.sponsor_agreed_at is not None:
        raise Conflict("parties.already_answered")
    if agrees:
        if pilot.household_id is None and queries.said_household(pilot_id) is None:
            raise Conflict("parties.household_first")
        pilot.sponsor_agreed_at = clock.now()
    else:
        pilot.return_reason = check_reason(reason)
        pilot.sponsor_id = None
    word = "agree" if agrees else "decline"
    record_step(pilot_id, f"sponsor_{word}", actor.user_id, "" if agrees else pilot.return_reason or "")
    audit.record(
        actor.user_id,
        f"suppliers.sponsor_{word}",
        "supplier",
        pilot_id,
        {"sponsor": sponsor_id},
        reason=reason or None,
    )
    tell(
        Topic.ADMISSION,
        queries.members_of(pilot_id, Role.SUPPLIER_OWNER),
        "担保方同意担保了" if agrees else "担保方没有同意",
        "其余几项齐了就能提交。" if agrees else "原因见页面，可以另请一家。",
        endpoint="supplier.papers",
    )


class RegisterMatch(StrEnum):
    """What the register says about the household a pilot named; only for those who may confirm it."""

    SAME = "same"
    DIFFERS = "differs"
    NEW = "new"

    @property
    def words(self) -> tuple[str, str]:
        return {
            "same": ("名册上有这一户，村和户主都对得上", "done"),
            "differs": ("这个身份证号在册，但村或户主姓名对不上", "danger"),
            "new": ("名册上没有，核实后会新记一户", "warn"),
        }[self]


def _match(said: PilotHousehold, found: Household | None) -> RegisterMatch:
    if found is None:
        return RegisterMatch.NEW
    same = found.village_code == said.village_code and found.head_name == said.head_name
    return RegisterMatch.SAME if same else RegisterMatch.DIFFERS


@dataclass(frozen=True, slots=True)
class WaitingPilot:
    """What an official goes by: what was said, masked, whom to call, what the register says. ``may``: the official
    belongs to neither side."""

    pilot: SupplierFacts
    said: SaidHousehold
    contact_name: str = field(repr=False)
    contact_mobile: str = field(repr=False)
    match: RegisterMatch
    may: bool

    @property
    def id(self) -> int:
        return self.pilot.id


def waiting_pilots(actor: Actor) -> list[WaitingPilot]:
    """Handed-in pilots of the actor's own villages whose household nobody confirmed yet, the longest waiting first. Two
    queries, however many."""
    rows = db.session.execute(
        select(Supplier.id, Supplier.contact_name, Supplier.contact_mobile, PilotHousehold, Household)
        .join(PilotHousehold, PilotHousehold.supplier_id == Supplier.id)
        .outerjoin(Household, Household.id_digest == PilotHousehold.id_digest)
        .where(
            Supplier.state == SupplierState.SUBMITTED, Supplier.village_code.in_(list(actor.official_regions))
        )
        .order_by(Supplier.submitted_at)
        .limit(50)
    ).all()
    facts = queries.suppliers_by_id(row[0] for row in rows)
    own = set(actor.supplier_ids)
    return [
        WaitingPilot(
            facts[number],
            queries.masked_household(said),
            name,
            mobile,
            _match(said, found),
            may=not own & {number, facts[number].sponsor_id},
        )
        for number, name, mobile, said, found in rows
    ]


def _must_confirm(actor: Actor, supplier: Supplier | None) -> Supplier:
    """A handed-in pilot, for an admin or an official of its very village who belong to neither side."""
    if supplier is None or supplier.state is SupplierState.DRAFT:
        raise NotFound
    if supplier.kind is not SupplierKind.PILOT_HOUSEHOLD:
        raise NotFound
    if not actor.has_role(Role.ADMIN) and supplier.village_code not in actor.official_regions:
        raise NotFound
    refuse_concerned(actor, supplier)
    if supplier.state is not SupplierState.SUBMITTED:
        raise Conflict("parties.not_submitted")
    return supplier


def _to_confirm(actor: Actor, supplier_id: int) -> Supplier:
    """Locked: of two who confirm at once the second finds it confirmed."""
    found = db.session.get(Supplier, supplier_id, with_for_update=True, populate_existing=True)
    return _must_confirm(actor, found)


@transactional
def confirm_household(actor: Actor, supplier_id: int) -> int:
    """What the pilot said is true: its household is found on the register, or recorded there now; gives its id.

    Raises NotFound outside one's village, Forbidden for the concerned, Conflict when it was confirmed, or the
    register says otherwise, or the household is another pilot already.
    """
    supplier = _to_confirm(actor, supplier_id)
    said = db.session.get(PilotHousehold, supplier_id)
    if said is None:
        raise Conflict("parties.household_confirmed")
    try:
        added = find_or_create(
            actor,
            HouseholdDraft(
                village_code=said.village_code,
                head_name=said.head_name,
                people=said.people,
                status=said.status,
                id_number=said.id_number,
                mobile=said.mobile,
                bank_name=said.bank_name,
                bank_account=said.bank_account,
            ),
        )
    except InvalidInput as error:
        raise Conflict(error.code) from error
    other = select(Supplier.id).where(Supplier.household_id == added.id, Supplier.id != supplier_id)
    if db.session.scalar(other) is not None:
        raise Conflict("parties.household_taken")
    db.session.delete(said)
    supplier.household_id = added.id
    link(supplier_id, added.id)
    if supplier.sponsor_id is not None:
        link(supplier.sponsor_id, added.id)
    say(actor, supplier_id, "household", RequirementState.VERIFIED)
    record_step(supplier_id, "household", actor.user_id)
    audit.record(
        actor.user_id,
        "suppliers.household_confirm",
        "supplier",
        supplier_id,
        {"household": added.id, "existed": added.existed},
    )
    return added.id


@transactional
def refuse_household(actor: Actor, supplier_id: int, reason: str) -> None:
    """What the pilot said is not so: it has to mend it, which the admin's return tells it. Raises as
    ``confirm_household`` and InvalidInput at ``reason``."""
    supplier = _to_confirm(actor, supplier_id)
    if supplier.household_id is not None:
        raise Conflict("parties.household_confirmed")
    why = check_reason(reason)
    say(actor, supplier_id, "household", RequirementState.SENT_BACK, why)
    audit.record(actor.user_id, "suppliers.household_refuse", "supplier", supplier_id, reason=why)
    tell(
        Topic.ADMISSION,
        holders([Role.ADMIN], ScopeKind.PLATFORM, [""]),
        f"{supplier.name}：村里说这一户对不上",
        "原因写在这一项旁边，请退回补正。",
        endpoint="backoffice.supplier",
        params={"supplier_id": supplier_id},
    )


def register_match(supplier_id: int) -> RegisterMatch | None:
    """None when there is nothing left to confirm."""
    said = db.session.get(PilotHousehold, supplier_id)
    if said is None:
        return None
    found = db.session.scalars(select(Household).where(Household.id_digest == said.id_digest)).one_or_none()
    return _match(said, found)


def may_confirm(actor: Actor, supplier: SupplierFacts) -> bool:
    """Whether this person may hold the pilot's household against the register, for pages."""
    try:
        _must_confirm(actor, db.session.get(Supplier, supplier.id))
    except (Conflict, Forbidden, NotFound):
        return False
    return True
