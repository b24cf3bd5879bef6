"""Refunds in any parts and order add up to the line, its fee and every household's share, to the fen."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.working_days import is_working_day
from orders.refunds.rules import (
    FrozenShare,
    LinePart,
    RowPart,
    Window,
    choose_rows,
    left_to_ship,
    newest_late_day,
    reversed_shares,
    ruling_due_on,
    window_of,
)


@st.composite
def sold_lines(draw: st.DrawFn) -> tuple[int, int, list[int], list[FrozenShare], list[int]]:
    """net, fee, units per allocation (lot 1, 2, …), shares, and the parts in which it comes back."""
    rows = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    units = sum(rows)
    net = draw(st.integers(0, 100_000))
    shares = [FrozenShare(i, i, draw(st.integers(0, 5000))) for i in range(1, len(rows) + 1)]
    shares += [FrozenShare(100 + i, None, draw(st.integers(0, 5000))) for i in range(draw(st.integers(0, 3)))]
    parts, left = [], units
    while left:
        parts.append(draw(st.integers(1, left)))
        left -= parts[-1]
    return net, net * 2 // 100, rows, shares, parts


@given(sold_lines())
def test_every_sequence_of_parts_adds_up(
    line: tuple[int, int, list[int], list[FrozenShare], list[int]],
) -> None:
    net, fee, rows, shares, parts = line
    units = sum(rows)
    returned = dict.fromkeys(range(1, len(rows) + 1), 0)
    undone: Counter[int] = Counter()
    goods = fees = refunded = 0
    for part in parts:
        of_line = LinePart(net, fee, units, refunded, part)
        open_rows = [RowPart(i, 10 + i, i, size, returned[i]) for i, size in enumerate(rows, 1)]
        chosen = choose_rows(open_rows, part)
        assert sum(row.part for row in chosen) == part
        for line_income_id, fen in reversed_shares(shares, chosen, of_line):
            assert fen > 0
            undone[line_income_id] += fen
        for row in chosen:
            returned[row.allocation_id] += row.part
        goods += of_line.goods_fen
        fees += of_line.returned_fee_fen
        refunded += part
    assert (goods, fees) == (net, fee)
    assert undone == Counter({share.line_income_id: share.fen for share in shares})
    assert list(returned.values()) == rows


def test_what_was_taken_last_goes_back_first() -> None:
    rows = [RowPart(1, 11, 1, 3, 0), RowPart(2, 12, 2, 2, 1)]
    assert [(row.allocation_id, row.part) for row in choose_rows(rows, 3)] == [(2, 1), (1, 2)]


def test_more_than_was_sold_is_refused() -> None:
    with pytest.raises(ValueError, match="more units"):
        choose_rows([RowPart(1, 11, None, 2, 1)], 2)


@pytest.mark.parametrize(
    ("units", "shipped", "refunded", "left"),
    [(5, 0, 0, 5), (5, 2, 1, 2), (5, 5, 2, 0), (5, 4, 3, 0), (1, 0, 1, 0)],
)
def test_a_refund_takes_what_is_not_shipped_first(units: int, shipped: int, refunded: int, left: int) -> None:
    assert left_to_ship(units, shipped, refunded) == left


RECEIVED = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "window"),
    [
        (timedelta(hours=47, minutes=59), Window.RIGHT),
        (timedelta(hours=48), Window.CONSENT),
        (timedelta(days=31, hours=23), Window.CONSENT),
        (timedelta(days=32), Window.CLOSED),
    ],
)
def test_windows_of_a_fresh_line(after: timedelta, window: Window) -> None:
    assert window_of(RECEIVED, 48, 30, RECEIVED + after) is window


def test_before_receipt_it_is_a_right() -> None:
    assert window_of(None, 48, 30, RECEIVED) is Window.RIGHT


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 30), st.integers(0, 60))
def test_what_is_late_by_its_last_day_is_late_by_the_day_of_asking(
    today: date, working_days: int, ago: int
) -> None:
    asked = today - timedelta(days=ago)
    is_late = ruling_due_on(asked, working_days) < today
    assert is_late == (asked <= newest_late_day(today, working_days))


def test_a_period_an_admin_mistyped_is_reckoned_in_one_walk() -> None:
    """The admin's first page asks for it; walking anew for every day took minutes for years of days."""
    today = date(2026, 11, 28)
    looked_at: list[date] = []

    def looked(day: date) -> bool:
        looked_at.append(day)
        return is_working_day(day)

    with patch("orders.refunds.rules.is_working_day", looked):
        newest = newest_late_day(today, 9999)
    assert ruling_due_on(newest, 9999) < today <= ruling_due_on(newest + timedelta(days=1), 9999)
    assert len(looked_at) == (today - newest).days - 1
