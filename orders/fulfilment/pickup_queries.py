"""What an outlet reads of the orders fetched there, names and numbers masked; and the buyer's own code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.presentation import mask_name
from orders.fulfilment.models import Delivery, Pickup
from orders.fulfilment.parameters import PICKUP_DAYS
from orders.ordering.models import Order
from orders.ordering.queries import LineFacts, lines_of
from orders.ordering.workflow import OrderState

#: a four-digit question is the end of a mobile number, which only decrypted rows can answer: of so many at most
SEARCHED = 500
ON_THE_WAY = (OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED)


@dataclass(frozen=True, slots=True)
class PickupFacts:
    """For the buyer: ``code`` in clear. The caller has checked whose order it is."""

    outlet_id: int
    code: str
    shelf: str
    arrived_at: datetime
    handed_over_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.handed_over_at is None

    @property
    def keep_until(self) -> datetime:
        return self.arrived_at + timedelta(days=PICKUP_DAYS.get())


def pickup_of(order_id: int) -> PickupFacts | None:
    """None until the goods are at the outlet."""
    row = db.session.execute(
        select(Pickup.outlet_id, Pickup.code, Pickup.shelf, Pickup.arrived_at, Pickup.handed_over_at).where(
            Pickup.order_id == order_id
        )
    ).first()
    return PickupFacts(*row) if row else None


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """An order for an outlet. ``tail`` is the end of the buyer's mobile; the moments are None before they came."""

    order_id: int
    number: str
    state: OrderState
    name: str
    tail: str
    shelf: str
    shipped_at: datetime | None
    arrived_at: datetime | None
    handed_over_at: datetime | None
    lines: tuple[LineFacts, ...] = ()
    tracking: tuple[str, ...] = ()

    @property
    def keep_until(self) -> datetime | None:
        return self.arrived_at + timedelta(days=PICKUP_DAYS.get()) if self.arrived_at else None

    @property
    def days(self) -> int:
        """Whole days it has been lying there."""
        if self.arrived_at is None:
            return 0
        return (clock.local_date(self.handed_over_at or clock.now()) - clock.local_date(self.arrived_at)).days

    @property
    def is_overdue(self) -> bool:
        return self.handed_over_at is None and self.keep_until is not None and self.keep_until <= clock.now()

    @property
    def units_left(self) -> int:
        return sum(line.units - line.refunded_units for line in self.lines)


_COLUMNS = (
    Order.id,
    Order.number,
    Order.state,
    Order.recipient,
    Order.mobile,
    Order.shipped_at,
    Pickup.shelf,
    Pickup.arrived_at,
    Pickup.handed_over_at,
)


def _select(outlet_id: int, *criteria: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .select_from(Order)
        .outerjoin(Pickup, Pickup.order_id == Order.id)
        .where(Order.pickup_outlet_id == outlet_id, *criteria)
    )


def _rows(found: Sequence[Row[Any]], *, with_tracking: bool = True) -> list[ParcelRow]:
    """Two statements: what is in them, and by which parcels they come."""
    ids = [row[0] for row in found]
    lines: dict[int, list[LineFacts]] = {order_id: [] for order_id in ids}
    for line in lines_of(ids) if ids else ():
        lines[line.order_id].append(line)
    tracking: dict[int, list[str]] = {order_id: [] for order_id in ids}
    if ids and with_tracking:
        for order_id, carrier, number in db.session.execute(
            select(Delivery.order_id, Delivery.carrier, Delivery.tracking_number)
            .where(Delivery.order_id.in_(ids))
            .order_by(Delivery.id)
        ):
            tracking[order_id].append(f"{carrier} {number}")
    return [
        ParcelRow(
            row.id,
            row.number,
            row.state,
            mask_name(row.recipient),
            row.mobile[-4:],
            row.shelf or "",
            row.shipped_at,
            row.arrived_at,
            row.handed_over_at,
            tuple(lines[row.id]),
            tuple(tracking[row.id]),
        )
        for row in found
    ]


def _page(statement: Select[*tuple[Any, ...]], text: str, page: int) -> Page[ParcelRow]:
    """``text``: the end of a mobile number, of an order number, or a shelf."""
    if text:
        found = [
            row
            for row in db.session.execute(statement.limit(SEARCHED)).all()
            if row.mobile.endswith(text)
            or row.number.endswith(text)
            or row.number == text
            or (row.shelf or "").lower() == text.lower()
        ]
        start = offset_of(page)
        return Page(_rows(found[start : start + PAGE_SIZE]), page, len(found))
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    return Page(
        _rows(db.session.execute(statement.offset(offset_of(page)).limit(PAGE_SIZE)).all()), page, total
    )


def waiting_page(outlet_id: int, text: str, page: int, *, overdue: bool = False) -> Page[ParcelRow]:
    """What lies at the outlet, the oldest first."""
    criteria: list[ColumnElement[bool]] = [Pickup.id.is_not(None), Pickup.handed_over_at.is_(None)]
    if overdue:
        criteria.append(Pickup.arrived_at <= _overdue_since())
    return _page(_select(outlet_id, *criteria).order_by(Pickup.arrived_at, Order.id), text, page)


def expected_page(outlet_id: int, text: str, page: int) -> Page[ParcelRow]:
    """What was paid for and is to come, the one sent first on top."""
    statement = _select(outlet_id, Pickup.id.is_(None), Order.state.in_(ON_THE_WAY))
    return _page(
        statement.order_by(Order.shipped_at.is_(None), Order.shipped_at, Order.placed_at, Order.id),
        text,
        page,
    )


def handed_page(outlet_id: int, text: str, page: int) -> Page[ParcelRow]:
    """What was handed over, the newest first."""
    statement = _select(outlet_id, Pickup.handed_over_at.is_not(None))
    return _page(statement.order_by(Pickup.handed_over_at.desc(), Order.id.desc()), text, page)


def parcel(outlet_id: int, order_id: int) -> ParcelRow:
    """One order for this outlet; the caller came by its code or number."""
    return _rows([db.session.execute(_select(outlet_id, Order.id == order_id)).one()])[0]


@dataclass(frozen=True, slots=True)
class PickupCounts:
    """``arriving`` of the expected ones are all on their way; ``due_today`` are kept until some time today."""

    expected: int
    arriving: int
    waiting: int
    overdue: int
    due_today: int
    handed_today: int = 0
    handed_yesterday: int = 0


def _overdue_since() -> datetime:
    return clock.now() - timedelta(days=PICKUP_DAYS.get())


def count_pickups(outlet_id: int) -> PickupCounts:
    """One statement over what is open and what was handed over since yesterday."""
    today = clock.local_day_start(clock.today())
    yesterday, tomorrow = (clock.local_day_start(clock.today() + timedelta(days=step)) for step in (-1, 1))
    coming = Pickup.id.is_(None) & Order.state.in_(ON_THE_WAY)
    waiting = Pickup.id.is_not(None) & Pickup.handed_over_at.is_(None)
    kept = timedelta(days=PICKUP_DAYS.get())
    wanted = (
        coming,
        coming & (Order.state == OrderState.SHIPPED),
        waiting,
        waiting & (Pickup.arrived_at <= _overdue_since()),
        waiting & (Pickup.arrived_at > _overdue_since()) & (Pickup.arrived_at < tomorrow - kept),
        Pickup.handed_over_at >= today,
        (Pickup.handed_over_at >= yesterday) & (Pickup.handed_over_at < today),
    )
    counts = db.session.execute(
        select(*(func.count().filter(each) for each in wanted))
        .select_from(Order)
        .outerjoin(Pickup, Pickup.order_id == Order.id)
        .where(Order.pickup_outlet_id == outlet_id, coming | waiting | (Pickup.handed_over_at >= yesterday))
    ).one()
    return PickupCounts(*map(int, counts))


def count_waiting(outlet_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(Pickup.outlet_id == outlet_id, Pickup.handed_over_at.is_(None))
        )
        or 0
    )


def oldest_waiting(outlet_id: int, limit: int) -> list[ParcelRow]:
    """What lies longest, without its parcels' numbers. Two statements."""
    statement = _select(outlet_id, Pickup.id.is_not(None), Pickup.handed_over_at.is_(None))
    return _rows(
        db.session.execute(statement.order_by(Pickup.arrived_at, Order.id).limit(limit)).all(),
        with_tracking=False,
    )


def count_handed_over(outlet_id: int, since: datetime, until: datetime) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                Pickup.outlet_id == outlet_id, Pickup.handed_over_at >= since, Pickup.handed_over_at < until
            )
        )
        or 0
    )
