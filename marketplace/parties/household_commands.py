"""Writing households: adding or linking one, its phone and account, its status, and the audited look in clear."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor, Permission, allows
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_queries import id_digest, is_linked
from marketplace.parties.models import Household, HouseholdStatusChange, Supplier, SupplierHousehold
from marketplace.parties.rules import HouseholdStatus, check_bank_account, check_id_number
from marketplace.parties.workflow import SupplierState
from marketplace.regions.picker import is_village_of_city
from marketplace.regions.queries import get_region
from marketplace.regions.rules import is_within

REASON_MIN = 4


@dataclass(frozen=True)
class HouseholdDraft:
    """What the form says about a household; personal fields stay out of logs."""

    village_code: str
    head_name: str = field(repr=False)
    people: int
    status: HouseholdStatus
    id_number: str = field(repr=False)
    mobile: str | None = field(default=None, repr=False)
    bank_name: str = ""
    bank_account: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AddedHousehold:
    """``existed``: it was on the register already and is only linked, its data untouched."""

    id: int
    existed: bool


@dataclass(frozen=True)
class HouseholdInClear:
    """Personal data in clear, for one answer to one person who gave a reason."""

    head_name: str = field(repr=False)
    id_number: str = field(repr=False)
    mobile: str = field(repr=False)
    bank_name: str
    bank_account: str = field(repr=False)


def check_reason(text: str, field_name: str = "reason") -> str:
    """A reason somebody can follow later; raises InvalidInput."""
    reason = text.strip()
    if len(reason) < REASON_MIN:
        raise InvalidInput("parties.reason", field=field_name, minimum=REASON_MIN)
    return reason[:500]


def link(supplier_id: int, household_id: int) -> None:
    """Let a supplier see a household; joins the running transaction. Linking twice is the same as once."""
    if not is_linked(supplier_id, household_id):
        db.session.add(
            SupplierHousehold(supplier_id=supplier_id, household_id=household_id, since=clock.now())
        )
        db.session.flush()


def _new_code(village_code: str) -> str:
    """``HH-<village>-NN``: the village is public anyway, the number says nothing about the person."""
    while True:
        code = f"HH-{village_code}-{next_number(f'household:{village_code}'):02d}"
        if db.session.scalar(select(Household.id).where(Household.code == code)) is None:
            return code


def _bank(name: str, account: str) -> tuple[str | None, str | None]:
    """Both or neither: an account without its bank can't be paid."""
    name = name.strip()
    if not account.strip():
        return (name or None), None
    number = check_bank_account(account)
    if not name:
        raise InvalidInput("parties.bank_name", field="bank_name")
    return name, number


def _create(actor: Actor, draft: HouseholdDraft, id_number: str) -> Household:
    bank_name, bank_account = _bank(draft.bank_name, draft.bank_account)
    household = Household(
        code=_new_code(draft.village_code),
        village_code=draft.village_code,
        head_name=draft.head_name.strip(),
        people=draft.people,
        status=draft.status,
        id_number=id_number,
        id_digest=id_digest(id_number),
        mobile=draft.mobile or None,
        bank_name=bank_name,
        bank_account=bank_account,
        created_at=clock.now(),
    )
    db.session.add(household)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("parties.household_race") from error
    _add_status(household.id, draft.status, clock.today(), actor.user_id)
    audit.record(actor.user_id, "households.add", "household", household.id, {"village": draft.village_code})
    return household


def _add_status(
    household_id: int, status: HouseholdStatus, valid_from: date, actor_id: int, reason: str = ""
) -> None:
    db.session.add(
        HouseholdStatusChange(
            household_id=household_id,
            status=status,
            valid_from=valid_from,
            reason=reason[:200],
            recorded_at=clock.now(),
            recorded_by=actor_id,
        )
    )


@transactional
def find_or_create(actor: Actor, draft: HouseholdDraft) -> AddedHousehold:
    """The household of this identity number, new if the register has none; links nobody.

    One that exists must live in the village and have the head named, else the answer is the same for both so that
    nothing can be probed out of the register. Raises InvalidInput at the field.
    """
    if not is_village_of_city(draft.village_code):
        raise InvalidInput("parties.village", field="village_code")
    if not draft.head_name.strip():
        raise InvalidInput("parties.head_name", field="head_name")
    id_number = check_id_number(draft.id_number, clock.today())
    found = db.session.scalars(
        select(Household).where(Household.id_digest == id_digest(id_number))
    ).one_or_none()
    if found is None:
        return AddedHousehold(_create(actor, draft, id_number).id, existed=False)
    if found.village_code != draft.village_code or found.head_name != draft.head_name.strip():
        raise InvalidInput("parties.household_elsewhere", field="id_number")
    return AddedHousehold(found.id, existed=True)


@transactional
def add_household(actor: Actor, supplier_id: int, draft: HouseholdDraft) -> AddedHousehold:
    """A supplier adds a household it works with; one already on the register is only linked.

    Only for admitted suppliers: nobody shall write into the register by registering. Raises NotFound for a foreign
    supplier, Conflict before admission and InvalidInput at the field.
    """
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    if (
        db.session.scalar(select(Supplier.state).where(Supplier.id == supplier_id))
        is not SupplierState.APPROVED
    ):
        raise Conflict("parties.not_admitted")
    added = find_or_create(actor, draft)
    link(supplier_id, added.id)
    audit.record(
        actor.user_id,
        "households.link",
        "household",
        added.id,
        {"supplier": supplier_id, "existed": added.existed},
    )
    return added


def _linked(actor: Actor, supplier_id: int, household_id: int) -> Household:
    if not actor.acts_for_supplier(supplier_id) or not is_linked(supplier_id, household_id):
        raise NotFound
    return db.session.get_one(Household, household_id)


@transactional
def update_household_mobile(actor: Actor, supplier_id: int, household_id: int, mobile: str) -> None:
    """Replace the phone. A bank account is not changed like this: it is asked for and confirmed by somebody else
    (``bank_changes``). The audit row says that it changed, never what it was. Raises NotFound, InvalidInput."""
    household = _linked(actor, supplier_id, household_id)
    if not mobile or mobile == household.mobile:
        raise InvalidInput("parties.nothing_changed", field="mobile")
    household.mobile = mobile
    audit.record(
        actor.user_id,
        "households.contact",
        "household",
        household_id,
        {"supplier": supplier_id, "changed": ["mobile"]},
    )


@transactional
def unmask_household(actor: Actor, supplier_id: int, household_id: int, reason: str) -> HouseholdInClear:
    """A household's data in clear, for an owner of a supplier it works with, with a reason, on the record.

    Raises NotFound for a foreign household, Forbidden for staff, InvalidInput at ``reason``.
    """
    household = _linked(actor, supplier_id, household_id)
    if not allows(actor, Permission.HOUSEHOLD_CLEAR) or supplier_id not in actor.owned_supplier_ids:
        raise Forbidden
    why = check_reason(reason)
    audit.record(
        actor.user_id, "households.unmask", "household", household_id, {"supplier": supplier_id}, reason=why
    )
    return HouseholdInClear(
        head_name=household.head_name,
        id_number=household.id_number,
        mobile=household.mobile or "",
        bank_name=household.bank_name or "",
        bank_account=household.bank_account or "",
    )


@transactional
def change_household_status(
    actor: Actor, household_id: int, status: HouseholdStatus, valid_from: date, reason: str
) -> None:
    """A new register status from a day on, the old one kept in the history. Officials of its region and admins only.

    Raises NotFound outside one's region and InvalidInput at ``status``, ``valid_from`` or ``reason``.
    """
    household = db.session.get(Household, household_id)
    if household is None or not _in_charge(actor, household.village_code):
        raise NotFound
    if household.status == status:
        raise InvalidInput("parties.same_status", field="status")
    latest = db.session.scalar(
        select(HouseholdStatusChange.valid_from)
        .where(HouseholdStatusChange.household_id == household_id)
        .order_by(HouseholdStatusChange.valid_from.desc())
        .limit(1)
    )
    if valid_from > clock.today() or (latest is not None and valid_from < latest):
        raise InvalidInput("parties.status_date", field="valid_from")
    why = check_reason(reason)
    household.status = status
    _add_status(household_id, status, valid_from, actor.user_id, why)
    audit.record(actor.user_id, "households.status", "household", household_id, {"to": status}, reason=why)


def _in_charge(actor: Actor, village_code: str) -> bool:
    regions = [get_region(code) for code in actor.official_regions]
    return actor.has_role(Role.ADMIN) or any(
        is_within(village_code, region.code, region.level) for region in regions
    )
