"""Coupons take exactly what they say, never below what households are promised, and add up over lines and suppliers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import InvalidInput
from orders.coupons.rules import (
    CouponBearer,
    Face,
    Goods,
    NewCoupon,
    Unusable,
    breaks_floor,
    check_new,
    clean_code,
    discounts_of,
    lacking_of,
    subsidies_of,
)
from orders.ledger.rules import Parties, SoldLine, Unbalanced, sale_postings
from orders.refunds.rules import LinePart

SUPPLIER = 7


def own(off: int, least: int, supplier_id: int = SUPPLIER) -> Face:
    return Face(1, CouponBearer.SUPPLIER, supplier_id, least, off)


def shared(off: int, least: int) -> Face:
    return Face(2, CouponBearer.GOVERNMENT, None, least, off)


@st.composite
def baskets(draw: st.DrawFn) -> list[Goods]:
    count = draw(st.integers(1, 6))
    goods = []
    for key in range(count):
        total = draw(st.integers(1, 50_000))
        goods.append(Goods(key, draw(st.sampled_from([SUPPLIER, 8])), total, draw(st.integers(0, total - 1))))
    return goods


@given(baskets(), st.integers(1, 30_000), st.integers(1, 30_000))
def test_a_suppliers_coupon_stays_within_every_lines_room(goods: list[Goods], off: int, more: int) -> None:
    outcome = discounts_of(own(off, off + more), goods)
    mine = {each.key: each for each in goods if each.supplier_id == SUPPLIER}
    if isinstance(outcome, Unusable):
        spend, room = sum(g.total_fen for g in mine.values()), sum(g.room_fen for g in mine.values())
        assert not mine or spend < off + more or room < off
        return
    assert sum(outcome.values()) == off
    assert outcome.keys() == mine.keys()
    assert all(0 <= fen <= mine[key].room_fen for key, fen in outcome.items())


@given(st.integers(1, 50_000), st.integers(0, 50_000), st.integers(1, 30_000), st.integers(1, 30_000))
def test_what_is_lacking_brings_the_coupon(total: int, room: int, off: int, more: int) -> None:
    face, goods = own(off, off + more), Goods(1, SUPPLIER, total, min(room, total))
    lacking = lacking_of(face, [goods, Goods(2, 8, 99_999, 99_999)])
    if lacking is None:
        return
    # as much more of the same, with its room in proportion
    enough = Goods(1, SUPPLIER, total + lacking, goods.room_fen * (total + lacking) // total)
    assert not isinstance(discounts_of(face, [enough]), Unusable)
    assert lacking == 0 or isinstance(
        discounts_of(face, [Goods(1, SUPPLIER, total + lacking - 1, 50_000)]), Unusable
    )


def test_nothing_is_lacking_of_goods_without_room() -> None:
    assert lacking_of(own(500, 5_000), [Goods(1, SUPPLIER, 4_000, 0)]) is None
    assert lacking_of(own(500, 5_000), [Goods(1, SUPPLIER, 4_000, 399)]) is None
    assert lacking_of(own(500, 5_000), [Goods(1, SUPPLIER, 4_000, 400)]) == 1_000
    assert lacking_of(own(500, 5_000), [Goods(1, SUPPLIER, 5_000, 500)]) == 0
    assert lacking_of(own(500, 5_000), [Goods(1, 8, 4_000, 400)]) is None


@given(baskets(), st.integers(1, 30_000), st.integers(1, 30_000))
def test_a_shared_coupon_leaves_every_order_something_to_pay(goods: list[Goods], off: int, more: int) -> None:
    outcome = subsidies_of(shared(off, off + more), goods, {})
    if isinstance(outcome, Unusable):
        return
    assert sum(outcome.values()) == off
    left: dict[int, int] = {}
    for each in goods:
        assert 0 <= outcome[each.key] <= each.total_fen
        left[each.supplier_id] = left.get(each.supplier_id, 0) + each.total_fen - outcome[each.key]
    assert min(left.values()) >= 1


def test_the_shared_one_looks_at_what_the_suppliers_left() -> None:
    goods = [Goods(1, SUPPLIER, 10_000, 5_000)]
    assert subsidies_of(shared(1_000, 10_000), goods, {}) == {1: 1_000}
    assert subsidies_of(shared(1_000, 10_000), goods, {1: 1}) is Unusable.TOO_LITTLE


def test_own_produce_has_no_room() -> None:
    goods = [Goods(1, SUPPLIER, 10_000, 0), Goods(2, SUPPLIER, 10_000, 600)]
    assert discounts_of(own(500, 5_000), goods) == {1: 0, 2: 500}
    assert discounts_of(own(601, 5_000), goods) is Unusable.BELOW_FLOOR
    assert discounts_of(own(500, 5_000, 99), goods) is Unusable.OTHER_SUPPLIER


def test_a_face_that_would_break_the_floor_of_one_packing() -> None:
    # ¥29.90 with a floor of ¥26.00: 13 % is there, 满 100 减 13 fits to the fen and 减 13.05 does not
    assert not breaks_floor(10_000, 1_300, 2_990, 2_600)
    assert breaks_floor(10_000, 1_305, 2_990, 2_600)


NEW = NewCoupon(
    "苹果季",
    CouponBearer.SUPPLIER,
    SUPPLIER,
    5_000,
    500,
    100,
    1,
    50_000,
    date(2026, 11, 1),
    date(2026, 11, 30),
    "APPLE26",
)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"off_fen": 0}, "off_fen"),
        ({"min_spend_fen": 500}, "min_spend_fen"),
        ({"total_count": 0}, "total_count"),
        ({"per_person": 0}, "per_person"),
        ({"per_person": 101}, "per_person"),
        ({"budget_fen": 499}, "budget_fen"),
        ({"budget_fen": 10**10}, "budget_fen"),
        ({"ends_on": date(2026, 10, 31)}, "ends_on"),
        ({"starts_on": date(2026, 9, 1), "ends_on": date(2026, 10, 1)}, "ends_on"),
        ({"code": "APPLE"}, "code"),
        ({"code": "APPLE0"}, "code"),
        ({"code": "苹果苹果苹果"}, "code"),
    ],
)
def test_what_no_coupon_may_say(changes: dict[str, object], field: str) -> None:
    fields = {name: getattr(NEW, name) for name in NEW.__slots__} | changes
    with pytest.raises(InvalidInput) as error:
        check_new(NewCoupon(**fields), date(2026, 11, 10))
    assert error.value.field == field


def test_a_sound_coupon_passes_and_a_code_is_read_as_meant() -> None:
    check_new(NEW, date(2026, 11, 30))
    assert clean_code(" apple 26 ") == "APPLE26"


@given(st.integers(1, 99_999), st.integers(0, 100), st.integers(0, 100), st.data())
def test_buyer_bearer_platform_and_outlet_each_get_back_their_whole_part(
    net: int, subsidy_percent: int, outlet_percent: int, data: st.DataObject
) -> None:
    subsidy, fee = net * subsidy_percent // 100, net * 2 // 100
    outlet = fee * outlet_percent // 100
    units = data.draw(st.integers(1, 12))
    refunded, sums = 0, [0, 0, 0, 0]
    while refunded < units:
        part = data.draw(st.integers(1, units - refunded))
        back = LinePart(net, fee, units, refunded, part, subsidy, outlet)
        given_back = [
            back.goods_fen,
            back.returned_subsidy_fen,
            back.returned_fee_fen,
            back.returned_outlet_fee_fen,
        ]
        assert min(given_back) >= 0
        sums = [a + b for a, b in zip(sums, given_back, strict=True)]
        refunded += part
    assert sums == [net - subsidy, subsidy, fee, outlet]


def test_a_sale_posts_what_buyer_and_bearer_owe_and_whose_it_is() -> None:
    lines = [SoldLine(1, 9_000, 180, subsidy_fen=1_000, outlet_fee_fen=90)]
    posted = sale_postings(12, SUPPLIER, "sandbox", 800, lines, Parties("government", 5))
    assert {posting.account: posting.fen for posting in posted} == {
        "funds:sandbox": 8_800,
        "subsidy:government": 1_000,
        "freight_due:7": -800,
        "supplier_due:7": -8_820,
        "platform_fee": -90,
        "outlet_fee:5": -90,
    }


@pytest.mark.parametrize(
    "line", [SoldLine(1, 900, 18, subsidy_fen=1), SoldLine(1, 900, 18, outlet_fee_fen=1)]
)
def test_a_part_without_a_party_is_never_posted(line: SoldLine) -> None:
    with pytest.raises(Unbalanced):
        sale_postings(12, SUPPLIER, "sandbox", 0, [line])
