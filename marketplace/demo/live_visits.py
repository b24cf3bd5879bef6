"""Visits through the real commands: listed, dates opened from today on, some booked, one redeemed."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select

from catalog.products import commands as products
from catalog.products import pictures
from catalog.visits import commands as visits
from catalog.visits.models import VisitDate
from catalog.visits.rules import DayPlan, OfferFacts, days_of_pattern, is_weekend
from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, pay_online, picture_of
from marketplace.demo.content.loader import Product, load
from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.cart.queries import CartOwner
from orders.checkout.commands import place, quote_for
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.visits import commands as bookings
from orders.visits.models import Booking

HOST = "inn"
DAYS = 60
#: a day the host is not there, so many days ahead, and one that is nearly full
CLOSED, SCARCE = 9, 4


@dataclass(frozen=True, slots=True)
class _Calendar:
    offer: OfferFacts
    weekday: DayPlan
    weekend: DayPlan


PHONE = "19900000190"
CALENDARS = {
    "jiuyu-picking": _Calendar(
        OfferFacts("人", "就峪村示例路2号，沟口停车场旁", PHONE, "9:00–17:30", 9, 24, 10),
        DayPlan(5800, 40),
        DayPlan(6800, 60),
    ),
    "jiuyu-meal": _Calendar(
        OfferFacts("人", "就峪村示例路5号，老院子", PHONE, "11:30–14:00", 12, 24, 20),
        DayPlan(4800, 20),
        DayPlan(5800, 30),
    ),
    "jiuyu-stay": _Calendar(
        OfferFacts("间", "就峪村示例路11号", PHONE, "14:00 以后入住，24 小时有人", 14, 48, 3),
        DayPlan(16800, 4),
        DayPlan(22800, 6),
    ),
}


def load_visits() -> None:
    host = actor_of(HOST)
    listings = {code: _listed(host, load().visits[code], calendar) for code, calendar in CALENDARS.items()}
    today = clock.today()
    _booked("buyer", listings["jiuyu-picking"], _next_weekend(today), 3)
    _booked("buyer2", listings["jiuyu-meal"], today + timedelta(days=SCARCE), 18)
    with clock.turned_to(
        clock.now() - timedelta(days=1)
    ):  # whatever the hour, yesterday today could be booked
        order_id = _booked("buyer", listings["jiuyu-stay"], today, 1)
    code = db.session.scalars(select(Booking.code).where(Booking.order_id == order_id)).one()
    bookings.redeem(host, host.supplier_ids[0], code)


def _next_weekend(today: date) -> date:
    return next(day for day in (today + timedelta(days=number) for number in range(2, 10)) if is_weekend(day))


def _listed(host: Actor, planned: Product, calendar: _Calendar) -> int:
    product_id = db.session.scalars(
        select(DeclaredProduct.id).where(
            DeclaredProduct.name == planned.name, DeclaredProduct.supplier_id == host.supplier_ids[0]
        )
    ).one()
    listing_id = products.create_listing(
        host,
        product_id,
        planned.title,
        subtitle=planned.subtitle,
        description="\n\n".join(planned.paragraphs),
        specs=[[label, value] for label, value in planned.specs.items()],
    )
    for picture in planned.pictures:
        pictures.add_picture(host, listing_id, picture_of(picture.name), picture.alt)
    visits.save_offer(host, listing_id, calendar.offer)
    today = clock.today()
    plans = days_of_pattern(today, today + timedelta(days=DAYS), calendar.weekday, calendar.weekend)
    visits.set_days(host, listing_id, plans)
    visits.close_days(host, listing_id, [today + timedelta(days=CLOSED)])
    products.put_on_sale(host, listing_id)
    return listing_id


def _booked(login: str, listing_id: int, on: date, units: int) -> int:
    """A booking of a demo buyer, paid online; the order's id."""
    sku_id = db.session.scalars(
        select(VisitDate.sku_id).where(VisitDate.listing_id == listing_id, VisitDate.on_date == on)
    ).one()
    name, mobile = ("秦示选", "19900000001") if login == "buyer" else ("唐示购", "19900000002")
    wish = bookings.wish_of(
        sku_id,
        units,
        recipient=name,
        mobile=mobile,
        method=PaymentMethod.ONLINE,
        key=f"demo-visit-{listing_id:06d}",
    )
    owner = CartOwner(user_id=actor_of(login).user_id)
    token = place(owner, replace(wish, digest=quote_for(owner, wish).digest))
    pay_online(token)
    return db.session.scalars(
        select(Order.id).join(Checkout, Checkout.id == Order.checkout_id).where(Checkout.token == token)
    ).one()
