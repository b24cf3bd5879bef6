"""Writing suppliers: registering, papers, sponsor and household of a pilot, submitting. Admitting: ``admission``."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.commands import grant_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.parties import queries
from marketplace.parties.household_commands import (
    HouseholdDraft,
    add_household,
    check_reason,
    find_or_create,
    link,
)
from marketplace.parties.models import Supplier, SupplierPaper
from marketplace.parties.rules import (
    AdmissionFacts,
    PaperKind,
    SupplierKind,
    check_bank_account,
    check_uscc,
    missing,
)
from marketplace.parties.workflow import SUPPLIER, SupplierState
from marketplace.regions.picker import is_village_of_city
from marketplace.regions.rules import county_code_of

__all__ = ["HouseholdDraft", "add_household"]

EDITABLE = frozenset({SupplierState.DRAFT, SupplierState.RETURNED})
MAX_PAPERS = 30


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


@transactional
def update_supplier(actor: Actor, supplier_id: int, draft: SupplierDraft) -> None:
    """Change a draft or a returned one; errors as in ``register_supplier``."""
    supplier = own_supplier(actor, supplier_id, editable=True)
    moved = county_code_of(supplier.village_code) != county_code_of(draft.village_code or "0" * 12)
    with db.session.no_autoflush:
        _fill(supplier, draft)
        if draft.kind is not SupplierKind.PILOT_HOUSEHOLD:
            supplier.household_id = supplier.sponsor_id = supplier.sponsor_agreed_at = None
        elif moved:
            supplier.sponsor_id = supplier.sponsor_agreed_at = None
    _flush()
    audit.record(actor.user_id, "suppliers.update", "supplier", supplier_id)


@transactional
def update_bank(actor: Actor, supplier_id: int, bank_name: str, account_name: str, account: str) -> None:
    """Where buyers' transfers go; raises InvalidInput at the field. An empty ``account`` keeps the stored one, for the
    form shows it masked."""
    supplier = own_supplier(actor, supplier_id)
    if supplier.state is SupplierState.SUBMITTED:
        raise Conflict("parties.not_editable")
    number = check_bank_account(account) if account.strip() or not supplier.bank_account else None
    if not bank_name.strip():
        raise InvalidInput("parties.bank_name", field="bank_name")
    if not account_name.strip():
        raise InvalidInput("parties.bank_account_name", field="bank_account_name")
    supplier.bank_name, supplier.bank_account_name = bank_name.strip(), account_name.strip()
    if number:
        supplier.bank_account = number
    audit.record(
        actor.user_id, "suppliers.bank", "supplier", supplier_id, {"account_changed": number is not None}
    )


@transactional
def add_paper(
    actor: Actor, supplier_id: int, kind: PaperKind, number: str, expires_on: date | None, upload: Upload
) -> int:
    """A paper as PDF or picture; also after admission, for papers are renewed.

    Raises InvalidInput at ``number``, ``expires_on`` or ``upload``; nothing is kept then.
    """
    supplier = own_supplier(actor, supplier_id)
    if supplier.state is SupplierState.SUBMITTED:
        raise Conflict("parties.not_editable")
    if kind is PaperKind.BUSINESS_LICENCE and not number.strip():
        number = supplier.uscc or ""
    if not number.strip():
        raise InvalidInput("parties.paper_number", field="number")
    if expires_on is not None and expires_on < clock.today():
        raise InvalidInput("parties.paper_expired", field="expires_on")
    if len(queries.papers_of(supplier_id)) >= MAX_PAPERS:
        raise Conflict("parties.too_many_papers", field="upload", maximum=MAX_PAPERS)
    try:
        media = store_document(upload, actor.user_id)
    except InvalidInput as error:
        raise InvalidInput(error.code, field="upload", **error.params) from error
    paper = SupplierPaper(
        supplier_id=supplier_id,
        kind=kind,
        media_id=media.id,
        number=number.strip()[:60],
        expires_on=expires_on,
        uploaded_at=clock.now(),
    )
    db.session.add(paper)
    db.session.flush()
    audit.record(actor.user_id, "suppliers.paper_add", "supplier", supplier_id, {"paper": paper.id})
    return paper.id


@transactional
def remove_paper(actor: Actor, supplier_id: int, paper_id: int) -> None:
    """Take a paper out of a draft; what admission rested on stays. Raises NotFound and Conflict."""
    queries.get_paper(supplier_id, paper_id)
    own_supplier(actor, supplier_id, editable=True)
    db.session.delete(db.session.get_one(SupplierPaper, paper_id))
    audit.record(actor.user_id, "suppliers.paper_remove", "supplier", supplier_id, {"paper": paper_id})


def _own_pilot(actor: Actor, supplier_id: int) -> Supplier:
    supplier = own_supplier(actor, supplier_id, editable=True)
    if supplier.kind is not SupplierKind.PILOT_HOUSEHOLD:
        raise Conflict("parties.not_a_pilot")
    return supplier


@transactional
def name_household(actor: Actor, supplier_id: int, draft: HouseholdDraft) -> int:
    """Say which household the pilot is; one on the register must match. Raises InvalidInput at the field.

    The person gets to see the household's income only when an admin has admitted the pilot.
    """
    supplier = _own_pilot(actor, supplier_id)
    if draft.village_code != supplier.village_code:
        raise InvalidInput("parties.household_village", field="village_code")
    added = find_or_create(actor, draft)
    other = select(Supplier.id).where(Supplier.household_id == added.id, Supplier.id != supplier_id)
    if db.session.scalar(other) is not None:
        raise Conflict("parties.household_taken", field="id_number")
    supplier.household_id = added.id
    audit.record(actor.user_id, "suppliers.household", "supplier", supplier_id, {"household": added.id})
    return added.id


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
    if supplier.sponsor_id != sponsor_id:
        supplier.sponsor_id, supplier.sponsor_agreed_at = sponsor_id, None
    audit.record(actor.user_id, "suppliers.sponsor", "supplier", supplier_id, {"sponsor": sponsor_id})


@transactional
def answer_sponsorship(
    actor: Actor, pilot_id: int, sponsor_id: int, *, agrees: bool, reason: str = ""
) -> None:
    """The sponsor's own answer. Agreeing links the household to it; declining needs a reason and frees the pilot to
    ask another. Raises NotFound for a foreign pilot and Conflict when it was answered or is past a draft."""
    if sponsor_id not in actor.owned_supplier_ids:
        raise NotFound
    pilot = db.session.get(Supplier, pilot_id)
    if pilot is None or pilot.sponsor_id != sponsor_id:
        raise NotFound
    if pilot.state not in EDITABLE or pilot.sponsor_agreed_at is not None:
        raise Conflict("parties.already_answered")
    if agrees:
        if pilot.household_id is None:
            raise Conflict("parties.household_first")
        pilot.sponsor_agreed_at = clock.now()
        link(sponsor_id, pilot.household_id)
    else:
        pilot.return_reason = check_reason(reason)
        pilot.sponsor_id = None
    action = "suppliers.sponsor_agree" if agrees else "suppliers.sponsor_decline"
    audit.record(actor.user_id, action, "supplier", pilot_id, {"sponsor": sponsor_id}, reason=reason or None)


def _missing(supplier: Supplier) -> list[str]:
    facts: AdmissionFacts = queries.admission_facts(queries.get_supplier(supplier.id))
    return missing(facts, clock.today())


@transactional
def submit_supplier(actor: Actor, supplier_id: int) -> None:
    """Hand in a complete draft or answer a return. Raises InvalidInput("parties.incomplete") and IllegalTransition."""
    supplier = own_supplier(actor, supplier_id)
    supplier.state = SUPPLIER.next(supplier.state, "submit")
    lacking = _missing(supplier)
    if lacking:
        raise InvalidInput("parties.incomplete", count=len(lacking))
    supplier.submitted_at = clock.now()
    if supplier.household_id is not None:
        link(supplier.id, supplier.household_id)
    audit.record(actor.user_id, "suppliers.submit", "supplier", supplier_id)
