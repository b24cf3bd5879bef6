"""A unit's year in figures: the mark of time, the reserved share, the bar by nearness."""

from datetime import date

import pytest

from marketplace.kernel.errors import InvalidInput
from marketplace.pairing.queries import ArrangementRow
from marketplace.pairing.rules import PairingKind
from marketplace.parties.unit_rules import (
    HIGHEST_FEN,
    PlanDraft,
    check_plan,
    deadline_of,
    pace,
    share_of,
)
from marketplace.reporting.dimensions import Nearness
from marketplace.unit_desk.plan.figures import bar_of, pairing_lines, weakest

START, END = date(2026, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("today", "time_bp", "days_left"),
    [
        (date(2025, 12, 31), 0, 365),  # not begun: nothing has passed, everything is left
        (date(2026, 1, 1), 10_000 // 365, 364),
        (date(2026, 7, 2), 10_000 * 183 // 365, 182),
        (date(2026, 12, 31), 10_000, 0),
        (date(2027, 3, 1), 10_000, 0),
    ],
)
def test_the_mark_of_time(today: date, time_bp: int, days_left: int) -> None:
    found = pace(1, 100, START, END, today)
    assert (found.time_bp, found.days_left) == (time_bp, days_left)


@pytest.mark.parametrize(
    ("bought", "today", "done_on"),
    [
        (50, date(2026, 7, 2), date(2027, 1, 1)),  # half in 183 days: whole in 366
        (100, date(2026, 7, 2), None),  # reached
        (0, date(2026, 7, 2), None),  # nothing to go by
        (-5, date(2026, 7, 2), None),  # more sent back than bought
        (99, date(2026, 7, 2), date(2026, 7, 4)),
        (1, date(2026, 12, 1), None),  # decades away says nothing
        (50, date(2027, 1, 1), None),  # the year is over
    ],
)
def test_when_it_would_be_done(bought: int, today: date, done_on: date | None) -> None:
    assert pace(bought, 100, START, END, today).done_on == done_on


@pytest.mark.parametrize(
    ("month_day", "day"), [(1231, date(2026, 12, 31)), (1130, date(2026, 11, 30)), (231, date(2026, 12, 31))]
)
def test_a_deadline_that_is_no_day_is_the_last_of_the_year(month_day: int, day: date) -> None:
    assert deadline_of(2026, month_day) == day


@pytest.mark.parametrize(
    ("bought", "is_met", "next_bp", "to_next"),
    [
        (0, False, 1000, 1_000),
        (999, False, 1000, 1),
        (1_000, True, 1500, 500),  # exactly the ratio is met, the encouraged line comes next
        (1_499, True, 1500, 1),
        (1_500, True, 1500, 0),
        (-200, False, 1000, 1_200),
    ],
)
def test_the_reserved_share(bought: int, is_met: bool, next_bp: int, to_next: int) -> None:
    share = share_of(10_000, bought, 1000, 1500)
    assert share is not None
    assert (share.is_met, share.next_bp, share.to_next_fen) == (is_met, next_bp, to_next)


def test_a_share_rounds_up_what_is_still_to_buy() -> None:
    share = share_of(10_001, 1_000, 1000, 1000)
    assert share is not None
    assert not share.is_met
    assert share.to_next_fen == 1


@pytest.mark.parametrize("budget", [None, 0])
def test_no_budget_no_share(budget: int | None) -> None:
    assert share_of(budget, 5, 1000, 1500) is None


def test_a_lower_encouraged_line_asks_nothing_less() -> None:
    share = share_of(10_000, 900, 1000, 500)
    assert share is not None
    assert (share.next_bp, share.to_next_fen) == (1000, 100)


@pytest.mark.parametrize(
    ("draft", "year", "field"),
    [
        (PlanDraft(0), 2026, "target_fen"),
        (PlanDraft(HIGHEST_FEN + 1), 2026, "target_fen"),
        (PlanDraft(1, canteen_budget_fen=-1), 2026, "canteen_budget_fen"),
        (PlanDraft(1, union_budget_fen=HIGHEST_FEN + 1), 2026, "union_budget_fen"),
        (PlanDraft(1, platform_832_fen=-1), 2026, "platform_832_fen"),
        (PlanDraft(1), 2022, "year"),
        (PlanDraft(1), 2028, "year"),
    ],
)
def test_plans_out_of_bounds(draft: PlanDraft, year: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_plan(draft, year, 2026)
    assert refused.value.field == field


def test_a_plan_within_bounds() -> None:
    check_plan(PlanDraft(1, None, None, 0), 2023, 2026)
    check_plan(PlanDraft(HIGHEST_FEN, 0, 0, HIGHEST_FEN), 2027, 2026)


def test_the_bar_puts_the_nearest_first_and_what_matched_nothing_last() -> None:
    nearness = {Nearness.VILLAGE: 30, Nearness.HOUSEHOLD: 10, Nearness.COUNTY: 20}
    bar = bar_of(nearness, 70, 200, 5_000)
    assert [(piece.words, piece.fen, piece.x, piece.width) for piece in bar.pieces] == [
        ("结对村、户", 40, "0.00%", "20.00%"),
        ("同县", 20, "20.00%", "10.00%"),
        ("没有对上结对的", 10, "30.00%", "5.00%"),
    ]
    assert bar.mark == "50.00%"


def test_more_than_the_target_fills_the_bar_and_moves_the_mark_back() -> None:
    bar = bar_of({Nearness.TOWN: 400}, 400, 200, 10_000)
    assert [(piece.x, piece.width) for piece in bar.pieces] == [("0.00%", "100.00%")]
    assert bar.mark == "50.00%"


def test_refunds_of_another_nearness_draw_no_negative_piece() -> None:
    bar = bar_of({Nearness.TOWN: -50, Nearness.VILLAGE: 80}, 30, 100, None)
    assert [(piece.words, piece.fen) for piece in bar.pieces] == [("结对村、户", 80)]
    assert bar.mark == ""


def arrangement(number: int, target: int | None, ends_on: date | None = None) -> ArrangementRow:
    return ArrangementRow(
        number,
        1,
        "示例单位",
        "610124103219",
        None,
        PairingKind.CITY,
        START,
        ends_on,
        {2026: target} if target is not None else {},
    )


def test_what_is_furthest_from_its_target_is_suggested_first() -> None:
    rows = [
        arrangement(1, 100, date(2026, 3, 1)),  # over
        arrangement(2, 100),
        arrangement(3, 1000),
        arrangement(4, None),  # nothing agreed, no gap
        arrangement(5, 100),
    ]
    lines = pairing_lines(rows, {2: 60, 3: 500, 5: 100}, 2026, date(2026, 6, 1))
    assert [line.row.id for line in lines] == [2, 3, 4, 5, 1]
    found = weakest(lines)
    assert found is not None
    assert found.row.id == 3
    assert weakest([line for line in lines if line.row.id in {1, 4, 5}]) is None
