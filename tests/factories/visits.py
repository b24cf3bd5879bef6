"""A listing of visits with open dates, and bookings of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from catalog.visits import commands as visits
from catalog.visits.models import VisitDate
from catalog.visits.rules import DayPlan, OfferFacts
from certification.linkage.rules import LinkageMode
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import new_token
from orders.cart.queries import CartOwner
from orders.checkout.commands import place, quote_for
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.visits import commands as bookings
from orders.visits.models import Booking
from tests.factories import builders, sales

OFFER = OfferFacts("人", "群兴村 1 号", "19900000101", "9:00–17:30", 9, 24, 6)
SHARE_BP = 4000
PRICE = 6800


@contextmanager
def early_in_the_morning() -> Iterator[None]:
    """Seven o'clock, two hours before today's visits begin; the books verify afterwards."""
    with clock.turned_to(clock.local_day_start(clock.today()) + timedelta(hours=7)):
        yield
        assert verify() == []


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def orchard(
    *,
    places: int = 10,
    days: int = 5,
    price_fen: int = PRICE,
    mode: LinkageMode = LinkageMode.DIVIDEND,
    figure: int = SHARE_BP,
) -> dict[str, int]:
    """A certified picking garden with dates open from today on: ids by name (supplier, household, product, listing)."""
    supplier = builders.supplier()
    household = builders.household(supplier_id=supplier)
    category = builders.category("picking", is_fresh=False, is_visit=True)
    product = builders.product(supplier, category_code=category, name="翠峰采摘园")
    builders.agreement(supplier, product, [household], modes={mode: figure})
    builders.certificate(product)
    listing = builders.listing(product)
    owner = builders.owner_of(supplier)
    visits.save_offer(owner, listing, OFFER)
    plans = {in_days(number): DayPlan(price_fen, places) for number in range(days)}
    visits.set_days(owner, listing, plans)
    return {"supplier": supplier, "household": household, "product": product, "listing": listing}


def sku_on(listing_id: int, on: date) -> int:
    return db.session.scalars(
        select(VisitDate.sku_id).where(VisitDate.listing_id == listing_id, VisitDate.on_date == on)
    ).one()


def booked(
    listing_id: int,
    on: date,
    units: int = 2,
    *,
    user_id: int | None = None,
    pay: bool = True,
    coupons: tuple[int, ...] = (),
) -> int:
    """The order of a booking, paid online unless said otherwise."""
    sku_id = sku_on(listing_id, on)
    wish = bookings.wish_of(
        sku_id,
        units,
        recipient="王示游",
        mobile="19900000777",
        method=PaymentMethod.ONLINE,
        key=new_token(),
        coupons=coupons,
    )
    owner = CartOwner(user_id=user_id)
    token = place(owner, replace(wish, digest=quote_for(owner, wish).digest))
    order_id, checkout_id = db.session.execute(
        select(Order.id, Order.checkout_id)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Checkout.token == token)
    ).one()
    if pay:
        sales.pay_online(checkout_id)
    return int(order_id)


def code_of(order_id: int) -> str:
    return db.session.scalars(select(Booking.code).where(Booking.order_id == order_id)).one()
