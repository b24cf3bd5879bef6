"""A member's coupons: each lies on one shelf, and the shelf of those that can be used is what the checkout takes."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import Supplier
from marketplace.parties.workflow import SupplierState
from orders.coupons import mine
from orders.coupons.commands import stop_coupon
from orders.coupons.mine import MyUse, Shelf
from orders.coupons.models import Coupon
from orders.coupons.queries import holder_of, offers
from orders.refunds.commands import cancel_order
from tests.factories import builders, sales
from tests.factories.coupons import coupon, placed

World = dict[str, int]
DAY = timedelta(days=1)


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=40, price_fen=2990, lot_total_fen=60_000)


@pytest.fixture
def walnut(app: Flask) -> World:
    return builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=6, price_fen=3280)


def change(coupon_id: int, **values: object) -> int:
    with transaction():
        db.session.execute(update(Coupon).where(Coupon.id == coupon_id).values(**values))
    return coupon_id


def shelf_of(user_id: int) -> dict[int, Shelf]:
    """Where each coupon lies; on more than one shelf it would be counted twice."""
    counts = mine.count_by_shelf(user_id)
    found: dict[int, Shelf] = {}
    for shelf in (Shelf.NOW, Shelf.SOON, Shelf.OVER):
        rows = mine.coupons_on(shelf, user_id, 1, counts[shelf]).items
        assert len(rows) == counts[shelf]
        assert not found.keys() & {row.id for row in rows}
        found |= dict.fromkeys((row.id for row in rows), shelf)
    return found


def uses(user_id: int) -> list[MyUse]:
    return list(mine.uses_of(user_id, 1, mine.count_by_shelf(user_id)[Shelf.USED]).items)


def test_what_can_be_used_is_what_the_checkout_takes(kiwi: World) -> None:
    now, me = clock.now(), builders.user().user_id
    own = kiwi["supplier"]
    fresh, shared, twice = coupon(own), coupon(), coupon(own, per_person=2)
    mine_used = coupon(own)
    placed({kiwi["sku"]: 2}, mine_used, user_id=me)
    placed({kiwi["sku"]: 2}, twice, user_id=me)
    gone = change(coupon(own), used_count=100)
    spent = change(coupon(), used_fen=49_501)
    stopped, never_begun = coupon(own), change(coupon(own), starts_at=now + DAY)
    for each in (stopped, never_begun):
        stop_coupon(builders.owner_of(own), each)
    ended = change(coupon(), starts_at=now - 3 * DAY, ends_at=now - DAY)
    soon = change(coupon(own), starts_at=now + DAY)
    forgotten = change(coupon(), starts_at=now - 300 * DAY, ends_at=now - mine.TOLD)
    assert shelf_of(me) == {
        **dict.fromkeys((fresh, shared, twice), Shelf.NOW),
        soon: Shelf.SOON,
        **dict.fromkeys((mine_used, gone, spent, stopped, never_begun, ended), Shelf.OVER),
    }
    assert forgotten not in shelf_of(me)
    taken = {each.face.coupon_id for each in offers([own], holder_of(me, "")) if each.why_not is None}
    assert taken == {fresh, shared, twice}
    assert mine.count_usable(me) == 3
    ends = {row.id: row.end for row in mine.coupons_on(Shelf.OVER, me, 1, 6).items}
    assert [ends[each] for each in (mine_used, gone, spent, stopped, ended)] == [
        "您用过了",
        "发完了",
        "发完了",
        "已停发",
        "已到期",
    ]
    # somebody else has used none of them
    assert shelf_of(builders.user().user_id)[mine_used] is Shelf.NOW


def test_how_often_still_is_what_is_left_of_the_scarcest(kiwi: World) -> None:
    me = builders.user().user_id
    coupon(kiwi["supplier"], per_person=3)
    few = change(coupon(kiwi["supplier"], per_person=3), used_count=99)
    poor = change(coupon(kiwi["supplier"], per_person=3), used_fen=49_000)
    left = {row.id: row.left for row in mine.coupons_on(Shelf.NOW, me, 1, 3).items}
    assert sorted(left.values()) == [1, 2, 3]
    assert (left[few], left[poor]) == (1, 2)


def test_a_code_is_told_only_to_who_has_used_it(kiwi: World) -> None:
    me, other = builders.user().user_id, builders.user().user_id
    secret = coupon(code="WEJQU2926", per_person=2)
    assert secret not in shelf_of(me)
    assert mine.count_usable(me) == 0
    with transaction():
        db.session.execute(update(Coupon).values(code=None))
    placed({kiwi["sku"]: 2}, secret, user_id=me)
    change(secret, code="WEJQU2926")
    (row,) = mine.coupons_on(Shelf.NOW, me, 1, 1).items
    assert (row.id, row.code, row.left) == (secret, "WEJQU2926", 1)
    assert secret not in shelf_of(other)


def test_a_supplier_that_may_not_sell_has_no_coupons(kiwi: World) -> None:
    me = builders.user().user_id
    coupon(kiwi["supplier"])
    with transaction():
        db.session.execute(update(Supplier).values(state=SupplierState.SUSPENDED))
    assert shelf_of(me) == {}
    assert mine.count_usable(me) == 0


def test_a_use_says_whether_it_came_back(kiwi: World, walnut: World) -> None:
    me = builders.user()
    shared = coupon(min_spend_fen=9_000, off_fen=1_000)
    first, second = placed({kiwi["sku"]: 2, walnut["sku"]: 1}, shared, user_id=me.user_id)
    assert {row.order_number: row.word[0] for row in uses(me.user_id)} == {
        first.number: "用了",
        second.number: "用了",
    }
    assert sum(row.fen for row in uses(me.user_id)) == 1_000
    cancel_order(*sales.buyer_of(first.id), "不要了")
    assert {row.order_number: row.is_kept for row in uses(me.user_id) if row.freed_at} == {first.number: True}
    assert shelf_of(me.user_id)[shared] is Shelf.OVER
    cancel_order(*sales.buyer_of(second.id), "不要了")
    assert {row.word[0] for row in uses(me.user_id)} == {"订单取消，券退回了"}
    assert shelf_of(me.user_id)[shared] is Shelf.NOW
    assert uses(builders.user().user_id) == []
