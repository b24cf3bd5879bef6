"""Which outlets collect produce for which supplier: it grants that and takes it back; what was collected stays."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.outlets.models import Outlet
from marketplace.parties.models import Supplier, SupplierOutlet
from marketplace.parties.workflow import SupplierState


@dataclass(frozen=True, slots=True)
class CollectingOutlet:
    """An outlet that collects for a supplier. ``can_collect`` is False while it is closed or collects nothing."""

    outlet_id: int
    code: str
    name: str
    region_code: str
    address: str
    phone: str
    can_collect: bool
    granted_at: datetime


def _in_force() -> ColumnElement[bool]:
    return SupplierOutlet.withdrawn_at.is_(None)


def _collects() -> ColumnElement[bool]:
    return Outlet.is_open & Outlet.collects_produce


def outlets_collecting_for(supplier_id: int) -> list[CollectingOutlet]:
    """By place. One query."""
    rows = db.session.execute(
        select(
            Outlet.id,
            Outlet.code,
            Outlet.name,
            Outlet.region_code,
            Outlet.address,
            Outlet.phone,
            _collects(),
            SupplierOutlet.granted_at,
        )
        .join(Outlet, Outlet.id == SupplierOutlet.outlet_id)
        .where(SupplierOutlet.supplier_id == supplier_id, _in_force())
        .order_by(Outlet.region_code, Outlet.code)
    )
    return [CollectingOutlet(*row) for row in rows]


def suppliers_of_outlet(outlet_id: int) -> dict[int, str]:
    """Names by id of the admitted suppliers this outlet may collect for; none while it is closed. One query."""
    rows = db.session.execute(
        select(Supplier.id, Supplier.name)
        .join(SupplierOutlet, SupplierOutlet.supplier_id == Supplier.id)
        .join(Outlet, Outlet.id == SupplierOutlet.outlet_id)
        .where(
            SupplierOutlet.outlet_id == outlet_id,
            _in_force(),
            _collects(),
            Supplier.state == SupplierState.APPROVED,
        )
        .order_by(Supplier.name)
    )
    return dict(rows.all())


def may_collect(outlet_id: int, supplier_id: int) -> bool:
    return supplier_id in suppliers_of_outlet(outlet_id)


@transactional
def grant_outlet(actor: Actor, supplier_id: int, outlet_id: int) -> None:
    """Let an open outlet collect for one's supplier. Raises NotFound for a foreign supplier, InvalidInput at ``outlet``
    for an outlet that does not collect, Conflict when it may already."""
    _require_owner(actor, supplier_id)
    db.session.execute(select(Supplier.id).where(Supplier.id == supplier_id).with_for_update())
    if db.session.scalar(select(Outlet.id).where(Outlet.id == outlet_id, _collects())) is None:
        raise InvalidInput("outlet_links.does_not_collect", field="outlet")
    if _find(supplier_id, outlet_id) is not None:
        raise Conflict("outlet_links.granted_already", field="outlet")
    db.session.add(
        SupplierOutlet(
            supplier_id=supplier_id, outlet_id=outlet_id, granted_by=actor.user_id, granted_at=clock.now()
        )
    )
    db.session.flush()
    audit.record(actor.user_id, "suppliers.outlet_grant", "supplier", supplier_id, {"outlet": outlet_id})


@transactional
def withdraw_outlet(actor: Actor, supplier_id: int, outlet_id: int) -> None:
    """From now on it collects nothing more. Raises NotFound."""
    _require_owner(actor, supplier_id)
    link = _find(supplier_id, outlet_id)
    if link is None:
        raise NotFound
    link.withdrawn_at = clock.now()
    audit.record(actor.user_id, "suppliers.outlet_withdraw", "supplier", supplier_id, {"outlet": outlet_id})


def _require_owner(actor: Actor, supplier_id: int) -> None:
    if supplier_id not in actor.owned_supplier_ids:
        raise NotFound


def _find(supplier_id: int, outlet_id: int) -> SupplierOutlet | None:
    return db.session.scalars(
        select(SupplierOutlet)
        .where(SupplierOutlet.supplier_id == supplier_id, SupplierOutlet.outlet_id == outlet_id, _in_force())
        .with_for_update()
    ).first()
