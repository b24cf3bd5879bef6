"""Working days with the holidays and make-up days of the State Council's notice."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.working_days import (
    add_working_days,
    is_working_day,
    missing_year,
    working_days_between,
)

DAYS = st.dates(date(2025, 12, 1), date(2028, 2, 1))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 2, 14), True),  # Saturday made up for the spring festival
        (date(2026, 2, 16), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2027, 2, 8), False),
        (date(2027, 6, 9), False),
    ],
)
def test_a_day_works_or_not(day: date, working: bool) -> None:
    assert is_working_day(day) is working


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 11, 24), 5, date(2026, 12, 1)),
        (date(2026, 9, 30), 5, date(2026, 10, 13)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
    ],
)
def test_five_working_days_end_on(start: date, count: int, end: date) -> None:
    assert add_working_days(start, count) == end


@given(start=DAYS, count=st.integers(1, 40))
def test_counting_and_adding_agree(start: date, count: int) -> None:
    end = add_working_days(start, count)
    assert is_working_day(end)
    assert working_days_between(start, end) == count == -working_days_between(end, start)


def test_a_year_that_is_not_known_is_missed_when_its_notice_is_due() -> None:
    """The file knows 2026 whole and of 2027 the statutory days only."""
    assert missing_year(date(2026, 10, 31)) is None
    assert missing_year(date(2026, 11, 1)) == 2027
    assert missing_year(date(2035, 3, 1)) == 2035
