"""What every command of a purchase order does first and last: lock it, ask what it costs now, note the step."""

from sqlalchemy import select

from marketplace.accounts.policies import Actor, Permission
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.parties.unit_queries import admitted_unit_ids
from marketplace.regions.rules import province_code_of
from orders.bulk.models import PurchaseLine, PurchaseOrder, PurchaseStep
from orders.bulk.quoting import BulkQuote, bulk_quote
from orders.bulk.telling import tell_of_step
from orders.bulk.workflow import PURCHASE, PurchaseState

MAX_NOTE = 2_000


def require_admitted(*unit_ids: int) -> None:
    if set(unit_ids) - admitted_unit_ids(set(unit_ids)):
        raise Conflict("units.not_admitted")


def locked_purchase(actor: Actor, purchase_id: int, permission: Permission) -> PurchaseOrder:
    """The purchase order, locked, for somebody who holds the permission in its unit. Raises NotFound."""
    purchase = db.session.scalar(
        select(PurchaseOrder)
        .where(PurchaseOrder.id == purchase_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if purchase is None or purchase.unit_id not in actor.unit_ids_with(permission):
        raise NotFound
    return purchase


def units_of(purchase_id: int) -> dict[int, int]:
    """{packing: units} in the order they were added."""
    rows = db.session.execute(
        select(PurchaseLine.sku_id, PurchaseLine.units)
        .where(PurchaseLine.purchase_order_id == purchase_id)
        .order_by(PurchaseLine.id)
    )
    return {sku_id: units for sku_id, units in rows}  # noqa: C416 - dict() can't type a row


def quote_purchase(purchase: PurchaseOrder) -> BulkQuote:
    return bulk_quote(units_of(purchase.id), province_code_of(purchase.street_code or ""))


def decide(purchase: PurchaseOrder, actor_id: int, action: str, note: str) -> None:
    purchase.decided_by, purchase.decided_at = actor_id, clock.now()
    step(purchase, actor_id, action, note)


def step(purchase: PurchaseOrder, actor_id: int, action: str, note: str) -> None:
    before = purchase.state
    purchase.state = PURCHASE.next(before, action)
    note_step(purchase, actor_id, action, before, note)


def note_step(
    purchase: PurchaseOrder, actor_id: int, action: str, before: PurchaseState | None, note: str
) -> None:
    db.session.add(
        PurchaseStep(
            purchase_order_id=purchase.id,
            at=clock.now(),
            actor_id=actor_id,
            action=action,
            from_state=before,
            to_state=purchase.state,
            note=note.strip()[:MAX_NOTE],
        )
    )
    audit.record(
        actor_id,
        f"purchase.{action}",
        "purchase_order",
        purchase.id,
        {"from": before, "to": purchase.state},
        reason=note.strip() or None,
    )
    db.session.flush()
    tell_of_step(purchase, actor_id, action)
