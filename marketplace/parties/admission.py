"""Admitting suppliers: the admin's decisions, never one's own."""

from marketplace.accounts.commands import grant_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.parties import queries
from marketplace.parties.household_commands import check_reason, link
from marketplace.parties.models import Supplier
from marketplace.parties.rules import missing
from marketplace.parties.workflow import SUPPLIER, SupplierState


def _decided_by(actor: Actor, supplier_id: int) -> Supplier:
    """The supplier, when this person may decide about it: an admin who belongs neither to it nor to its sponsor."""
    if not actor.has_role(Role.ADMIN):
        raise Forbidden
    supplier = db.session.get(Supplier, supplier_id)
    if supplier is None or supplier.state is SupplierState.DRAFT:
        raise NotFound
    concerned = [supplier_id, *([supplier.sponsor_id] if supplier.sponsor_id else [])]
    if any(queries.is_member(actor.user_id, number) for number in concerned):
        raise Forbidden("parties.own_supplier")
    return supplier


def _move(actor: Actor, supplier_id: int, action: str, reason: str | None) -> Supplier:
    supplier = _decided_by(actor, supplier_id)
    supplier.state = SUPPLIER.next(supplier.state, action)
    audit.record(actor.user_id, f"suppliers.{action}", "supplier", supplier_id, reason=reason)
    return supplier


@transactional
def approve_supplier(actor: Actor, supplier_id: int) -> None:
    """Admit a submitted supplier whose papers still hold; a pilot's owners may then see its household's income.

    Raises Forbidden for a member of it or of its sponsor, IllegalTransition, Conflict when a paper ran out meanwhile.
    """
    supplier = _move(actor, supplier_id, "approve", None)
    lacking = missing(queries.admission_facts(queries.get_supplier(supplier_id)), clock.today())
    if lacking:
        raise Conflict("parties.incomplete", count=len(lacking))
    supplier.approved_at, supplier.approved_by = clock.now(), actor.user_id
    supplier.return_reason = None
    if supplier.household_id is not None:
        link(supplier_id, supplier.household_id)
        for owner in sorted(queries.members_of(supplier_id, Role.SUPPLIER_OWNER)):
            grant_role(owner, Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, str(supplier.household_id), actor.user_id)


@transactional
def return_supplier(actor: Actor, supplier_id: int, reason: str) -> None:
    """Send a submitted supplier back with what to mend; raises InvalidInput at ``reason``."""
    why = check_reason(reason)
    _move(actor, supplier_id, "return", why).return_reason = why


@transactional
def suspend_supplier(actor: Actor, supplier_id: int, reason: str) -> None:
    """Stop an admitted supplier; raises InvalidInput at ``reason``."""
    why = check_reason(reason)
    _move(actor, supplier_id, "suspend", why).return_reason = why


@transactional
def reinstate_supplier(actor: Actor, supplier_id: int, reason: str) -> None:
    """Let a suspended supplier go on; raises InvalidInput at ``reason``."""
    why = check_reason(reason)
    _move(actor, supplier_id, "reinstate", why).return_reason = None
