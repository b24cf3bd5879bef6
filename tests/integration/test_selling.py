"""Limits per buyer, pre-sale and days of sale, held where it counts: when an order is placed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.commands import edit_listing
from catalog.products.models import Listing, Sku
from catalog.products.queries import cards_by_id, get_skus_for_sale, in_stock_clause
from catalog.products.selling_rules import Closed, Season
from catalog.wishes.commands import wait_for
from catalog.wishes.telling import tell_of_stock
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.transaction import transaction
from orders.bulk.quoting import bulk_lines
from orders.cart.commands import add_to_cart
from orders.cart.queries import CartOwner, cart_lines
from orders.cart.rules import LineState
from orders.checkout.commands import Wish, place
from orders.my_orders import reminders
from orders.ordering import queries as ordering
from orders.ordering.models import Order, OrderLine
from orders.payments.commands import release_unpaid
from supplier_portal.today.queries import orders_to_ship
from tests.factories import builders, order_builders, sales
from tests.factories.selling import offer
from tests.support.counting import statements

World = dict[str, int]
TOGETHER = 6


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=20, price_fen=2990)


def open_only(world: World, season: Season) -> None:
    edit_listing(builders.owner_of(world["supplier"]), world["listing"], "周至翠香猕猴桃", season=season)


def units_ordered() -> int:
    live = select(func.sum(OrderLine.units)).join(Order, Order.id == OrderLine.order_id)
    return db.session.scalar(live.where(Order.cancelled_at.is_(None))) or 0


def refused(act: Callable[[], object]) -> tuple[str, dict[str, object]]:
    with pytest.raises(DomainError) as error:
        act()
    return error.value.code, error.value.params


def test_a_member_s_limit_counts_all_orders_and_is_freed_by_cancelling(kiwi: World) -> None:
    offer(kiwi, limit_units=3, limit_days=30)
    buyer = builders.user()
    owner = CartOwner(user_id=buyer.user_id)
    [first] = order_builders.placed_orders({kiwi["sku"]: 2}, user_id=buyer.user_id)
    code, told = refused(lambda: add_to_cart(owner, kiwi["sku"], 2))
    assert (code, told["limit"], told["left"]) == ("cart.over_limit", 3, 1)
    order_builders.cart_with({kiwi["sku"]: 1}, user_id=buyer.user_id)
    [line] = cart_lines(owner)
    assert (line.bought, line.left, line.state) == (2, 1, LineState.OK)
    with transaction():  # a cart of before the limit
        db.session.execute(update(Sku).values(limit_units=2))
    [line] = cart_lines(owner)
    assert (line.left, line.state) == (0, LineState.OVER_LIMIT)
    release_unpaid(first, None, "不想要了")
    assert cart_lines(owner)[0].left == 2
    order_builders.placed_orders({kiwi["sku"]: 1}, user_id=buyer.user_id)


def test_a_limit_forgets_what_was_bought_before_its_days_or_sent_back(kiwi: World) -> None:
    offer(kiwi, limit_units=2, limit_days=7)
    buyer = builders.user().user_id
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 2}, user_id=buyer)
    with transaction():
        db.session.execute(update(Order).values(placed_at=clock.now() - timedelta(days=8)))
    order_builders.placed_orders({kiwi["sku"]: 2}, user_id=buyer)
    offer(kiwi, limit_units=4)
    assert refused(lambda: add_to_cart(CartOwner(user_id=buyer), kiwi["sku"], 1))[0] == "cart.over_limit"
    with transaction():
        db.session.execute(update(OrderLine).where(OrderLine.order_id == order_id).values(refunded_units=1))
    add_to_cart(CartOwner(user_id=buyer), kiwi["sku"], 1)


def test_a_guest_is_known_by_the_number_when_placing(kiwi: World) -> None:
    offer(kiwi, limit_units=2)
    order_builders.placed_orders({kiwi["sku"]: 2})
    again = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(again)
    code, told = refused(lambda: place(again, wish))
    assert (code, told["left"]) == ("checkout.over_limit", 0)
    assert units_ordered() == 2
    other = replace(wish, deliver_to=replace(order_builders.HOME, mobile="19900005678"))
    place(again, other)
    assert units_ordered() == 3


@pytest.mark.parametrize("who", ["member", "guest"])
def test_one_buyer_s_placings_at_once_never_exceed_the_limit(app: Flask, kiwi: World, who: str) -> None:
    """Beside any cart, as the API and an outlet order: nothing but the limit stands in the way."""
    offer(kiwi, limit_units=2)
    owner = CartOwner(user_id=builders.user().user_id if who == "member" else None)
    seen = order_builders.wish_for(order_builders.cart_with({kiwi["sku"]: 1}))
    wishes = [replace(seen, key=f"{seen.key}{n}", units={kiwi["sku"]: 1}) for n in range(TOGETHER)]

    def submit(wish: Wish) -> str:
        with app.app_context():
            try:
                place(owner, wish)
            except DomainError as error:
                return error.code
            finally:
                db.session.remove()
            return "placed"

    with ThreadPoolExecutor(TOGETHER) as pool:
        results = sorted(pool.map(submit, wishes))
    db.session.rollback()
    assert results == ["checkout.over_limit"] * (TOGETHER - 2) + ["placed"] * 2
    assert units_ordered() == 2


def test_a_limit_adds_one_statement_to_placing_and_none_without(kiwi: World) -> None:
    def sent_for(owner: CartOwner) -> int:
        wish = order_builders.wish_for(owner)
        with statements() as sent:
            place(owner, wish)
        return len(sent)

    plain = sent_for(order_builders.cart_with({kiwi["sku"]: 1}))
    offer(kiwi, limit_units=9)
    assert sent_for(order_builders.cart_with({kiwi["sku"]: 1})) == plain + 1
    walnut = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4)
    both = {kiwi["sku"]: 1, walnut["sku"]: 1}
    assert sent_for(order_builders.cart_with(both, user_id=builders.user().user_id)) <= 20


def test_units_buy_beyond_a_limit_and_nothing_that_is_sold_ahead(kiwi: World) -> None:
    offer(kiwi, limit_units=1)
    [line] = bulk_lines({kiwi["sku"]: 10})
    assert line.why_not == ""
    offer(kiwi, presale_until=clock.today(), ship_by=clock.today())
    assert bulk_lines({kiwi["sku"]: 10})[0].why_not != ""


def test_a_pre_sale_promises_a_day_and_is_late_after_that_day_only(kiwi: World) -> None:
    today = clock.today()
    until, ship_by = today + timedelta(days=5), today + timedelta(days=10)
    offer(kiwi, presale_until=until, ship_by=ship_by)
    assert cards_by_id([kiwi["listing"]])[0].presale_until == until
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(owner)
    offer(kiwi, presale_until=until, ship_by=ship_by + timedelta(days=1))
    assert refused(lambda: place(owner, wish))[0] == "checkout.changed"  # another day than was shown
    offer(kiwi, presale_until=until, ship_by=ship_by)
    [order_id] = sales.paid_orders({kiwi["sku"]: 1})
    [line] = ordering.lines_of(order_id)
    assert (line.ship_by, ordering.get_order_facts(order_id).ship_by) == (ship_by, ship_by)
    due = clock.local_day_start(ship_by + timedelta(days=1))
    within = timedelta(hours=48)
    for moment, is_told, is_late in (
        (due - timedelta(days=5), False, False),
        (due - timedelta(hours=11), True, False),
        (due + timedelta(hours=1), True, True),
        (due + timedelta(hours=2), False, True),
        (due + timedelta(days=30), False, True),
    ):
        with time_machine.travel(moment, tick=False):
            late, in_time = orders_to_ship(kiwi["supplier"], within)
            assert (late.count, (late if is_late else in_time).first_due) == (int(is_late), due), moment
            assert bool(reminders.remind_of_parcels()) is is_told, moment


def test_after_a_pre_sale_nothing_is_sold_until_its_dates_are_taken_off(kiwi: World) -> None:
    today = clock.today()
    offer(kiwi, presale_until=today, ship_by=today + timedelta(days=3))
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(owner)
    with time_machine.travel(clock.local_day_start(today + timedelta(days=1)), tick=False):
        assert get_skus_for_sale([kiwi["sku"]])[kiwi["sku"]].closed is Closed.PRESALE_OVER
        assert refused(lambda: add_to_cart(owner, kiwi["sku"], 1))[0] == "cart.presale_over"
        assert refused(lambda: place(owner, wish))[0] == "checkout.gone"
        offer(kiwi)
        place(owner, order_builders.wish_for(owner))


def test_out_of_its_days_a_listing_is_seen_and_waited_for_and_not_sold(kiwi: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(owner)
    first = clock.today() + timedelta(days=3)
    season = Season(f"{first:%m-%d}", f"{first + timedelta(days=7):%m-%d}")
    open_only(kiwi, season)
    waits = builders.user().user_id
    assert refused(lambda: add_to_cart(owner, kiwi["sku"], 1)) == (
        "cart.out_of_season",
        {"opens": f"{first.month}月{first.day}日"},
    )
    assert refused(lambda: place(owner, wish))[0] == "checkout.gone"
    assert cart_lines(owner)[0].why_off_sale == f"{season.opens}开始销售"
    wait_for(waits, kiwi["sku"])
    assert (tell_of_stock(), len(in_stock())) == (0, 0)
    with time_machine.travel(clock.local_day_start(first), tick=False):
        assert (tell_of_stock(), len(in_stock())) == (1, 1)
        with pytest.raises(Conflict):
            wait_for(waits, kiwi["sku"])
        place(owner, order_builders.wish_for(owner))


def in_stock() -> list[int]:
    return list(db.session.scalars(select(Listing.id).where(in_stock_clause())))
