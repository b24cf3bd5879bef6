"""Reading purchase orders and what became of them. Whose they are is asked first; amounts are fen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import User
from marketplace.accounts.policies import Actor
from marketplace.kernel.clock import local_date
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import PartnerUnit, Supplier
from orders.bulk.models import PurchaseLine, PurchaseOrder, PurchaseStep
from orders.bulk.rules import PaymentTerm, Purpose
from orders.bulk.workflow import PurchaseState
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """``goods_fen`` is what the lines came to when last priced; ``total_fen`` has freight, 0 before it is submitted."""

    id: int
    number: str
    state: PurchaseState
    purpose: Purpose
    payment_term: PaymentTerm
    deliver_on: date
    budget_unit: str
    goods_fen: int
    total_fen: int
    lines: int
    created_by: str
    created_at: datetime
    submitted_at: datetime | None


def _criteria(unit_id: int, state: PurchaseState | None, text: str) -> list[ColumnElement[bool]]:
    criteria: list[ColumnElement[bool]] = [PurchaseOrder.unit_id == unit_id]
    if state is not None:
        criteria.append(PurchaseOrder.state == state)
    if text:
        criteria.append(
            or_(
                PurchaseOrder.number.contains(text, autoescape=True),
                PurchaseOrder.note.contains(text, autoescape=True),
            )
        )
    return criteria


def purchases_page(unit_id: int, state: PurchaseState | None, text: str, page: int) -> Page[PurchaseRow]:
    """A unit's purchase orders, newest first. Two queries."""
    criteria = _criteria(unit_id, state, text)
    goods = (
        select(func.coalesce(func.sum(PurchaseLine.units * PurchaseLine.unit_price_fen), 0))
        .where(PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .scalar_subquery()
    )
    lines = (
        select(func.count(PurchaseLine.id))
        .where(PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            PurchaseOrder.id,
            PurchaseOrder.number,
            PurchaseOrder.state,
            PurchaseOrder.purpose,
            PurchaseOrder.payment_term,
            PurchaseOrder.deliver_on,
            PartnerUnit.name,
            goods,
            PurchaseOrder.total_fen,
            lines,
            User.display_name,
            PurchaseOrder.created_at,
            PurchaseOrder.submitted_at,
        )
        .join(PartnerUnit, PartnerUnit.id == PurchaseOrder.budget_unit_id)
        .join(User, User.id == PurchaseOrder.created_by)
        .where(*criteria)
        .order_by(PurchaseOrder.created_at.desc(), PurchaseOrder.id.desc())
        .offset(offset_of(page))
        .limit(PAGE_SIZE)
    ).all()
    total = db.session.scalar(select(func.count()).select_from(PurchaseOrder).where(*criteria)) or 0
    return Page([_purchase_row(row) for row in rows], page, total)


def _purchase_row(row: Sequence[Any]) -> PurchaseRow:
    return PurchaseRow(*row)


def count_purchases(unit_id: int) -> dict[PurchaseState, int]:
    """How many purchase orders of a unit are in which state."""
    rows = db.session.execute(
        select(PurchaseOrder.state, func.count())
        .where(PurchaseOrder.unit_id == unit_id)
        .group_by(PurchaseOrder.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 - dict() can't type a row


@dataclass(frozen=True)
class Purchase:
    """One purchase order with the address in clear, for members of its unit. ``units`` by packing as last priced."""

    id: int
    number: str
    unit_id: int
    unit: str
    budget_unit_id: int
    budget_unit: str
    state: PurchaseState
    purpose: Purpose
    payment_term: PaymentTerm
    deliver_on: date
    deliver_to: DeliverTo
    payer: str
    note: str
    total_fen: int
    created_by: int
    submitted_by: int | None
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    units: dict[int, int]
    prices: dict[int, int]


def get_purchase(actor: Actor, purchase_id: int) -> Purchase:
    """Raises NotFound for a purchase order of a unit one does not belong to. Two queries."""
    budget = aliased(PartnerUnit)
    row = db.session.execute(
        select(PurchaseOrder, PartnerUnit.name, budget.name)
        .join(PartnerUnit, PartnerUnit.id == PurchaseOrder.unit_id)
        .join(budget, budget.id == PurchaseOrder.budget_unit_id)
        .where(PurchaseOrder.id == purchase_id, PurchaseOrder.unit_id.in_(actor.unit_ids))
    ).first()
    if row is None:
        raise NotFound
    found: PurchaseOrder = row[0]
    lines = db.session.execute(
        select(PurchaseLine.sku_id, PurchaseLine.units, PurchaseLine.unit_price_fen)
        .where(PurchaseLine.purchase_order_id == purchase_id)
        .order_by(PurchaseLine.id)
    ).all()
    return Purchase(
        found.id,
        found.number,
        found.unit_id,
        row[1],
        found.budget_unit_id,
        row[2],
        found.state,
        found.purpose,
        found.payment_term,
        found.deliver_on,
        DeliverTo(found.recipient, found.mobile, found.street_code or "", found.address_detail),
        found.payer,
        found.note,
        found.total_fen,
        found.created_by,
        found.submitted_by,
        found.created_at,
        found.submitted_at,
        found.decided_at,
        {line.sku_id: line.units for line in lines},
        {line.sku_id: line.unit_price_fen for line in lines},
    )


@dataclass(frozen=True, slots=True)
class StepRow:
    id: int
    at: datetime
    who: str
    action: str
    note: str

    @property
    def day(self) -> date:
        return local_date(self.at)


def steps_of(purchase_id: int) -> list[StepRow]:
    """What happened to a purchase order, newest first."""
    rows = db.session.execute(
        select(PurchaseStep.id, PurchaseStep.at, User.display_name, PurchaseStep.action, PurchaseStep.note)
        .join(User, User.id == PurchaseStep.actor_id)
        .where(PurchaseStep.purchase_order_id == purchase_id)
        .order_by(PurchaseStep.id.desc())
    )
    return [StepRow(*row) for row in rows]


def newest_draft(unit_id: int, user_id: int) -> int | None:
    """The purchase order a person is putting together: what the catalogue adds to."""
    return _newest(unit_id, user_id, PurchaseOrder.state.in_((PurchaseState.DRAFT, PurchaseState.RETURNED)))


def empty_draft(unit_id: int, user_id: int) -> int | None:
    """A person's draft with nothing on it."""
    return _newest(
        unit_id,
        user_id,
        PurchaseOrder.state == PurchaseState.DRAFT,
        ~exists().where(PurchaseLine.purchase_order_id == PurchaseOrder.id),
    )


def _newest(unit_id: int, user_id: int, *criteria: ColumnElement[bool]) -> int | None:
    return db.session.scalar(
        select(PurchaseOrder.id)
        .where(PurchaseOrder.unit_id == unit_id, PurchaseOrder.created_by == user_id, *criteria)
        .order_by(PurchaseOrder.id.desc())
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class DraftRow:
    id: int
    number: str
    lines: int
    goods_fen: int


def draft_row(purchase_id: int) -> DraftRow:
    row = db.session.execute(
        select(
            PurchaseOrder.id,
            PurchaseOrder.number,
            func.count(PurchaseLine.id),
            func.coalesce(func.sum(PurchaseLine.units * PurchaseLine.unit_price_fen), 0),
        )
        .outerjoin(PurchaseLine, PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .where(PurchaseOrder.id == purchase_id)
        .group_by(PurchaseOrder.id, PurchaseOrder.number)
    ).one()
    return DraftRow(*row)


def last_facts(unit_id: int) -> tuple[Purpose, PaymentTerm, DeliverTo] | None:
    """How the unit bought last, so that nobody types the canteen's address twice."""
    found = db.session.scalars(
        select(PurchaseOrder)
        .where(PurchaseOrder.unit_id == unit_id, PurchaseOrder.street_code.is_not(None))
        .order_by(PurchaseOrder.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    place = DeliverTo(found.recipient, found.mobile, found.street_code or "", found.address_detail)
    return found.purpose, found.payment_term, place


@dataclass(frozen=True, slots=True)
class OfPurchase:
    """What others than the unit may know of the purchase an order came from."""

    id: int
    number: str
    unit_id: int
    unit: str
    budget_unit: str
    purpose: Purpose
    payment_term: PaymentTerm
    deliver_on: date
    payer: str


def purchase_of_order(order_id: int) -> OfPurchase | None:
    """The purchase behind an order; None for a private one."""
    budget = aliased(PartnerUnit)
    row = db.session.execute(
        select(
            PurchaseOrder.id,
            PurchaseOrder.number,
            PurchaseOrder.unit_id,
            PartnerUnit.name,
            budget.name,
            PurchaseOrder.purpose,
            PurchaseOrder.payment_term,
            PurchaseOrder.deliver_on,
            PurchaseOrder.payer,
        )
        .join(Order, Order.purchase_order_id == PurchaseOrder.id)
        .join(PartnerUnit, PartnerUnit.id == PurchaseOrder.unit_id)
        .join(budget, budget.id == PurchaseOrder.budget_unit_id)
        .where(Order.id == order_id)
    ).first()
    return None if row is None else OfPurchase(*row)


@dataclass(frozen=True, slots=True)
class Seller:
    """Who signs for the supplier: the sponsor for a pilot household without a licence."""

    name: str
    uscc: str


def sellers(supplier_ids: Collection[int]) -> dict[int, Seller]:
    """The legal sellers behind these suppliers. One query."""
    sponsor = aliased(Supplier)
    rows = db.session.execute(
        select(Supplier.id, Supplier.name, Supplier.uscc, sponsor.name, sponsor.uscc)
        .outerjoin(sponsor, sponsor.id == Supplier.sponsor_id)
        .where(Supplier.id.in_(sorted(supplier_ids)))
    )
    return {
        supplier_id: Seller(name, uscc)
        if uscc is not None
        else Seller(f"{sponsor_name or name}（代{name}）", sponsor_uscc or "")
        for supplier_id, name, uscc, sponsor_name, sponsor_uscc in rows
    }
