"""Tier prices, delivery days, and what an approver is told."""

from datetime import date

import pytest

from catalog.products.rules import MAX_TIERS, Tier, check_tiers, next_tier, price_at
from marketplace.kernel.errors import InvalidInput
from orders.bulk.rules import AgreedLine, amount_in_words, changes_since, check_delivery_day

TIERS = [Tier(10, 5_600), Tier(50, 5_200)]


@pytest.mark.parametrize(
    ("units", "fen"), [(1, 6_000), (9, 6_000), (10, 5_600), (49, 5_600), (50, 5_200), (9_999, 5_200)]
)
def test_the_price_falls_at_the_quantity_and_not_before(units: int, fen: int) -> None:
    assert price_at(6_000, TIERS, units) == fen


def test_a_tier_never_makes_a_unit_dearer() -> None:
    assert price_at(5_000, TIERS, 50) == 5_000


@pytest.mark.parametrize(
    ("units", "tier"), [(1, Tier(10, 5_600)), (42, Tier(50, 5_200)), (50, None), (0, Tier(10, 5_600))]
)
def test_the_next_tier_is_the_nearest_that_is_cheaper(units: int, tier: Tier | None) -> None:
    assert next_tier(6_000, TIERS, units) == tier


def test_a_tier_that_saves_nothing_is_never_the_next() -> None:
    assert next_tier(5_400, TIERS, 1) == Tier(50, 5_200)
    assert next_tier(5_000, TIERS, 1) is None


@pytest.mark.parametrize(
    ("tiers", "code", "field"),
    [
        ([Tier(1, 5_000)], "tiers.min_units", "min_units_0"),
        ([Tier(10_000, 5_000)], "tiers.min_units", "min_units_0"),
        ([Tier(10, 5_000), Tier(10, 4_900)], "tiers.units_must_rise", "min_units_1"),
        ([Tier(10, 6_000)], "tiers.price_must_fall", "price_fen_0"),
        ([Tier(10, 5_000), Tier(20, 5_000)], "tiers.price_must_fall", "price_fen_1"),
        ([Tier(10, 0)], "tiers.price_must_fall", "price_fen_0"),
        ([Tier(10, 4_099)], "listing.price_below_floor", "price_fen_0"),
        ([Tier(n, 5_000 - n) for n in range(2, MAX_TIERS + 3)], "tiers.too_many", None),
    ],
)
def test_tiers_that_are_refused(tiers: list[Tier], code: str, field: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_tiers(6_000, tiers, 4_100)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_tier_at_the_floor_stands() -> None:
    check_tiers(6_000, [Tier(2, 4_101), Tier(9_999, 4_100)], 4_100)
    check_tiers(6_000, [], None)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 3, 1), "bulk.deliver_on_past"),
        (date(2026, 2, 28), "bulk.deliver_on_past"),
        (date(2026, 3, 2), None),
        (date(2026, 4, 30), None),
        (date(2026, 5, 1), "bulk.deliver_on_far"),
    ],
)
def test_the_delivery_day_lies_ahead_and_near_enough(day: date, code: str | None) -> None:
    if code is None:
        check_delivery_day(day, date(2026, 3, 1), 60)
        return
    with pytest.raises(InvalidInput) as refused:
        check_delivery_day(day, date(2026, 3, 1), 60)
    assert refused.value.code == code


def line(now_fen: int = 100, certificate: int | None = 7, why_not: str = "") -> AgreedLine:
    return AgreedLine("苹果", 100, now_fen, 7, certificate, why_not)


@pytest.mark.parametrize(
    ("now", "total", "said"),
    [
        (line(), 1_000, []),
        (line(now_fen=120), 1_200, ["苹果：单价从 ¥1.00 变成 ¥1.20"]),
        (line(certificate=8), 1_000, ["苹果：认定证书换了一张，请再看一眼"]),
        (line(why_not="售罄了"), 0, ["苹果：售罄了"]),
        (line(), 1_050, ["运费变了，合计从 ¥10.00 变成 ¥10.50"]),
    ],
)
def test_what_changed_is_said(now: AgreedLine, total: int, said: list[str]) -> None:
    assert changes_since({1: now}, 1_000, total) == said


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (1_000, "壹拾元整"),
        (10_050, "壹佰元伍角整"),
        (100_500, "壹仟零伍元整"),
        (3_350_001, "叁万叁仟伍佰元零壹分"),
        (1_000_000, "壹万元整"),
        (1_000_500, "壹万零伍元整"),
        (10_010_000, "壹拾万零壹佰元整"),
        (200_000_000_000, "贰拾亿元整"),
        (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
    ],
)
def test_amounts_as_contracts_write_them(fen: int, words: str) -> None:
    assert amount_in_words(fen) == words
