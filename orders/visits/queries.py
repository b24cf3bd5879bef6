"""Reading bookings: the buyer's own, and who comes to a supplier on which day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from catalog.visits.models import VisitOffer
from catalog.visits.queries import find_offer
from catalog.visits.rules import OfferFacts
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.visits.models import Booking

#: paid and still to come, or made
EXPECTED = (OrderState.RELEASED, OrderState.RECEIVED, OrderState.COMPLETED)


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """The buyer's booking; ``code`` is in clear, for the buyer alone."""

    code: str
    redeemed_at: datetime | None
    offer: OfferFacts


def booking_of(order_id: int, listing_id: int) -> BookingFacts | None:
    """None while the order is not paid."""
    row = db.session.execute(
        select(Booking.code, Booking.redeemed_at).where(Booking.order_id == order_id)
    ).first()
    offer = find_offer(listing_id)
    return BookingFacts(row[0], row[1], offer) if row is not None and offer is not None else None


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A booking beside its order, paid or not; the address is the one it was booked with."""

    order_id: int
    state: OrderState
    units: int
    unit: str
    address: str
    phone: str
    hours: str
    code: str | None
    redeemed_at: datetime | None

    @property
    def shown_code(self) -> str | None:
        """For the buyer: None before it is paid, and once it was given back."""
        return self.code if self.state in EXPECTED else None


def visits_of(order_ids: Collection[int]) -> dict[int, VisitFacts]:
    """By order. The caller has checked whose they are. One query, none for no orders."""
    if not order_ids:
        return {}
    rows = db.session.execute(
        select(
            Order.id,
            Order.state,
            OrderLine.units - OrderLine.refunded_units,
            VisitOffer.unit,
            Order.address_detail,
            VisitOffer.phone,
            VisitOffer.hours,
            Booking.code,
            Booking.redeemed_at,
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(VisitOffer, VisitOffer.listing_id == OrderLine.listing_id)
        .outerjoin(Booking, Booking.order_id == Order.id)
        .where(Order.id.in_(sorted(order_ids)))
    )
    return {row[0]: VisitFacts(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class GuestRow:
    """Who is expected, as the host needs to know: a name, the end of a number, how many."""

    order_id: int
    number: str
    state: OrderState
    on: date
    recipient: str
    mobile: str
    remark: str
    title: str
    day: str
    units: int
    unit: str
    total_fen: int
    redeemed_at: datetime | None

    @property
    def tail(self) -> str:
        return self.mobile[-4:]


def _guests(*criteria: ColumnElement[bool], offset: int = 0, limit: int = 1) -> list[GuestRow]:
    rows = db.session.execute(
        select(
            Order.id,
            Order.number,
            Order.state,
            Order.visit_on,
            Order.recipient,
            Order.mobile,
            Order.remark,
            OrderLine.title,
            OrderLine.sku_name,
            OrderLine.units - OrderLine.refunded_units,
            VisitOffer.unit,
            Order.total_fen,
            Booking.redeemed_at,
        )
        .join(Booking, Booking.order_id == Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(VisitOffer, VisitOffer.listing_id == OrderLine.listing_id)
        .where(*criteria)
        .order_by(Booking.redeemed_at.is_not(None), Order.id)
        .offset(offset)
        .limit(limit)
    )
    return [GuestRow(*tuple(row)) for row in rows]


def guest(supplier_id: int, order_id: int) -> GuestRow:
    """Raises NotFound."""
    found = _guests(Order.id == order_id, Order.supplier_id == supplier_id)
    if not found:
        raise NotFound
    return found[0]


def guests_on(supplier_id: int, on: date, page: int) -> Page[GuestRow]:
    """Who is expected on a day, those who have not come yet first. Two queries."""
    criteria = (Order.supplier_id == supplier_id, Order.visit_on == on, Order.state.in_(EXPECTED))
    total = db.session.scalar(select(func.count()).select_from(Order).where(*criteria)) or 0
    return Page(_guests(*criteria, offset=offset_of(page), limit=PAGE_SIZE), page, total)


def expected_by_day(supplier_id: int, first: date, days: int = 14) -> list[tuple[date, int, int]]:
    """(day, bookings, places) of the days to come that somebody is expected on."""
    rows = db.session.execute(
        select(Order.visit_on, func.count(), func.sum(OrderLine.units - OrderLine.refunded_units))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.supplier_id == supplier_id, Order.visit_on >= first, Order.state.in_(EXPECTED))
        .group_by(Order.visit_on)
        .order_by(Order.visit_on)
        .limit(days)
    )
    return [(on, bookings, int(places)) for on, bookings, places in rows if on is not None]
