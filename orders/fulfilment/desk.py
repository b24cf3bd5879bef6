"""What a supplier reads of its orders. Personal data of buyers only on the page of one order that is to be shipped."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func, or_, select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from orders.fulfilment.carriers import hotline_of
from orders.fulfilment.models import Delivery, DeliveryLine
from orders.fulfilment.tracking import EntryFacts, entries_of
from orders.ledger.queries import income_left
from orders.ordering.models import Order, OrderLine
from orders.ordering.queries import LineFacts, OrderFacts, get_order_facts, lines_of
from orders.ordering.workflow import OrderState


@dataclass(frozen=True)
class Parcel:
    """``lines``: (title, SKU name, units). ``accepted_at`` and ``acceptance_note``: a unit's word on the batch."""

    id: int
    carrier: str
    tracking_number: str
    shipped_at: datetime
    lines: list[tuple[str, str, int]]
    accepted_at: datetime | None = None
    acceptance_note: str = ""
    entries: Sequence[EntryFacts] = ()

    @property
    def hotline(self) -> str:
        return hotline_of(self.carrier)


def parcels_of(order_id: int, *, with_entries: bool = False) -> list[Parcel]:
    """Parcels of an order, the first one first, with where they were seen if asked: one query more."""
    return parcels_of_orders([order_id], with_entries=with_entries)[order_id]


def parcels_of_orders(order_ids: Collection[int], *, with_entries: bool = False) -> dict[int, list[Parcel]]:
    """``parcels_of`` for many orders, in as many queries."""
    rows = db.session.execute(
        select(Delivery, OrderLine.title, OrderLine.sku_name, DeliveryLine.units)
        .outerjoin(DeliveryLine, DeliveryLine.delivery_id == Delivery.id)
        .outerjoin(OrderLine, OrderLine.id == DeliveryLine.line_id)
        .where(Delivery.order_id.in_(order_ids))
        .order_by(Delivery.id, DeliveryLine.id)
    )
    deliveries: dict[int, Delivery] = {}
    lines: dict[int, list[tuple[str, str, int]]] = {}
    for delivery, title, sku_name, units in rows:
        deliveries[delivery.id] = delivery
        found_lines = lines.setdefault(delivery.id, [])
        if title is not None:
            found_lines.append((title, sku_name, units))
    entries = entries_of(list(deliveries)) if with_entries else {}
    found: dict[int, list[Parcel]] = {order_id: [] for order_id in order_ids}
    for each in deliveries.values():
        found[each.order_id].append(
            Parcel(
                each.id,
                each.carrier,
                each.tracking_number,
                each.shipped_at,
                lines[each.id],
                each.accepted_at,
                each.acceptance_note,
                entries.get(each.id, ()),
            )
        )
    return found


def parcel_lines(delivery_ids: Sequence[int]) -> dict[int, list[tuple[str, str, int]]]:
    """(title, SKU name, units) of what lies in each of these parcels. One query."""
    lines: dict[int, list[tuple[str, str, int]]] = {delivery_id: [] for delivery_id in delivery_ids}
    if lines:
        for delivery_id, title, sku_name, units in db.session.execute(
            select(DeliveryLine.delivery_id, OrderLine.title, OrderLine.sku_name, DeliveryLine.units)
            .join(OrderLine, OrderLine.id == DeliveryLine.line_id)
            .where(DeliveryLine.delivery_id.in_(list(lines)))
            .order_by(DeliveryLine.id)
        ):
            lines[delivery_id].append((title, sku_name, units))
    return lines


@dataclass(frozen=True)
class SupplierOrderRow:
    """``units`` of all lines; ``first_title`` and ``lines`` tell what is in it."""

    id: int
    number: str
    state: OrderState
    street_code: str
    total_fen: int
    income_fen: int
    placed_at: datetime
    paid_at: datetime | None
    ship_by: date | None
    first_title: str
    first_sku: str
    first_picture: str | None
    first_units: int
    lines: int
    visit_on: date | None


class DeskFilter(StrEnum):
    """The filters of a supplier's orders: the states, with visits to come apart from what is to be sent."""

    ALL = ""
    PLACED = "placed"
    RELEASED = "released"
    VISIT = "visit"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


TO_SHIP = (DeskFilter.RELEASED, DeskFilter.PARTIALLY_SHIPPED)


def _wanted(supplier_id: int, which: DeskFilter, looked: LookedFor) -> list[ColumnElement[bool]]:
    conditions = [*_looked_for(supplier_id, looked)]
    if which is DeskFilter.VISIT:
        conditions += [Order.state == OrderState.RELEASED, Order.visit_on.is_not(None)]
    elif which is not DeskFilter.ALL:
        conditions.append(Order.state == OrderState(which.value))
    if which is DeskFilter.RELEASED:
        conditions.append(Order.visit_on.is_(None))
    return conditions


def _looked_for(supplier_id: int, looked: LookedFor) -> list[ColumnElement[bool]]:
    # asked of each of the supplier's orders: as a list it would be made of the lines of all suppliers
    goods = exists().where(
        OrderLine.order_id == Order.id, *looked.mentioned(OrderLine.title, OrderLine.sku_name)
    )
    words = [or_(*looked.mentioned(Order.number), goods)] if looked.text else []
    return [Order.supplier_id == supplier_id, *words, *looked.happened(Order.placed_at)]


def supplier_orders(
    supplier_id: int,
    which: DeskFilter,
    looked: LookedFor = ANYTHING,
    offset: int = 0,
    limit: int | None = None,
) -> list[SupplierOrderRow]:
    """Orders of a supplier, those to be shipped oldest first, others newest first; all where no ``limit`` is given."""
    by_age = which in TO_SHIP
    orders = db.session.execute(
        select(
            Order.id,
            Order.number,
            Order.state,
            Order.street_code,
            Order.total_fen,
            Order.placed_at,
            Order.paid_at,
            Order.ship_by,
            Order.visit_on,
        )
        .where(*_wanted(supplier_id, which, looked))
        .order_by(*([Order.placed_at, Order.id] if by_age else [Order.placed_at.desc(), Order.id.desc()]))
        .offset(offset)
        .limit(limit)
    ).all()
    lines: dict[int, list[LineFacts]] = {order.id: [] for order in orders}
    for line in lines_of(list(lines)):
        lines[line.order_id].append(line)
    incomes = income_left({order.id: order.state for order in orders}, lines)
    return [
        SupplierOrderRow(
            order.id,
            order.number,
            order.state,
            order.street_code,
            order.total_fen,
            incomes[order.id],
            order.placed_at,
            order.paid_at,
            order.ship_by,
            lines[order.id][0].title,
            lines[order.id][0].sku_name,
            lines[order.id][0].picture_token,
            lines[order.id][0].units,
            len(lines[order.id]),
            order.visit_on,
        )
        for order in orders
    ]


def count_supplier_orders(supplier_id: int, looked: LookedFor = ANYTHING) -> Counter[DeskFilter]:
    """How many orders each filter holds. One query."""
    is_visit = Order.visit_on.is_not(None)
    counts: Counter[DeskFilter] = Counter()
    for state, of_visits, count in db.session.execute(
        select(Order.state, is_visit, func.count())
        .where(*_looked_for(supplier_id, looked))
        .group_by(Order.state, is_visit)
    ):
        is_coming = of_visits and state is OrderState.RELEASED
        counts[DeskFilter.VISIT if is_coming else DeskFilter(state.value)] += count
        counts[DeskFilter.ALL] += count
    return counts


@dataclass(frozen=True)
class DeliverTo:
    """Where the parcel goes, in clear: only for the supplier that ships it."""

    recipient: str
    mobile: str
    street_code: str
    detail: str


@dataclass(frozen=True)
class SupplierOrder:
    facts: OrderFacts
    lines: list[LineFacts]
    deliver_to: DeliverTo | None
    parcels: list[Parcel]


#: a supplier needs the address to ship and while a parcel may come back, not for ever
ADDRESS_SHOWN = (
    OrderState.RELEASED,
    OrderState.PARTIALLY_SHIPPED,
    OrderState.SHIPPED,
    OrderState.RECEIVED,
)


def supplier_order(actor: Actor, supplier_id: int, number: str) -> SupplierOrder:
    """An order of the supplier the person acts for; raises NotFound."""
    order = db.session.scalar(select(Order).where(Order.number == number, Order.supplier_id == supplier_id))
    if order is None or not actor.acts_for_supplier(supplier_id):
        raise NotFound
    deliver_to = (
        DeliverTo(order.recipient, order.mobile, order.street_code, order.address_detail)
        if order.state in ADDRESS_SHOWN
        else None
    )
    parcels = parcels_of(order.id, with_entries=True)
    return SupplierOrder(get_order_facts(order.id), lines_of(order.id), deliver_to, parcels)
