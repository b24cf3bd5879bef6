"""Coupons on visits: what is paid, posted, reversed and given back is what it is for goods."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from certification.linkage.rules import LinkageMode
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place, quote_for
from orders.coupons import commands as coupons
from orders.coupons.models import Coupon, CouponHolder
from orders.coupons.rules import CouponBearer
from orders.ledger.models import Posting
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.payments.commands import release_unpaid
from orders.refunds import commands as refunds
from orders.visits import commands as visits
from tests.factories import builders, sales
from tests.factories.coupons import coupon
from tests.factories.visits import (
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


def balance(account: str) -> int:
    return db.session.scalar(select(func.sum(Posting.fen)).where(Posting.account == account)) or 0


def income(garden: World) -> int:
    """What the household is owed, in fen."""
    return -(
        db.session.scalar(
            select(func.sum(Posting.fen)).where(
                Posting.household_id == garden["household"], Posting.income_state.is_not(None)
            )
        )
        or 0
    )


def used(coupon_id: int) -> tuple[int, int]:
    db.session.expire_all()
    row = db.session.get_one(Coupon, coupon_id)
    return row.used_count, row.used_fen


def order(order_id: int) -> Order:
    db.session.expire_all()
    return db.session.get_one(Order, order_id)


def wish(garden: World, units: int, *chosen: int, code: str = "", mobile: str = "19900000777") -> Wish:
    """Confirmed after a look at the page with these coupons in force."""
    sku_id = sku_on(garden["listing"], in_days(2))
    plain = visits.wish_of(
        sku_id,
        units,
        recipient="王示游",
        mobile=mobile,
        method=PaymentMethod.ONLINE,
        key=f"{mobile}-{units}-" + "k" * 20,
        coupons=chosen,
        coupon_code=code,
    )
    return replace(plain, digest=quote_for(CartOwner(), plain).digest)


def test_the_host_s_coupon_lowers_its_net_the_shared_one_is_paid_by_its_bearer(garden: World) -> None:
    own = coupon(garden["supplier"])
    voucher = coupon(bearer=CouponBearer.GOVERNMENT, off_fen=1_000, min_spend_fen=10_000)
    made = order(booked(garden["listing"], in_days(2), 2, coupons=(own, voucher)))
    net = 2 * PRICE - 500
    assert (made.goods_fen, made.discount_fen, made.total_fen) == (2 * PRICE, 1_500, net - 1_000)
    assert made.subsidy_bearer == "government"
    line = db.session.scalars(select(OrderLine).where(OrderLine.order_id == made.id)).one()
    assert (line.net_fen, line.discount_fen, line.subsidy_fen) == (net, 500, 1_000)
    assert line.income_fen == net * SHARE_BP // 10_000 == income(garden), "a share of net is a share of less"
    assert (balance("funds:sandbox"), balance("subsidy:government")) == (net - 1_000, 1_000)
    assert balance(f"supplier_due:{garden['supplier']}") + balance("platform_fee") == -net
    assert (used(own), used(voucher)) == ((1, 500), (1, 1_000))


def test_giving_a_booking_back_reverses_all_of_it_and_frees_its_coupons_once(garden: World) -> None:
    own, shared = coupon(garden["supplier"]), coupon(off_fen=300)
    order_id = booked(garden["listing"], in_days(2), 2, coupons=(own, shared))
    refunds.cancel_order(*sales.buyer_of(order_id), "下雨")
    for account in (
        "funds:sandbox",
        "subsidy:platform",
        "platform_fee",
        f"supplier_due:{garden['supplier']}",
    ):
        assert balance(account) == 0, account
    assert income(garden) == 0
    assert (used(own), used(shared)) == ((0, 0), (0, 0))
    assert set(db.session.scalars(select(CouponHolder.used))) == {0}
    assert release_unpaid(order_id, None, "又一次") is False
    again = booked(garden["listing"], in_days(2), 2, coupons=(own, shared))
    refunds.cancel_by_supplier(builders.owner_of(garden["supplier"]), again, "山洪预警，不接待")
    assert (used(own), used(shared)) == ((0, 0), (0, 0))


def test_one_that_is_not_paid_in_time_frees_its_coupon(garden: World) -> None:
    shared = coupon()
    order_id = booked(garden["listing"], in_days(2), 2, pay=False, coupons=(shared,))
    assert used(shared) == (1, 500)
    assert release_unpaid(order_id, None, "超过付款时间")
    assert used(shared) == (0, 0)


def test_a_claim_for_some_places_gives_each_party_exactly_its_part(garden: World) -> None:
    own, shared = coupon(garden["supplier"]), coupon(off_fen=1_000)
    order_id = booked(garden["listing"], in_days(0), 3, coupons=(own, shared))
    host = builders.owner_of(garden["supplier"])
    visits.redeem(host, garden["supplier"], code_of(order_id))
    net, paid = 3 * PRICE - 500, 3 * PRICE - 1_500
    assert (balance("funds:sandbox"), balance("subsidy:platform")) == (paid, 1_000)
    sales.refund(order_id, 1)
    assert balance("subsidy:platform") == 1_000 - 333
    assert balance("funds:sandbox") == paid - paid // 3
    assert verify() == []
    sales.refund(order_id, 2)
    assert balance("subsidy:platform") == balance("funds:sandbox") == balance("platform_fee") == 0
    assert (balance(f"supplier_due:{garden['supplier']}"), income(garden)) == (0, 0)
    assert (used(own), used(shared)) == ((1, 500), (1, 1_000)), f"made: the coupons stay used, net was {net}"


def test_moving_keeps_what_was_frozen(garden: World) -> None:
    own = coupon(garden["supplier"])
    order_id = booked(garden["listing"], in_days(2), 2, coupons=(own,))
    before = income(garden)
    coupons.stop_coupon(builders.owner_of(garden["supplier"]), own)
    buyer, number = sales.buyer_of(order_id)
    visits.move(buyer, number, sku_on(garden["listing"], in_days(3)))
    moved = order(order_id)
    assert (moved.visit_on, moved.discount_fen, income(garden)) == (in_days(3), 500, before)
    assert used(own) == (1, 500)
    assert verify() == []
    refunds.cancel_order(buyer, number, "")
    assert (used(own), income(garden), balance("funds:sandbox")) == ((0, 0), 0, 0)


@pytest.mark.parametrize("limits", [{"budget_fen": 500}, {"total_count": 1}])
def test_nothing_is_placed_where_the_budget_went_between_look_and_click(
    garden: World, limits: dict[str, int]
) -> None:
    shared = coupon(**limits)
    mine, theirs = wish(garden, 2, shared), wish(garden, 1, shared, mobile="19900000778")
    place(CartOwner(), theirs)
    with pytest.raises(Conflict) as error:
        place(CartOwner(), mine)
    assert error.value.code == "coupons.used_up"
    assert used(shared) == (1, 500)
    assert db.session.scalar(select(func.count()).select_from(Order)) == 1


def test_one_person_a_code_and_a_threshold_count_as_for_goods(garden: World) -> None:
    secret = coupon(code="WEJQU2926", min_spend_fen=10_000)
    for units, code, refused in (
        (2, "", "coupons.not_now"),
        (2, "WEJQU2927", "coupons.not_now"),
        (1, "WEJQU2926", "coupons.too_little"),
    ):
        with pytest.raises(Conflict) as error:
            wish(garden, units, secret, code=code)
        assert error.value.code == refused
    place(CartOwner(), wish(garden, 2, secret, code="WEJQU2926"))
    with pytest.raises(Conflict) as error:
        wish(garden, 3, secret, code="WEJQU2926")
    assert error.value.code == "coupons.yours_used"


def test_a_household_s_own_garden_takes_no_coupon_of_its_host_but_a_shared_one(app: Flask) -> None:
    """Its price has no room: what is taken off would be the household's loss."""
    garden = orchard(mode=LinkageMode.OWN, figure=500)
    own, shared = coupon(garden["supplier"]), coupon()
    with pytest.raises(Conflict) as error:
        wish(garden, 2, own)
    assert error.value.code == "coupons.below_floor"
    place(CartOwner(), wish(garden, 2, shared))
    assert (used(own), used(shared)) == ((0, 0), (1, 500))
