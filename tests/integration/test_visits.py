"""Visits: dates with places, booking, paying, redeeming, moving, giving back, and nobody coming."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.models import Listing
from catalog.products.queries import get_skus_for_sale
from catalog.visits import commands as dates
from catalog.visits.queries import days_of
from catalog.visits.rules import DayPlan
from certification.linkage.rules import LinkageMode
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.transaction import transaction
from orders.cart.commands import add_to_cart
from orders.cart.models import CartLine
from orders.cart.queries import CartOwner
from orders.checkout.commands import place
from orders.fulfilment import commands as fulfilment
from orders.ledger.models import Posting
from orders.ledger.rules import IncomeState
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderEvent
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.refunds import commands as refunds
from orders.refunds.rules import RefundKind
from orders.visits import commands as visits
from orders.visits.parameters import CODE_TRIES
from tests.factories import builders, order_builders, sales
from tests.factories.visits import (
    OFFER,
    PRICE,
    SHARE_BP,
    booked,
    code_of,
    early_in_the_morning,
    in_days,
    orchard,
    sku_on,
)

World = dict[str, int]


@pytest.fixture(autouse=True)
def _early(app: Flask) -> Iterator[None]:
    with early_in_the_morning():
        yield


@pytest.fixture
def garden(app: Flask) -> World:
    return orchard()


def order(order_id: int) -> Order:
    db.session.expire_all()
    return db.session.get_one(Order, order_id)


def day(garden: World, days: int) -> tuple[int, int]:
    """(places left, booked)"""
    row = next(each for each in days_of(garden["listing"]) if each.on == in_days(days))
    return row.left, row.booked


def shift(order_id: int, **values: object) -> None:
    with transaction() as session:
        session.execute(update(Order).where(Order.id == order_id).values(**values))


def test_a_visit_is_booked_paid_redeemed_and_brings_its_households_income(garden: World) -> None:
    order_id = booked(garden["listing"], in_days(0), 3, pay=False)
    assert day(garden, 0) == (7, 3)
    placed = order(order_id)
    assert (placed.visit_on, placed.freight_fen, placed.total_fen) == (in_days(0), 0, 3 * PRICE)
    assert placed.street_code == "610124103000", "the address is the place"
    sales.pay_online(placed.checkout_id)
    host, code = builders.owner_of(garden["supplier"]), code_of(order_id)
    with pytest.raises(Conflict, match=r"fulfilment.not_now"):
        fulfilment.ship(host, order_id, "顺丰速运", "SF1", sales.lines_of(order_id))

    visits.redeem(host, garden["supplier"], f"{code[:4]} {code[4:]}")
    assert order(order_id).state is OrderState.RECEIVED
    with pytest.raises(Conflict, match=r"visits.redeemed"):
        visits.redeem(host, garden["supplier"], code)
    sales.complete(order_id)
    assert order(order_id).state is OrderState.COMPLETED
    sales.pay_household(garden["supplier"], garden["household"])
    due = db.session.scalar(
        select(-func.sum(Posting.fen)).where(
            Posting.household_id == garden["household"], Posting.income_state == IncomeState.DISBURSED
        )
    )
    assert due == 3 * PRICE * SHARE_BP // 10_000


def test_a_code_is_its_suppliers_alone_and_guessing_is_slowed(garden: World) -> None:
    order_id = booked(garden["listing"], in_days(0))
    code = code_of(order_id)
    foreign = builders.supplier()
    other = builders.owner_of(foreign)
    for supplier_id in (garden["supplier"], foreign):
        with pytest.raises(NotFound):
            visits.redeem(other, supplier_id, code)
    host = builders.owner_of(garden["supplier"])
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(CODE_TRIES.get()):
        with pytest.raises(NotFound, match=r"visits.unknown_code"):
            visits.redeem(host, garden["supplier"], wrong)
    with pytest.raises(Conflict, match=r"visits.wait"):
        visits.redeem(host, garden["supplier"], code)
    assert order(order_id).state is OrderState.RELEASED


def test_a_code_is_not_taken_before_its_day_nor_after_the_visit_was_given_back(garden: World) -> None:
    order_id = booked(garden["listing"], in_days(3))
    host, code = builders.owner_of(garden["supplier"]), code_of(order_id)
    with pytest.raises(Conflict, match=r"visits.not_yet"):
        visits.redeem(host, garden["supplier"], code)
    assert day(garden, 3) == (8, 2)
    refunds.cancel_order(*sales.buyer_of(order_id), "下雨")
    assert order(order_id).state is OrderState.CANCELLED
    assert day(garden, 3) == (10, 0)
    with pytest.raises(Conflict, match=r"visits.cancelled"):
        visits.redeem(host, garden["supplier"], code)


def test_after_the_free_hours_neither_moved_nor_given_back_but_the_host_may_cancel(garden: World) -> None:
    # free until 24 hours before nine o'clock today: over
    order_id = booked(garden["listing"], in_days(0))
    buyer, number = sales.buyer_of(order_id)
    line = sales.lines_of(order_id)
    with pytest.raises(Conflict, match=r"visits.too_late"):
        refunds.cancel_order(buyer, number, "")
    with pytest.raises(Conflict, match=r"visits.too_late"):
        visits.move(buyer, number, sku_on(garden["listing"], in_days(2)))
    with pytest.raises(Conflict, match=r"refunds.not_now"):
        refunds.request_refund(buyer, number, RefundKind.REFUND_ONLY, line, "不去了")
    refunds.cancel_by_supplier(builders.owner_of(garden["supplier"]), order_id, "山洪预警，不接待")
    assert order(order_id).state is OrderState.CANCELLED


def test_moving_takes_the_new_places_gives_the_old_ones_back_and_keeps_the_agreed_hours(
    garden: World,
) -> None:
    order_id = booked(garden["listing"], in_days(2), 3)
    until = order(order_id).free_until
    assert until is not None
    buyer, number = sales.buyer_of(order_id)
    host = builders.owner_of(garden["supplier"])
    # what the listing says since binds new bookings only
    dates.save_offer(host, garden["listing"], replace(OFFER, free_hours=48))
    visits.move(buyer, number, sku_on(garden["listing"], in_days(4)))
    moved = order(order_id)
    assert (moved.visit_on, moved.free_until) == (in_days(4), until + timedelta(days=2))
    assert (day(garden, 2), day(garden, 4)) == ((10, 0), (7, 3))
    assert verify() == []
    visits.move(buyer, number, sku_on(garden["listing"], in_days(2)))  # and back to where it was
    assert (day(garden, 2), day(garden, 4)) == ((7, 3), (10, 0))
    assert verify() == []
    refunds.cancel_order(buyer, number, "")
    assert (day(garden, 2), day(garden, 4)) == ((10, 0), (10, 0))
    told = db.session.scalars(select(OrderEvent.action).where(OrderEvent.order_id == order_id)).all()
    assert told.count("visit_moved") == 2


def test_only_to_a_day_of_the_same_price_with_places_left(garden: World) -> None:
    order_id = booked(garden["listing"], in_days(2), 4)
    buyer, number = sales.buyer_of(order_id)
    host, listing = builders.owner_of(garden["supplier"]), garden["listing"]
    dates.set_days(host, listing, {in_days(3): DayPlan(PRICE + 1000, 10), in_days(4): DayPlan(PRICE, 3)})
    other = orchard()
    for on, refused, sku_id in (
        (3, "visits.other_price", sku_on(listing, in_days(3))),
        (4, "stock.too_few", sku_on(listing, in_days(4))),
        (2, "visits.same_day", sku_on(listing, in_days(2))),
        (3, "visits.no_day", sku_on(other["listing"], in_days(3))),
    ):
        with pytest.raises(DomainError, match=refused):
            visits.move(buyer, number, sku_id)
        assert order(order_id).visit_on == in_days(2), on
    stranger, _ = sales.buyer_of(booked(listing, in_days(2), 1))
    with pytest.raises(NotFound):
        visits.move(stranger, number, sku_on(listing, in_days(4)))


def test_who_does_not_come_has_had_the_place_and_may_claim_where_the_host_was_closed(garden: World) -> None:
    order_id = booked(garden["listing"], in_days(1), 2)
    assert visits.lapse_due() == 0
    shift(order_id, visit_on=in_days(-1))
    assert visits.lapse_due() == 0, "one day more to redeem what was forgotten"
    shift(order_id, visit_on=in_days(-2))
    assert visits.lapse_due() == 1
    assert visits.lapse_due() == 0
    assert order(order_id).state is OrderState.RECEIVED
    buyer, number = sales.buyer_of(order_id)
    line = sales.lines_of(order_id)
    with pytest.raises(Conflict, match=r"refunds.not_now"):
        refunds.request_refund(buyer, number, RefundKind.RETURN_AND_REFUND, line, "到了没开门")
    refund = refunds.request_refund(buyer, number, RefundKind.REFUND_ONLY, line, "到了没开门")
    refunds.decide_refund(builders.owner_of(garden["supplier"]), refund, approve=True, restock={}, note="")
    assert day(garden, 1) == (8, 0), "a day that is over is not put back on the shelf"


def test_a_visit_goes_no_other_way_than_by_its_date(garden: World) -> None:
    sku_id = sku_on(garden["listing"], in_days(1))
    with pytest.raises(Conflict, match=r"visits.by_date"):
        add_to_cart(CartOwner(), sku_id, 1)
    kiwi = builders.saleable()
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    with transaction() as session:  # in a cart since before the category was one of visits
        session.execute(update(CartLine).values(sku_id=sku_id))
    with pytest.raises(Conflict, match=r"visits.by_date"):
        place(owner, order_builders.wish_for(owner))
    with pytest.raises(NotFound):
        visits.wish_of(
            kiwi["sku"], 1, recipient="王", mobile="19900000777", method=PaymentMethod.ONLINE, key="k" * 16
        )
    for units in (OFFER.most_units + 1, 0):
        with pytest.raises(DomainError, match=r"visits.units"):
            booked(garden["listing"], in_days(1), units)


def test_places_are_never_oversold_and_never_fewer_than_booked(garden: World) -> None:
    listing, host = garden["listing"], builders.owner_of(garden["supplier"])
    booked(listing, in_days(3), 6)
    with pytest.raises(DomainError, match=r"checkout.changed|stock|checkout.gone"):
        booked(listing, in_days(3), 5)
    with pytest.raises(Conflict, match=r"visits.fewer_than_booked"):
        dates.set_days(host, listing, {in_days(3): DayPlan(PRICE, 5)})
    dates.set_days(host, listing, {in_days(3): DayPlan(PRICE, 8)})
    assert day(garden, 3) == (2, 6)
    dates.close_days(host, listing, [in_days(3)])
    with pytest.raises(DomainError):
        booked(listing, in_days(3), 1)


def test_a_day_that_was_closed_stays_closed_where_a_span_is_opened(garden: World) -> None:
    listing, host = garden["listing"], builders.owner_of(garden["supplier"])
    plans = {in_days(days): DayPlan(PRICE + 500, 7) for days in range(1, 5)}
    dates.close_days(host, listing, [in_days(2), in_days(3)])
    before = {row.on: row for row in days_of(listing)}
    assert dates.set_days(host, listing, plans, reopen=False) == [in_days(2), in_days(3)]
    after = {row.on: row for row in days_of(listing)}
    assert [after[in_days(days)] == before[in_days(days)] for days in (2, 3)] == [True, True]
    assert [after[in_days(days)].price_fen for days in (1, 4)] == [PRICE + 500] * 2
    assert dates.set_days(host, listing, {in_days(2): DayPlan(PRICE, 7)}, reopen=False) == [in_days(2)]
    assert dates.set_days(host, listing, plans) == []
    assert all(row.is_open for row in days_of(listing) if row.on in plans)


@pytest.mark.parametrize(
    ("plans", "refused"),
    [
        ({-1: DayPlan(PRICE, 5)}, "visits.day"),
        ({181: DayPlan(PRICE, 5)}, "visits.day"),
        ({1: DayPlan(PRICE, 0)}, "visits.places"),
        ({1: DayPlan(0, 5)}, "listing.sku_price"),
    ],
)
def test_what_no_date_may_be(garden: World, plans: dict[int, DayPlan], refused: str) -> None:
    host = builders.owner_of(garden["supplier"])
    with pytest.raises(DomainError, match=refused):
        dates.set_days(host, garden["listing"], {in_days(days): plan for days, plan in plans.items()})
    with pytest.raises(NotFound):
        dates.set_days(
            builders.owner_of(builders.supplier()), garden["listing"], {in_days(1): DayPlan(PRICE, 1)}
        )


def test_the_floor_holds_for_dates_and_lots_do_not_go_with_them(app: Flask) -> None:
    supplier = builders.supplier()
    household = builders.household(supplier_id=supplier)
    host = builders.owner_of(supplier)
    category = builders.category("picking", is_fresh=False, is_visit=True)

    def listed(mode: LinkageMode, figure: int) -> int:
        product = builders.product(supplier, category_code=category)
        builders.agreement(supplier, product, [household], modes={mode: figure})
        builders.certificate(product)
        listing = builders.listing(product)
        with pytest.raises(Conflict, match=r"visits.no_offer"):
            dates.set_days(host, listing, {in_days(1): DayPlan(PRICE, 5)})
        dates.save_offer(host, listing, OFFER)
        return listing

    with pytest.raises(DomainError, match=r"visits.needs_share"):
        dates.set_days(host, listed(LinkageMode.PURCHASE, 0), {in_days(1): DayPlan(PRICE, 5)})
    own = listed(LinkageMode.OWN, 500)
    with pytest.raises(DomainError, match="price_below_floor"):
        dates.set_days(host, own, {in_days(1): DayPlan(300, 5)})
    assert days_of(own) == []


def test_days_that_are_over_leave_the_shelf_and_the_listing_shows_what_is_to_come(garden: World) -> None:
    listing = garden["listing"]
    dates.set_days(builders.owner_of(garden["supplier"]), listing, {in_days(0): DayPlan(5000, 9)})
    assert db.session.get_one(Listing, listing).from_price_fen == 5000
    today = sku_on(listing, in_days(0))
    with clock.turned_to(clock.now() + timedelta(days=1)):
        assert dates.close_past() == 1
        assert dates.close_past() == 0
        assert not get_skus_for_sale([today])[today].on_sale
    db.session.expire_all()
    assert db.session.get_one(Listing, listing).from_price_fen == PRICE
