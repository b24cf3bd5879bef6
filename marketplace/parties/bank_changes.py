"""A new bank account of an admitted supplier or of a household: asked with a proof, live once another confirms it.

Money leaves by these numbers, so whoever asks never confirms: a supplier's is confirmed by an admin who belongs to
neither it nor its sponsor, a household's by an official of its village who belongs to no supplier that works with it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties import queries
from marketplace.parties.bank_change_queries import open_change_of
from marketplace.parties.household_commands import check_reason
from marketplace.parties.models import BankChange, Household, Supplier, SupplierHousehold
from marketplace.parties.rules import check_bank_account
from marketplace.parties.workflow import BANK_CHANGE, SupplierState

__all__ = ["open_change_of"]

_MEMBERS = (Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF)
_ADMITTED = frozenset({SupplierState.APPROVED, SupplierState.SUSPENDED})


@dataclass(frozen=True)
class AccountDraft:
    """What the form says; a household's account has no name of its own: it is the head's."""

    bank_name: str
    account: str = field(repr=False)
    account_name: str = ""


def _add(actor: Actor, draft: AccountDraft, proof: Upload | None, **subject: int) -> BankChange:
    number = check_bank_account(draft.account)
    if not draft.bank_name.strip():
        raise InvalidInput("parties.bank_name", field="bank_name")
    if open_change_of(**subject) is not None:
        raise Conflict("parties.bank_change_open")
    change = BankChange(
        **subject,
        state=BANK_CHANGE.initial,
        bank_name=draft.bank_name.strip()[:60],
        account_name=draft.account_name.strip()[:80],
        account=number,
        proof_id=_stored(actor, proof),
        asked_by=actor.user_id,
        asked_at=clock.now(),
    )
    db.session.add(change)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("parties.bank_change_open") from error
    return change


def _stored(actor: Actor, proof: Upload | None) -> int:
    if proof is None or not proof.filename:
        raise InvalidInput("parties.bank_proof", field="proof")
    with at_field("proof"):
        return store_document(proof, actor.user_id).id


@transactional
def ask_supplier_change(actor: Actor, supplier_id: int, draft: AccountDraft, proof: Upload | None) -> int:
    """An owner asks for another account of an admitted supplier; gives the change's id.

    Raises NotFound for staff or a foreign supplier, Conflict before admission or when one is open, InvalidInput at
    ``bank_name``, ``bank_account_name``, ``bank_account`` or ``proof``.
    """
    if supplier_id not in actor.owned_supplier_ids:
        raise NotFound
    supplier = db.session.get(Supplier, supplier_id)
    if supplier is None:
        raise NotFound
    if supplier.state not in _ADMITTED:
        raise Conflict("parties.not_admitted")
    if not draft.account_name.strip():
        raise InvalidInput("parties.bank_account_name", field="bank_account_name")
    change = _add(actor, draft, proof, supplier_id=supplier_id)
    audit.record(actor.user_id, "suppliers.bank_ask", "supplier", supplier_id, {"change": change.id})
    tell(
        Topic.REGISTER,
        holders([Role.ADMIN], ScopeKind.PLATFORM, [""]),
        f"{supplier.name}申请更换收款账户",
        "核对开户证明后确认；确认前仍用原账户。",
        endpoint="backoffice.bank_change",
        params={"change_id": change.id},
    )
    return change.id


@transactional
def ask_household_change(actor: Actor, household_id: int, draft: AccountDraft, proof: Upload | None) -> int:
    """The household itself, or somebody of a supplier that works with it, asks for another account of it.

    Raises NotFound for a foreign household, Conflict when one is open, InvalidInput at ``bank_name``,
    ``bank_account`` or ``proof``.
    """
    household = db.session.get(Household, household_id)
    if household is None or not (
        household_id in actor.household_ids or set(actor.supplier_ids) & _suppliers_of(household_id)
    ):
        raise NotFound
    change = _add(actor, draft, proof, household_id=household_id)
    audit.record(actor.user_id, "households.bank_ask", "household", household_id, {"change": change.id})
    tell(
        Topic.REGISTER,
        holders([Role.OFFICIAL], ScopeKind.REGION, [household.village_code]),
        f"{household.code} 申请更换银行账户",
        "请向本人核对后确认；确认前仍用原账户。",
        endpoint="registers.household",
        params={"household_id": household_id},
    )
    return change.id


def _suppliers_of(household_id: int) -> set[int]:
    return set(
        db.session.scalars(
            select(SupplierHousehold.supplier_id).where(SupplierHousehold.household_id == household_id)
        )
    )


def _change(change_id: int) -> BankChange:
    """Locked: of two who decide at once the second finds it decided."""
    change = db.session.get(BankChange, change_id, with_for_update=True, populate_existing=True)
    if change is None:
        raise NotFound
    return change


def may_decide(actor: Actor, *, supplier_id: int | None = None, household_id: int | None = None) -> bool:
    """Whether this person decides about changes of this supplier or household: for pages; commands ask again."""
    try:
        if household_id is not None:
            _must_decide_household(actor, db.session.get_one(Household, household_id))
        else:
            _must_decide_supplier(actor, db.session.get_one(Supplier, supplier_id))
    except (Forbidden, NotFound):
        return False
    return True


def _must_decide_supplier(actor: Actor, supplier: Supplier) -> None:
    if not actor.has_role(Role.ADMIN):
        raise NotFound
    for concerned in filter(None, (supplier.id, supplier.sponsor_id)):
        if queries.is_member(actor.user_id, concerned):
            raise Forbidden("parties.own_supplier")


def _must_decide_household(actor: Actor, household: Household) -> None:
    if household.village_code not in actor.official_regions:
        raise NotFound
    mine = set(actor.supplier_ids)
    if household.id in actor.household_ids or (mine and mine & _suppliers_of(household.id)):
        raise Forbidden("parties.own_household_change")


def _decided(actor: Actor, change_id: int, action: str, reason: str) -> BankChange:
    change = _change(change_id)
    if change.supplier_id is not None:
        _must_decide_supplier(actor, db.session.get_one(Supplier, change.supplier_id))
    else:
        _must_decide_household(actor, db.session.get_one(Household, change.household_id))
    if change.asked_by == actor.user_id:
        raise Forbidden("parties.own_bank_change")
    _end(actor, change, action, reason)
    return change


def _end(actor: Actor, change: BankChange, action: str, reason: str) -> None:
    change.state = BANK_CHANGE.next(change.state, action)
    change.decided_by, change.decided_at, change.reason = actor.user_id, clock.now(), reason
    area, subject = (
        ("suppliers", "supplier") if change.supplier_id is not None else ("households", "household")
    )
    audit.record(
        actor.user_id,
        f"{area}.bank_{action}",
        subject,
        change.supplier_id or change.household_id,
        {"change": change.id},
        reason=reason or None,
    )


@transactional
def confirm_change(actor: Actor, change_id: int) -> None:
    """Put the account asked for in force.

    Raises NotFound for who has no say there, Forbidden for the asker and the concerned, IllegalTransition when it was
    answered.
    """
    change = _decided(actor, change_id, "confirm", "")
    if change.supplier_id is not None:
        supplier = db.session.get_one(Supplier, change.supplier_id)
        supplier.bank_name, supplier.bank_account = change.bank_name, change.account
        supplier.bank_account_name = change.account_name
    else:
        household = db.session.get_one(Household, change.household_id)
        household.bank_name, household.bank_account = change.bank_name, change.account
    _tell_askers(change, "新银行账户已确认", "从现在起，钱打到新账户。")


@transactional
def refuse_change(actor: Actor, change_id: int, reason: str) -> None:
    """Leave the old account in force; raises as ``confirm_change``, and InvalidInput at ``reason``."""
    why = check_reason(reason)
    change = _decided(actor, change_id, "refuse", why)
    _tell_askers(change, "更换银行账户没有通过", "仍用原账户，原因见页面。")


@transactional
def withdraw_change(actor: Actor, change_id: int) -> None:
    """Take back what was asked: the asker, an owner of the supplier, the household itself or somebody of a supplier
    that works with it. Raises NotFound and IllegalTransition."""
    change = _change(change_id)
    if change.supplier_id is not None:
        allowed = change.supplier_id in actor.owned_supplier_ids
    else:
        household_id = change.household_id or 0
        allowed = household_id in actor.household_ids or bool(
            set(actor.supplier_ids) & _suppliers_of(household_id)
        )
    if not allowed:
        raise NotFound
    _end(actor, change, "withdraw", "")


def _tell_askers(change: BankChange, title: str, text: str) -> None:
    if change.supplier_id is not None:
        supplier = db.session.get_one(Supplier, change.supplier_id)
        told: Collection[int] = queries.members_of(change.supplier_id, Role.SUPPLIER_OWNER)
        tell(
            Topic.REGISTER,
            {*told, change.asked_by},
            f"{supplier.name}：{title}",
            text,
            endpoint="supplier.bank",
        )
        return
    household = db.session.get_one(Household, change.household_id)
    own = holders([Role.HOUSEHOLD], ScopeKind.HOUSEHOLD, [household.id])
    if own:
        tell(Topic.REGISTER, own, title, text, endpoint="household.home")
    suppliers = _suppliers_of(household.id)
    if change.asked_by in holders(_MEMBERS, ScopeKind.SUPPLIER, list(suppliers)):
        tell(
            Topic.REGISTER,
            {change.asked_by} - own,
            f"{household.code}：{title}",
            text,
            endpoint="supplier.household",
            params={"household_id": household.id},
        )
