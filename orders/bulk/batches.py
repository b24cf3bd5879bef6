"""Reading the batches of a unit's orders: what waits for acceptance, what was accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import User
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier
from orders.bulk.models import PurchaseOrder
from orders.fulfilment.desk import parcel_lines
from orders.fulfilment.models import Delivery
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState


@dataclass(frozen=True)
class Batch:
    """A parcel of an order; ``number`` counts the order's parcels from 1. ``lines``: (title, packing, units)."""

    id: int
    number: int
    order_number: str
    order_state: OrderState
    purchase_id: int
    purchase_number: str
    supplier: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    auto_receive_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str | None
    note: str
    lines: list[tuple[str, str, int]]


def batches(unit_id: int, *, waiting: bool, page: int) -> Page[Batch]:
    """Parcels that wait for their acceptance, oldest first, or those accepted, newest first. Three queries."""
    criterion = Delivery.accepted_at.is_(None) if waiting else Delivery.accepted_at.is_not(None)
    number = (
        select(func.count())
        .select_from(earlier := aliased(Delivery))
        .where(earlier.order_id == Delivery.order_id, earlier.id <= Delivery.id)
        .correlate(Delivery)
        .scalar_subquery()
    )
    found = (
        select(
            Delivery.id,
            number,
            Order.number,
            Order.state,
            PurchaseOrder.id,
            PurchaseOrder.number,
            Supplier.name,
            Delivery.carrier,
            Delivery.tracking_number,
            Delivery.shipped_at,
            Order.auto_receive_at,
            Delivery.accepted_at,
            User.display_name,
            Delivery.acceptance_note,
        )
        .join(Order, Order.id == Delivery.order_id)
        .join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .outerjoin(User, User.id == Delivery.accepted_by)
        .where(PurchaseOrder.unit_id == unit_id, criterion)
    )
    order = (Delivery.shipped_at, Delivery.id) if waiting else (Delivery.accepted_at.desc(), Delivery.id)
    rows = db.session.execute(found.order_by(*order).offset(offset_of(page)).limit(PAGE_SIZE)).all()
    total = (
        db.session.scalar(found.with_only_columns(func.count(Delivery.id), maintain_column_froms=True)) or 0
    )
    lines = parcel_lines([row[0] for row in rows])
    return Page([_batch(row, lines.get(row[0], [])) for row in rows], page, total)


def _batch(row: Sequence[Any], lines: list[tuple[str, str, int]]) -> Batch:
    return Batch(*[*row, lines])
