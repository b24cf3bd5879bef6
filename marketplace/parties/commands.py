"""Writing suppliers: registering, changing, submitting. Papers: ``paper_commands``; a pilot's household and sponsor:
``pilots``; admitting: ``examination`` and ``admission``."""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.commands import grant_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.household_commands import link
from marketplace.parties.models import PilotHousehold, Supplier, SupplierRequirement
from marketplace.parties.requirement_rules import not_ready
from marketplace.parties.rules import RequirementState, SupplierKind, check_bank_account, check_uscc
from marketplace.parties.steps import record_step
from marketplace.parties.workflow import SUPPLIER, SupplierState
from marketplace.regions.picker import is_village_of_city
from marketplace.regions.rules import county_code_of

EDITABLE = frozenset({SupplierState.DRAFT, SupplierState.RETURNED})
ADMITTED = frozenset({SupplierState.APPROVED, SupplierState.SUSPENDED})


@dataclass(frozen=True)
class SupplierDraft:
    """What the registration form says. ``uscc`` is empty for a pilot household; a draft may leave it out."""

    kind: SupplierKind
    name: str
    village_code: str
    contact_name: str = field(repr=False)
    contact_mobile: str = field(repr=False)
    uscc: str = ""
    story: str = ""


def _checked_uscc(draft: SupplierDraft, supplier_id: int | None) -> str | None:
    if draft.kind is SupplierKind.PILOT_HOUSEHOLD or not draft.uscc.strip():
        return None
    number = check_uscc(draft.uscc)
    taken: list[ColumnElement[bool]] = [Supplier.uscc == number]
    if supplier_id is not None:
        taken.append(Supplier.id != supplier_id)
    if db.session.scalar(select(Supplier.id).where(*taken)) is not None:
        raise Conflict("parties.uscc_taken", field="uscc")
    return number


def _fill(supplier: Supplier, draft: SupplierDraft) -> None:
    if not is_village_of_city(draft.village_code):
        raise InvalidInput("parties.village", field="village_code")
    if not draft.name.strip():
        raise InvalidInput("parties.name", field="name")
    supplier.uscc = _checked_uscc(draft, supplier.id)
    supplier.kind = draft.kind
    supplier.name = draft.name.strip()
    supplier.village_code = draft.village_code
    supplier.contact_name = draft.contact_name.strip()
    supplier.contact_mobile = draft.contact_mobile
    supplier.story = draft.story.strip()


def _flush() -> None:
    """Two people who register the same licence at once: the database decides."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("parties.uscc_taken", field="uscc") from error


@transactional
def register_supplier(actor: Actor, draft: SupplierDraft) -> int:
    """A draft supplier with the person as its owner; gives its id.

    Raises InvalidInput at ``name``, ``village_code`` or ``uscc``, and Conflict at ``uscc`` when it is registered.
    """
    supplier = Supplier(state=SUPPLIER.initial, created_at=clock.now())
    with db.session.no_autoflush:
        _fill(supplier, draft)
    db.session.add(supplier)
    _flush()
    grant_role(actor.user_id, Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, str(supplier.id), actor.user_id)
    record_step(supplier.id, "register", actor.user_id)
    audit.record(actor.user_id, "suppliers.register", "supplier", supplier.id, {"kind": draft.kind})
    return supplier.id


def own_supplier(actor: Actor, supplier_id: int, *, editable: bool = False) -> Supplier:
    """The actor's supplier as owner. Raises NotFound for a foreign one or for staff, Conflict when it is under
    examination or admitted and the change needs a draft."""
    if supplier_id not in actor.owned_supplier_ids:
        raise NotFound
    supplier = db.session.get(Supplier, supplier_id)
    if supplier is None:
        raise NotFound
    if editable and supplier.state not in EDITABLE:
        raise Conflict("parties.not_editable")
    return supplier


def mended(actor: Actor, supplier_id: int, *codes: str) -> None:
    """What was sent back or verified about these requirements no longer holds: the supplier changed what they are
    about. Joins the running transaction."""
    rows = db.session.scalars(
        select(SupplierRequirement).where(
            SupplierRequirement.supplier_id == supplier_id,
            SupplierRequirement.code.in_(codes),
            SupplierRequirement.state != RequirementState.WAIVED,
        )
    )
    for row in rows:
        row.state, row.reason = RequirementState.ATTESTED, ""
        row.by, row.at = actor.user_id, clock.now()


@transactional
def update_supplier(actor: Actor, supplier_id: int, draft: SupplierDraft) -> None:
    """Change a draft or a returned one; errors as in ``register_supplier``."""
    supplier = own_supplier(actor, supplier_id, editable=True)
    moved = county_code_of(supplier.village_code) != county_code_of(draft.village_code or "0" * 12)
    with db.session.no_autoflush:
        _fill(supplier, draft)
        if draft.kind is not SupplierKind.PILOT_HOUSEHOLD:
            supplier.household_id = supplier.sponsor_id = supplier.sponsor_agreed_at = None
            _forget_household(supplier_id)
        elif moved:
            supplier.sponsor_id = supplier.sponsor_agreed_at = None
    _flush()
    mended(actor, supplier_id, "identity", "uscc")
    audit.record(actor.user_id, "suppliers.update", "supplier", supplier_id)


def _forget_household(supplier_id: int) -> None:
    said = db.session.get(PilotHousehold, supplier_id)
    if said is not None:
        db.session.delete(said)


@transactional
def update_bank(actor: Actor, supplier_id: int, bank_name: str, account_name: str, account: str) -> None:
    """Where buyers' transfers go; raises InvalidInput at the field. An empty ``account`` keeps the stored one, for the
    form shows it masked. Once admitted it is asked for in ``bank_changes`` and confirmed by somebody else."""
    supplier = own_supplier(actor, supplier_id)
    if supplier.state in ADMITTED:
        raise Conflict("parties.bank_by_change")
    if supplier.state not in EDITABLE:
        raise Conflict("parties.not_editable")
    number = check_bank_account(account) if account.strip() or not supplier.bank_account else None
    if not bank_name.strip():
        raise InvalidInput("parties.bank_name", field="bank_name")
    if not account_name.strip():
        raise InvalidInput("parties.bank_account_name", field="bank_account_name")
    supplier.bank_name, supplier.bank_account_name = bank_name.strip(), account_name.strip()
    if number:
        supplier.bank_account = number
    mended(actor, supplier_id, "bank")
    audit.record(
        actor.user_id, "suppliers.bank", "supplier", supplier_id, {"account_changed": number is not None}
    )


@transactional
def update_contact(
    actor: Actor, supplier_id: int, name: str, mobile: str, story: str, public_phone: str
) -> None:
    """Whom to call and what the shop page says, of an admitted supplier: needs no new look at it. The platform calls
    ``mobile``, buyers ``public_phone``, empty for none."""
    supplier = own_supplier(actor, supplier_id)
    if supplier.state not in ADMITTED:
        raise Conflict("parties.not_admitted")
    supplier.contact_name, supplier.contact_mobile, supplier.story = name.strip(), mobile, story.strip()
    supplier.public_phone = public_phone
    record_step(supplier_id, "contact", actor.user_id)
    audit.record(actor.user_id, "suppliers.contact", "supplier", supplier_id)


@transactional
def submit_supplier(actor: Actor, supplier_id: int) -> None:
    """Hand in a complete draft or answer a return. Raises InvalidInput("parties.incomplete") and IllegalTransition."""
    supplier = own_supplier(actor, supplier_id)
    supplier.state = SUPPLIER.next(supplier.state, "submit")
    lacking = not_ready(queries.needs_of(queries.get_supplier(supplier_id)))
    if lacking:
        raise InvalidInput("parties.incomplete", count=len(lacking))
    supplier.submitted_at = clock.now()
    supplier.return_reason = None
    if supplier.household_id is not None:
        link(supplier.id, supplier.household_id)
    record_step(supplier_id, "submit", actor.user_id)
    audit.record(actor.user_id, "suppliers.submit", "supplier", supplier_id)
    _tell_examiners(supplier)


def _tell_examiners(supplier: Supplier) -> None:
    tell(
        Topic.ADMISSION,
        holders([Role.ADMIN], ScopeKind.PLATFORM, [""]),
        f"{supplier.name}提交了入驻申请",
        "逐项核对证照后答复，一般 3 个工作日内。",
        endpoint="backoffice.supplier",
        params={"supplier_id": supplier.id},
    )
    if supplier.kind is SupplierKind.PILOT_HOUSEHOLD and supplier.household_id is None:
        tell(
            Topic.ADMISSION,
            holders([Role.OFFICIAL], ScopeKind.REGION, [supplier.village_code]),
            f"{supplier.name}申请入驻，请核对是哪一户",
            "和村里的名册对一对，属实就确认。",
            endpoint="review.pilots",
        )
