"""Reading the orders purchase orders became: the unit's list, its transfers, its batches, what suppliers wait for.

Amounts are fen. An order belongs to the unit that bought it, whichever unit's plan it counts to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import PartnerUnit, Supplier
from orders.bulk.models import PurchaseOrder
from orders.fulfilment.models import Delivery
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from orders.payments.queries import BankAccount, ProofFacts, account_of, proofs_of
from orders.payments.workflow import PaymentState


class OrderFilter(StrEnum):
    """What a unit asks of its orders; one word each."""

    ALL = ""
    TO_PAY = "pay"
    TO_SHIP = "ship"
    TO_ACCEPT = "accept"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return _FILTER_LABELS[self]


_FILTER_LABELS = {
    OrderFilter.ALL: "全部",
    OrderFilter.TO_PAY: "待付款",
    OrderFilter.TO_SHIP: "待发货",
    OrderFilter.TO_ACCEPT: "待验收",
    OrderFilter.DONE: "已完成",
    OrderFilter.CANCELLED: "已取消",
}
UNPAID = (PaymentState.UNPAID, PaymentState.PENDING)


def open_batch() -> ColumnElement[bool]:
    """Whether a parcel of the enclosing query's Order waits for its acceptance."""
    return (
        select(Delivery.id)
        .where(Delivery.order_id == Order.id, Delivery.accepted_at.is_(None))
        .correlate(Order)
        .exists()
    )


def _filter(wanted: OrderFilter) -> ColumnElement[bool] | None:
    match wanted:
        case OrderFilter.TO_PAY:
            return and_(Payment.state.in_(UNPAID), Order.state != OrderState.CANCELLED)
        case OrderFilter.TO_SHIP:
            return Order.state.in_((OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED))
        case OrderFilter.TO_ACCEPT:
            return and_(Order.state.in_((OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED)), open_batch())
        case OrderFilter.DONE:
            return Order.state == OrderState.COMPLETED
        case OrderFilter.CANCELLED:
            return Order.state == OrderState.CANCELLED
        case _:
            return None


@dataclass(frozen=True, slots=True)
class UnitOrderRow:
    """``income_fen`` and ``fee_fen`` are what its lines froze; expected while it is not paid."""

    id: int
    number: str
    purchase_id: int
    purchase_number: str
    supplier_id: int
    supplier: str
    budget_unit: str
    state: OrderState
    payment_state: PaymentState
    pays_later: bool
    goods_fen: int
    freight_fen: int
    total_fen: int
    refunded_fen: int
    income_fen: int
    fee_fen: int
    placed_at: datetime
    reserved_until: datetime
    paid_at: datetime | None
    received_at: datetime | None
    pay_due_on: date | None

    @property
    def is_open_to_pay(self) -> bool:
        return self.payment_state in UNPAID and self.state is not OrderState.CANCELLED

    @property
    def is_overdue(self) -> bool:
        return self.is_open_to_pay and self.pay_due_on is not None and self.pay_due_on < clock.today()


def _orders() -> Select[*tuple[Any, ...]]:
    budget = aliased(PartnerUnit)
    income = (
        select(func.coalesce(func.sum(OrderLine.income_fen), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    fee = (
        select(func.coalesce(func.sum(OrderLine.fee_fen), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    return (
        select(
            Order.id,
            Order.number,
            PurchaseOrder.id,
            PurchaseOrder.number,
            Supplier.id,
            Supplier.name,
            budget.name,
            Order.state,
            Payment.state,
            Order.pays_later,
            Order.goods_fen,
            Order.freight_fen,
            Order.total_fen,
            Payment.refunded_fen,
            income,
            fee,
            Order.placed_at,
            Order.reserved_until,
            Order.paid_at,
            Order.received_at,
            Order.pay_due_on,
        )
        .join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .join(budget, budget.id == PurchaseOrder.budget_unit_id)
        .join(Payment, Payment.order_id == Order.id)
    )


def _row(row: Sequence[Any]) -> UnitOrderRow:
    return UnitOrderRow(*row)


def _wanted(unit_id: int, wanted: OrderFilter, text: str) -> list[ColumnElement[bool]]:
    criteria: list[ColumnElement[bool]] = [PurchaseOrder.unit_id == unit_id]
    chosen = _filter(wanted)
    if chosen is not None:
        criteria.append(chosen)
    if text:
        criteria.append(
            or_(
                Order.number.startswith(text, autoescape=True),
                PurchaseOrder.number.contains(text, autoescape=True),
                Supplier.name.contains(text, autoescape=True),
            )
        )
    return criteria


def unit_orders(unit_id: int, wanted: OrderFilter, text: str, page: int) -> Page[UnitOrderRow]:
    """A unit's orders, newest first. Two queries."""
    criteria = _wanted(unit_id, wanted, text)
    found = _orders().where(*criteria)
    rows = db.session.execute(
        found.order_by(Order.placed_at.desc(), Order.id.desc()).offset(offset_of(page)).limit(PAGE_SIZE)
    )
    total = db.session.scalar(found.with_only_columns(func.count(Order.id), maintain_column_froms=True)) or 0
    return Page([_row(row) for row in rows], page, total)


def all_unit_orders(unit_id: int, wanted: OrderFilter, text: str, limit: int = 10_000) -> list[UnitOrderRow]:
    """What the list shows, whole, for a download."""
    rows = db.session.execute(
        _orders()
        .where(*_wanted(unit_id, wanted, text))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(limit)
    )
    return [_row(row) for row in rows]


def orders_of_purchase(purchase_id: int) -> list[UnitOrderRow]:
    rows = db.session.execute(_orders().where(PurchaseOrder.id == purchase_id).order_by(Order.id))
    return [_row(row) for row in rows]


def order_row(order_id: int) -> UnitOrderRow:
    """One order of a unit; the caller has asked whose it is."""
    return _row(db.session.execute(_orders().where(Order.id == order_id)).one())


def count_unit_orders(unit_id: int) -> dict[OrderFilter, int]:
    """How many orders each filter holds. One query."""
    sums = [
        func.count() if chosen is None else func.count().filter(chosen)
        for chosen in (_filter(each) for each in OrderFilter)
    ]
    row = db.session.execute(
        select(*sums)
        .select_from(Order)
        .join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(PurchaseOrder.unit_id == unit_id)
    ).one()
    return dict(zip(OrderFilter, row, strict=True))


@dataclass(frozen=True)
class Transfer:
    """One transfer to make: to the supplier's own account, with this reference. ``payer``: who was declared to pay."""

    order: UnitOrderRow
    account: BankAccount
    reference: str
    failure: str | None
    payer: str
    proofs: list[ProofFacts]


def transfers(unit_id: int, *, paid: bool, page: int) -> Page[Transfer]:
    """What is to be paid, the most urgent first, or what was. Three queries."""
    sponsor = aliased(Supplier)
    criterion = (
        Payment.state == PaymentState.PAID
        if paid
        else and_(Payment.state.in_(UNPAID), Order.state != OrderState.CANCELLED)
    )
    found = _orders().where(PurchaseOrder.unit_id == unit_id, criterion)
    # paid before: until its stock is freed; paid after: by its day, which is not known before acceptance
    urgency = (
        (Order.paid_at.desc(), Order.id.desc())
        if paid
        else (Order.pays_later, Order.pay_due_on.is_(None), Order.pay_due_on, Order.reserved_until, Order.id)
    )
    rows = db.session.execute(
        found.add_columns(Payment, Supplier, sponsor, PurchaseOrder.payer)
        .outerjoin(sponsor, sponsor.id == Supplier.sponsor_id)
        .order_by(*urgency)
        .offset(offset_of(page))
        .limit(PAGE_SIZE)
    ).all()
    total = db.session.scalar(found.with_only_columns(func.count(Order.id), maintain_column_froms=True)) or 0
    proofs = proofs_of([row[-4].id for row in rows])
    items = []
    for *facts, payment, supplier, sponsored_by, payer in rows:
        items.append(
            Transfer(
                _row(facts),
                account_of(supplier, sponsored_by),
                payment.reference,
                payment.failure,
                payer,
                proofs.get(payment.id, []),
            )
        )
    return Page(items, page, total)


@dataclass(frozen=True, slots=True)
class Receivable:
    """What a unit owes a supplier for goods delivered first."""

    number: str
    unit: str
    state: OrderState
    total_fen: int
    income_fen: int
    placed_at: datetime
    received_at: datetime | None
    pay_due_on: date | None

    @property
    def is_overdue(self) -> bool:
        return self.pay_due_on is not None and self.pay_due_on < clock.today()


def receivables(supplier_id: int, page: int) -> Page[Receivable]:
    """Orders a supplier released before they were paid and waits to be paid for, the most urgent first. Two queries."""
    income = (
        select(func.coalesce(func.sum(OrderLine.income_fen), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    found = (
        select(
            Order.number,
            PartnerUnit.name,
            Order.state,
            Order.total_fen,
            income,
            Order.placed_at,
            Order.received_at,
            Order.pay_due_on,
        )
        .join(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
        .join(PartnerUnit, PartnerUnit.id == PurchaseOrder.unit_id)
        .where(
            Order.supplier_id == supplier_id,
            Order.pays_later,
            Order.paid_at.is_(None),
            Order.state != OrderState.CANCELLED,
        )
    )
    rows = db.session.execute(
        found.order_by(Order.pay_due_on.is_(None), Order.pay_due_on, Order.id)
        .offset(offset_of(page))
        .limit(PAGE_SIZE)
    )
    total = db.session.scalar(found.with_only_columns(func.count(Order.id), maintain_column_froms=True)) or 0
    return Page([Receivable(*row) for row in rows], page, total)
