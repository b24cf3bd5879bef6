"""Reading orders: rows, not objects, and never without saying whose they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from certification.certificates.models import Certificate
from certification.linkage.rules import IncomeKind, LinkageMode
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from orders.ordering.models import Checkout, LineAllocation, LineIncome, Order, OrderEvent, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order without personal data; amounts in fen."""

    id: int
    number: str
    checkout_id: int
    supplier_id: int
    user_id: int | None
    state: OrderState
    payment_method: PaymentMethod
    goods_fen: int
    freight_fen: int
    discount_fen: int
    total_fen: int
    street_code: str
    remark: str
    placed_at: datetime
    reserved_until: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    auto_receive_at: datetime | None
    received_at: datetime | None
    complete_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    unit_id: int | None
    purchase_order_id: int | None
    pays_later: bool
    pay_due_on: date | None
    subsidy_bearer: str | None
    commission_outlet_id: int | None
    ship_by: date | None
    visit_on: date | None
    free_until: datetime | None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line as it was frozen, and what became of its units."""

    id: int
    order_id: int
    sku_id: int
    listing_id: int
    product_id: int
    certificate_id: int
    agreement_id: int
    origin_code: str
    channel_code: str
    title: str
    sku_name: str
    picture_token: str | None
    grams: int
    unit_price_fen: int
    units: int
    net_fen: int
    fee_fen: int
    discount_fen: int
    subsidy_fen: int
    outlet_fee_fen: int
    income_fen: int
    after_sales_hours: int
    is_fresh: bool
    ship_by: date | None
    shipped_units: int
    refunded_units: int


@dataclass(frozen=True, slots=True)
class AllocationFacts:
    """Which stock row a line took how much from; ``returned_units`` went back or were spoiled."""

    id: int
    line_id: int
    stock_row_id: int
    lot_id: int | None
    units: int
    returned_units: int


@dataclass(frozen=True, slots=True)
class IncomeFacts:
    """A household's frozen part of a line, in fen."""

    id: int
    line_id: int
    household_id: int
    village_code: str
    mode: LinkageMode
    kind: IncomeKind
    lot_id: int | None
    lot_units: int | None
    paid_at_receipt: bool
    fen: int


@dataclass(frozen=True, slots=True)
class EventFacts:
    at: datetime
    actor_id: int | None
    action: str
    from_state: OrderState | None
    to_state: OrderState | None
    note: str


@dataclass(frozen=True, slots=True)
class CheckoutFacts:
    id: int
    token: str
    user_id: int | None
    payment_method: PaymentMethod
    total_fen: int
    placed_at: datetime


_ORDER = tuple(getattr(Order, name) for name in OrderFacts.__slots__)
_LINE = tuple(getattr(OrderLine, name) for name in LineFacts.__slots__)
_ALLOCATION = tuple(getattr(LineAllocation, name) for name in AllocationFacts.__slots__)
_INCOME = tuple(getattr(LineIncome, name) for name in IncomeFacts.__slots__)
_EVENT = tuple(getattr(OrderEvent, name) for name in EventFacts.__slots__)
CHECKOUT_COLUMNS = tuple(getattr(Checkout, name) for name in CheckoutFacts.__slots__)


def find_order_facts(order_id: int) -> OrderFacts | None:
    row = db.session.execute(select(*_ORDER).where(Order.id == order_id)).first()
    return None if row is None else OrderFacts(*row)


def facts_of(order: Order) -> OrderFacts:
    """Of one that is loaded."""
    return OrderFacts(*(getattr(order, name) for name in OrderFacts.__slots__))


def get_order_facts(order_id: int) -> OrderFacts:
    """Raises NotFound."""
    found = find_order_facts(order_id)
    if found is None:
        raise NotFound
    return found


def find_order_by_number(number: str) -> OrderFacts | None:
    """An order by the number people see; whose it is, the caller decides."""
    row = db.session.execute(select(*_ORDER).where(Order.number == number)).first()
    return None if row is None else OrderFacts(*row)


def orders_of_checkout(checkout_id: int) -> list[OrderFacts]:
    """The orders of one click, in the order they were shown."""
    rows = db.session.execute(select(*_ORDER).where(Order.checkout_id == checkout_id).order_by(Order.id))
    return [OrderFacts(*row) for row in rows]


def lines_of(order_ids: int | Collection[int]) -> list[LineFacts]:
    """Lines of one order or of several, by order and id. One query."""
    ids = [order_ids] if isinstance(order_ids, int) else list(order_ids)
    if not ids:
        return []
    rows = db.session.execute(
        select(*_LINE).where(OrderLine.order_id.in_(ids)).order_by(OrderLine.order_id, OrderLine.id)
    )
    return [LineFacts(*row) for row in rows]


def lines_with_certificates(order_id: int) -> tuple[list[LineFacts], dict[int, str]]:
    """``lines_of`` with the numbers of the certificates they froze, by id. One query."""
    rows = db.session.execute(
        select(*_LINE, Certificate.number)
        .join(Certificate, Certificate.id == OrderLine.certificate_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.id)
    ).all()
    lines = [LineFacts(*row[:-1]) for row in rows]
    return lines, {line.certificate_id: row[-1] for line, row in zip(lines, rows, strict=True)}


def allocations_of(order_id: int) -> list[AllocationFacts]:
    """What the lines of an order took, oldest line first."""
    rows = db.session.execute(
        select(*_ALLOCATION)
        .join(OrderLine, OrderLine.id == LineAllocation.line_id)
        .where(OrderLine.order_id == order_id)
        .order_by(LineAllocation.line_id, LineAllocation.id)
    )
    return [AllocationFacts(*row) for row in rows]


def incomes_of(order_id: int) -> list[IncomeFacts]:
    """The frozen household parts of an order, by line."""
    rows = db.session.execute(
        select(*_INCOME)
        .join(OrderLine, OrderLine.id == LineIncome.line_id)
        .where(OrderLine.order_id == order_id)
        .order_by(LineIncome.line_id, LineIncome.id)
    )
    return [IncomeFacts(*row) for row in rows]


def events_of(order_id: int) -> list[EventFacts]:
    """The timeline, newest first."""
    rows = db.session.execute(
        select(*_EVENT).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id.desc())
    )
    return [EventFacts(*row) for row in rows]


def find_checkout(token: str) -> CheckoutFacts | None:
    """A checkout by its secret."""
    row = db.session.execute(select(*CHECKOUT_COLUMNS).where(Checkout.token == token)).first()
    return None if row is None else CheckoutFacts(*row)


_BY_KEY = select(*CHECKOUT_COLUMNS).where(Checkout.idempotency_key == bindparam("key"))


def find_checkout_by_key(idempotency_key: str) -> CheckoutFacts | None:
    """What an earlier submit of the same form placed."""
    row = db.session.execute(_BY_KEY, {"key": idempotency_key}).first()
    return None if row is None else CheckoutFacts(*row)
