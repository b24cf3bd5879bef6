"""How goods are offered: days of the year, pre-sale, limits, net weight with what it may differ by."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.selling_rules import (
    ALL_YEAR,
    Closed,
    Season,
    Selling,
    check_season,
    check_selling,
    closed_for,
    jin_fen,
    left_of_limit,
    most_tolerance,
)
from marketplace.kernel.errors import InvalidInput
from marketplace.presentation import net_weight

TODAY = date(2026, 11, 27)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("season", "open_on", "shut_on"),
    [
        (ALL_YEAR, [date(2026, 1, 1), date(2028, 2, 29)], []),
        (
            Season("06-01", "08-31"),
            [date(2026, 6, 1), date(2027, 8, 31)],
            [date(2026, 5, 31), date(2026, 9, 1)],
        ),
        (
            Season("11-15", "02-29"),
            [date(2026, 11, 15), date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 28)],
            [date(2027, 3, 1), date(2026, 11, 14)],
        ),
        (Season("05-01", "05-01"), [date(2026, 5, 1)], [date(2026, 5, 2)]),
    ],
)
def test_days_of_the_year_come_round_both_ends_included(
    season: Season, open_on: list[date], shut_on: list[date]
) -> None:
    assert all(season.is_open(day) for day in open_on)
    assert not any(season.is_open(day) for day in shut_on)
    check_season(season)


@pytest.mark.parametrize(
    ("season", "field"),
    [
        (Season("06-01", ""), "sale_until"),
        (Season("", "06-01"), "sale_from"),
        (Season("6-1", "08-31"), "sale_from"),
        (Season("06-01", "06-31"), "sale_until"),
        (Season("02-30", "06-30"), "sale_from"),
        (Season("13-01", "06-30"), "sale_from"),
        (Season("０6-01", "06-30"), "sale_from"),
    ],
)
def test_half_a_season_and_days_no_year_has_are_refused(season: Season, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_season(season)
    assert refused.value.field == field


def test_season_goes_before_a_pre_sale_that_is_over_and_its_last_day_still_sells() -> None:
    summer = Season("06-01", "08-31")
    assert summer.opens == "6月1日"
    assert closed_for(summer, TODAY - DAY, TODAY) is Closed.SEASON
    assert closed_for(ALL_YEAR, TODAY - DAY, TODAY) is Closed.PRESALE_OVER
    assert closed_for(ALL_YEAR, TODAY, TODAY) is None


@pytest.mark.parametrize(
    ("grams", "most"),
    [
        *((50, 4), (51, 4), (100, 4), (150, 6), (200, 9), (300, 9), (400, 12), (500, 15), (1000, 15)),
        *((2500, 37), (10_000, 150), (10_001, 150), (15_000, 150), (20_000, 200), (60_000, 600)),
    ],
)
def test_the_law_s_table_of_shortages(grams: int, most: int) -> None:
    assert most_tolerance(grams) == most


@given(st.integers(1, 500_000))
def test_a_heavier_packing_never_may_differ_by_less(grams: int) -> None:
    assert most_tolerance(grams) <= most_tolerance(grams + 1)


@pytest.mark.parametrize(
    ("selling", "field"),
    [
        (Selling(limit_units=0), "limit_units"),
        (Selling(limit_units=10_000), "limit_units"),
        (Selling(limit_days=7), "limit_days"),
        (Selling(limit_units=1, limit_days=367), "limit_days"),
        (Selling(presale_until=TODAY), "ship_by"),
        (Selling(ship_by=TODAY), "presale_until"),
        (Selling(presale_until=TODAY + DAY, ship_by=TODAY), "ship_by"),
        (Selling(presale_until=TODAY, ship_by=TODAY + 181 * DAY), "ship_by"),
        (Selling(tolerance_grams=38), "tolerance_grams"),
        (Selling(tolerance_grams=-1), "tolerance_grams"),
    ],
)
def test_what_can_not_be_kept_is_refused_at_its_field(selling: Selling, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_selling(selling, 2500, TODAY)
    assert refused.value.field == field


def test_what_can_be_kept_is_taken() -> None:
    check_selling(Selling(), 2500, TODAY)
    check_selling(Selling(limit_units=1, tolerance_grams=37), 2500, TODAY)
    check_selling(Selling(presale_until=TODAY, ship_by=TODAY + 180 * DAY), 2500, TODAY)


def test_a_price_per_jin_is_half_up_and_only_of_what_is_weighed() -> None:
    assert (jin_fen(2990, 2500, 37), jin_fen(101, 1000, 0), jin_fen(2990, 2500, None)) == (598, 51, 0)
    assert (net_weight(2500), net_weight(500)) == ("2.5 公斤（5 斤）", "500 克")


@pytest.mark.parametrize(("limit", "bought", "left"), [(None, 9, None), (3, 0, 3), (3, 2, 1), (3, 5, 0)])
def test_what_is_left_of_a_limit_is_never_below_nothing(
    limit: int | None, bought: int, left: int | None
) -> None:
    assert left_of_limit(limit, bought) == left
