"""When a promise counts as kept: the lights at their edges, and which year is looked at."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.reporting.monitoring_rules import Bars, Light, Measure, Window, judge, window_of

BARS = Bars(green=90, amber=60, min_days=90)
#: 100 days of a year of 365
WINDOW = Window(date(2026, 1, 1), date(2026, 4, 10), 365)
#: 100 days make 10,000 fen and 10 households due
PROMISED = Measure(households=0, income_fen=36_500)


@pytest.mark.parametrize(
    ("income_fen", "light", "percent"),
    [
        (10_000, Light.GREEN, 100),
        (9_000, Light.GREEN, 90),
        (8_999, Light.AMBER, 89),
        (6_000, Light.AMBER, 60),
        (5_999, Light.RED, 59),
        (0, Light.RED, 0),
        (-500, Light.RED, 0),
        (9_999_999, Light.GREEN, 999),
    ],
)
def test_income_alone(income_fen: int, light: Light, percent: int) -> None:
    found = judge(PROMISED, Measure(3, income_fen), WINDOW, BARS)
    assert (found.light, found.percent, found.due_income_fen) == (light, percent, 10_000)
    assert found.household_percent is None


def test_the_worse_of_the_two_counts() -> None:
    promised = Measure(households=73, income_fen=36_500)  # 20 households and 10,000 fen by now
    rich_and_few = judge(promised, Measure(11, 50_000), WINDOW, BARS)
    assert (rich_and_few.light, rich_and_few.percent) == (Light.RED, 55)
    assert (rich_and_few.household_percent, rich_and_few.income_percent) == (55, 500)
    many_and_poor = judge(promised, Measure(40, 7_000), WINDOW, BARS)
    assert (many_and_poor.light, many_and_poor.percent) == (Light.AMBER, 70)


def test_what_is_due_is_rounded_up() -> None:
    found = judge(Measure(5, 101), Measure(0, 0), WINDOW, BARS)
    assert (found.due_households, found.due_income_fen) == (2, 28)


def test_nothing_is_judged_before_its_time_or_without_a_promise() -> None:
    early = Window(date(2026, 1, 1), date(2026, 3, 30), 365)
    assert early.elapsed == 89
    assert judge(PROMISED, Measure(0, 0), early, BARS).light is Light.EARLY
    assert judge(PROMISED, Measure(0, 0), early, BARS).percent is None
    just = Window(date(2026, 1, 1), date(2026, 3, 31), 365)
    assert judge(PROMISED, Measure(0, 0), just, BARS).light is Light.RED
    assert judge(Measure(0, 0), Measure(9, 9), WINDOW, BARS).light is Light.UNPROMISED


@pytest.mark.parametrize(
    ("today", "window"),
    [
        (date(2025, 3, 1), Window(date(2025, 3, 1), date(2025, 3, 1), 365)),
        (date(2026, 2, 28), Window(date(2025, 3, 1), date(2026, 2, 28), 365)),
        # the new year is young: the whole one before it is looked at
        (date(2026, 3, 1), Window(date(2025, 3, 1), date(2026, 2, 28), 365)),
        (date(2026, 5, 28), Window(date(2025, 3, 1), date(2026, 2, 28), 365)),
        (date(2026, 5, 29), Window(date(2026, 3, 1), date(2026, 5, 29), 365)),
        (date(2028, 6, 30), Window(date(2028, 3, 1), date(2028, 6, 30), 365)),
        (date(2024, 1, 1), Window(date(2025, 3, 1), date(2025, 3, 1), 365)),
    ],
)
def test_which_year_is_looked_at(today: date, window: Window) -> None:
    assert window_of(date(2025, 3, 1), today, 90) == window


def test_a_certificate_of_the_leap_day_has_whole_years() -> None:
    assert window_of(date(2024, 2, 29), date(2025, 1, 1), 90).year_days == 365
    assert window_of(date(2024, 2, 29), date(2025, 12, 1), 90).start == date(2025, 2, 28)


@given(
    first=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    days=st.integers(0, 2500),
    min_days=st.integers(1, 360),
)
def test_a_window_is_a_year_or_a_beginning_of_one_and_ends_by_today(
    first: date, days: int, min_days: int
) -> None:
    today = first + timedelta(days=days)
    window = window_of(first, today, min_days)
    assert window.year_days in {365, 366}
    assert 1 <= window.elapsed <= window.year_days
    assert first <= window.start <= window.end <= today
    assert window.elapsed >= min_days or window.start == first


@given(
    promised=st.integers(1, 10**9),
    fact=st.integers(0, 10**9),
    more=st.integers(0, 10**6),
    elapsed=st.integers(90, 365),
)
def test_more_income_never_makes_a_light_worse(promised: int, fact: int, more: int, elapsed: int) -> None:
    window = Window(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=elapsed - 1), 365)
    promise = Measure(0, promised)
    order = [Light.RED, Light.AMBER, Light.GREEN]
    before = judge(promise, Measure(1, fact), window, BARS)
    after = judge(promise, Measure(1, fact + more), window, BARS)
    assert order.index(after.light) >= order.index(before.light)
    assert (judge(promise, Measure(1, before.due_income_fen), window, BARS)).light is Light.GREEN
