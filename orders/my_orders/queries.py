"""A buyer's own orders. Everything asked here is bound to the member or to the checkout's secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from certification.certificates.models import Certificate
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier
from marketplace.parties.queries import public_phone_of
from orders.fulfilment.models import Pickup
from orders.ledger.queries import income_left
from orders.my_orders.rules import IS_VISIT_IN_TAB, STATES_OF_TAB, Situation, Tab, pickup_stage, situation
from orders.ordering.models import Checkout, Order
from orders.ordering.queries import IncomeFacts, LineFacts, lines_of
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from orders.payments.workflow import PaymentState
from orders.refunds.models import Refund
from orders.refunds.workflow import RefundState


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list, with its lines."""

    id: int
    number: str
    supplier_name: str
    placed_at: datetime
    total_fen: int
    state: OrderState
    payment_state: PaymentState
    checkout_id: int
    situation: Situation
    lines: tuple[LineFacts, ...]
    is_visit: bool
    income_fen: int


def own_orders(user_id: int, tab: Tab, text: str, page: int) -> Page[OrderRow]:
    """A member's orders, newest first; ``text`` matches the order number's beginning. Five queries."""
    return _page(is_own(user_id), tab, text, page)


def is_own(user_id: int) -> ColumnElement[bool]:
    """What a member drew up for a unit is the unit's."""
    return and_(Order.user_id == user_id, Order.purchase_order_id.is_(None))


def orders_placed_by_outlet(outlet_id: int, tab: Tab, text: str, page: int) -> Page[OrderRow]:
    """What an outlet ordered for villagers, as ``own_orders``; the caller has checked whose outlet it is."""
    return _page(Order.placed_outlet_id == outlet_id, tab, text, page)


def _page(owner: ColumnElement[bool], tab: Tab, text: str, page: int) -> Page[OrderRow]:
    wanted = [owner]
    if tab in STATES_OF_TAB:
        wanted.append(Order.state.in_(STATES_OF_TAB[tab]))
    if tab in IS_VISIT_IN_TAB:
        wanted.append(Order.visit_on.is_not(None) if IS_VISIT_IN_TAB[tab] else Order.visit_on.is_(None))
    if text:
        wanted.append(Order.number.startswith(text, autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(Order).where(*wanted)) or 0
    return Page(_rows(wanted, offset_of(page), PAGE_SIZE), page, total)


def orders_of_checkout(checkout_id: int) -> list[OrderRow]:
    """All orders of one click; the caller has checked whose it is."""
    return _rows([Order.checkout_id == checkout_id], 0, 100)


def _rows(wanted: Sequence[ColumnElement[bool]], offset: int, limit: int) -> list[OrderRow]:
    found = db.session.execute(
        select(
            Order.id,
            Order.number,
            Supplier.name,
            Order.placed_at,
            Order.total_fen,
            Order.state,
            Payment.state,
            Order.checkout_id,
            Order.payment_method,
            Order.pickup_outlet_id.is_not(None),
            Pickup.arrived_at.is_not(None),
            Pickup.handed_over_at.is_not(None),
            Order.visit_on.is_not(None),
        )
        .outerjoin(Pickup, Pickup.order_id == Order.id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(*wanted)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    ids = [row[0] for row in found]
    lines: dict[int, list[LineFacts]] = {order_id: [] for order_id in ids}
    for line in lines_of(ids):
        lines[line.order_id].append(line)
    refunds = refund_states(ids)
    incomes = income_left({row[0]: row[5] for row in found}, lines)
    return [
        OrderRow(
            *row[:8],
            situation(
                row[5],
                row[6],
                refunds[row[0]],
                row[8],
                is_part_refunded=any(line.refunded_units for line in lines[row[0]]),
                pickup=pickup_stage(row[9], row[10], row[11]),
                is_visit=row[12],
            ),
            tuple(lines[row[0]]),
            row[12],
            incomes[row[0]],
        )
        for row in found
    ]


def refund_states(order_ids: Sequence[int]) -> dict[int, list[RefundState]]:
    """States of every refund, by order."""
    found: dict[int, list[RefundState]] = {order_id: [] for order_id in order_ids}
    if order_ids:
        for order_id, state in db.session.execute(
            select(Refund.order_id, Refund.state).where(Refund.order_id.in_(order_ids))
        ):
            found[order_id].append(state)
    return found


def count_by_tab(user_id: int) -> dict[Tab, int]:
    """How many orders each filter holds. One query."""
    return _count_by_tab(is_own(user_id))


def count_placed_by_outlet(outlet_id: int) -> dict[Tab, int]:
    return _count_by_tab(Order.placed_outlet_id == outlet_id)


def _count_by_tab(owner: ColumnElement[bool]) -> dict[Tab, int]:
    is_visit = Order.visit_on.is_not(None)
    rows = db.session.execute(
        select(Order.state, is_visit, func.count()).where(owner).group_by(Order.state, is_visit)
    ).all()
    counts = {
        tab: sum(
            count
            for state, is_visit, count in rows
            if state in states and IS_VISIT_IN_TAB.get(tab, is_visit) == is_visit
        )
        for tab, states in STATES_OF_TAB.items()
    }
    return {Tab.ALL: sum(count for _, _, count in rows), **counts}


@dataclass(frozen=True, slots=True)
class HomeOfIncome:
    """Where the income of an order goes: a village and how many households of it; never a person."""

    village_code: str
    households: int
    fen: int


def homes_of_income(incomes: Sequence[IncomeFacts]) -> list[HomeOfIncome]:
    """By village, the largest sum first."""
    households: dict[str, set[int]] = {}
    fen: dict[str, int] = {}
    for income in incomes:
        households.setdefault(income.village_code, set()).add(income.household_id)
        fen[income.village_code] = fen.get(income.village_code, 0) + income.fen
    return sorted(
        (HomeOfIncome(code, len(found), fen[code]) for code, found in households.items()),
        key=lambda home: (-home.fen, home.village_code),
    )


def certificate_numbers(certificate_ids: set[int]) -> dict[int, str]:
    """Numbers of the certificates the lines froze."""
    if not certificate_ids:
        return {}
    rows = db.session.execute(
        select(Certificate.id, Certificate.number).where(Certificate.id.in_(certificate_ids))
    )
    return {certificate_id: number for certificate_id, number in rows}  # noqa: C416 - dict() can't type a row


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """Amounts in fen; ``checkout_token`` opens the page to pay, ``supplier_name`` is who sells, ``supplier_phone`` what
    it, or who vouches for it, published for buyers to call, or empty."""

    state: PaymentState
    provider: str
    captured_fen: int
    refunded_fen: int
    checkout_token: str
    supplier_name: str
    supplier_phone: str


def payment_of(order_id: int) -> PaymentFacts:
    """One query."""
    sponsor = aliased(Supplier)
    row = db.session.execute(
        select(
            Payment.state,
            Payment.provider,
            Payment.captured_fen,
            Payment.refunded_fen,
            Checkout.token,
            Supplier.name,
            public_phone_of(sponsor),
        )
        .join(Order, Order.id == Payment.order_id)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .outerjoin(sponsor, sponsor.id == Supplier.sponsor_id)
        .where(Payment.order_id == order_id)
    ).one()
    return PaymentFacts(*row)
