"""What a unit's routes lead to, and those of invitations and members: purchase orders, batches, paired villages."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Invitation, Role, RoleAssignment, ScopeKind
from marketplace.kernel.db import db
from marketplace.pairing.models import PairingArrangement
from marketplace.parties.models import Supplier
from orders.bulk.models import PurchaseOrder
from orders.bulk.workflow import PurchaseState
from orders.fulfilment.models import Delivery
from orders.ordering.models import Order
from tests.support.access_rules import Enumerate, Thing
from tests.support.things import rows

#: the secret of an invitation the access test makes
INVITATION_SECRET = "secret-of-the-access-test"


def invitation_links() -> Iterator[Thing]:
    yield Thing({"token": INVITATION_SECRET})


def members(kind: ScopeKind, *roles: Role) -> Enumerate:
    """Roles in force in suppliers or units."""

    def found() -> Iterator[Thing]:
        query = select(RoleAssignment).where(
            RoleAssignment.scope_kind == kind,
            RoleAssignment.role.in_(roles),
            RoleAssignment.revoked_at.is_(None),
        )
        for row in db.session.scalars(query):
            yield Thing({"assignment_id": row.id}, **_scope(kind, row.scope_id))

    return found


def invitations(kind: ScopeKind) -> Enumerate:
    def found() -> Iterator[Thing]:
        query = select(Invitation).where(Invitation.scope_kind == kind, Invitation.accepted_at.is_(None))
        for row in db.session.scalars(query):
            yield Thing({"invitation_id": row.id}, **_scope(kind, row.scope_id))

    return found


def _scope(kind: ScopeKind, scope_id: str) -> dict[str, Any]:
    if kind is ScopeKind.UNIT:
        return {"units": frozenset({int(scope_id)})}
    village = db.session.scalar(select(Supplier.village_code).where(Supplier.id == int(scope_id)))
    return {"supplier": int(scope_id), "region": village or ""}


def paired_villages() -> Iterator[Thing]:
    """Villages with the units that are or were paired with them."""
    units: dict[str, set[int]] = {}
    query = select(PairingArrangement.village_code, PairingArrangement.unit_id)
    for code, unit_id in db.session.execute(query.where(PairingArrangement.withdrawn_at.is_(None))):
        units.setdefault(code, set()).add(unit_id)
    for code, paired in units.items():
        yield Thing({"code": code}, units=frozenset(paired))


def purchases(*states: PurchaseState) -> Enumerate:
    """Purchase orders of units, in these states or in any."""

    def found() -> Iterator[Thing]:
        for identity, unit_id, state in rows(PurchaseOrder.id, PurchaseOrder.unit_id, PurchaseOrder.state):
            if state in states or not states:
                yield Thing({"purchase_id": identity}, units=frozenset({unit_id}))

    return found


def unit_orders() -> Iterator[Thing]:
    query = select(Order.number, PurchaseOrder.unit_id)
    for number, unit_id in db.session.execute(
        query.join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
    ):
        yield Thing({"number": number}, units=frozenset({unit_id}))


def batches() -> Iterator[Thing]:
    """Parcels of units' orders, and those of private ones, which nobody accepts."""
    query = (
        select(Delivery.id, Order.purchase_order_id, PurchaseOrder.unit_id)
        .join(Order, Order.id == Delivery.order_id)
        .outerjoin(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
    )
    for identity, purchase_id, unit_id in db.session.execute(query):
        is_units = purchase_id is not None
        yield Thing({"delivery_id": identity}, units=frozenset({unit_id} if is_units else ()), ours=is_units)
