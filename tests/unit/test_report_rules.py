"""How periods are made of stored sums, which arrangement a line counts to, and how postings add up."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.linkage.rules import IncomeKind
from marketplace.regions.rules import RegionLevel
from marketplace.reporting.charts import bars_of, line_of, tiles_of
from marketplace.reporting.dimensions import POSITION, Dimension, Nearness
from marketplace.reporting.figures import Bucket, Figures, buckets_of
from marketplace.reporting.folding import LineFacts, PostingFacts, blank, fold, with_months_and_years
from marketplace.reporting.nearness import Arrangement, BoughtLine, match
from marketplace.reporting.order_lists import Cursor, read_cursor
from marketplace.reporting.rules import Period, Piece, month_of, pieces
from orders.ledger.rules import IncomeState

VILLAGE, NEIGHBOUR, TOWN_AWAY, COUNTY_AWAY = "610124103219", "610124103204", "610124101200", "610111007225"
ANKANG = "610902001201"
DAY = date(2026, 2, 28)


def days_of(piece: Piece) -> set[date]:
    text = str(piece.period)
    start = date(int(text[:4]), int(text[4:6] or 1), int(text[6:] or 1))
    if len(text) == 8:
        return {start}
    end = month_of(start).end if len(text) == 6 else date(start.year, 12, 31)
    return {start + timedelta(days=number) for number in range((end - start).days + 1)}


@given(st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.integers(0, 3 * 366))
def test_pieces_cover_each_day_once(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    times: dict[date, int] = {}
    for piece in pieces(start, end):
        for day in days_of(piece):
            times[day] = times.get(day, 0) + piece.sign
    assert {day for day, count in times.items() if count} == {
        start + timedelta(days=number) for number in range(length + 1)
    }
    assert set(times.values()) <= {0, 1}


@given(st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.integers(0, 3 * 366))
def test_pieces_are_few(start: date, length: int) -> None:
    """However the period lies: two months by at most sixteen, the months between them, and years."""
    assert len(pieces(start, start + timedelta(days=length))) <= 2 * 16 + 2 * 11 + 3


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), [Piece(2026)]),
        (date(2026, 2, 1), date(2026, 2, 28), [Piece(202602)]),
        (date(2026, 7, 1), date(2026, 9, 30), [Piece(202607), Piece(202608), Piece(202609)]),
        (date(2026, 2, 28), date(2026, 3, 1), [Piece(20260228), Piece(20260301)]),
        (date(2026, 2, 2), date(2026, 2, 28), [Piece(202602), Piece(20260201, -1)]),
        (date(2025, 12, 31), date(2027, 1, 1), [Piece(20251231), Piece(2026), Piece(20270101)]),
    ],
)
def test_pieces_of(start: date, end: date, expected: list[Piece]) -> None:
    assert pieces(start, end) == expected


def arranged(
    number: int,
    village: str,
    household: int | None = None,
    start: date = date(2026, 1, 1),
    end: date | None = None,
) -> Arrangement:
    return Arrangement(number, village, household, start, end)


def bought(*places: str, households: tuple[int, ...] = (), day: date = DAY) -> BoughtLine:
    return BoughtLine(1, day, places, households)


@pytest.mark.parametrize(
    ("line", "arrangements", "expected"),
    [
        (bought(VILLAGE), [arranged(1, VILLAGE)], (1, Nearness.VILLAGE)),
        (bought(VILLAGE), [arranged(1, NEIGHBOUR)], (1, Nearness.TOWN)),
        (bought(VILLAGE), [arranged(1, TOWN_AWAY)], (1, Nearness.COUNTY)),
        (bought(VILLAGE), [arranged(1, COUNTY_AWAY)], (1, Nearness.CITY)),
        (bought(VILLAGE), [arranged(1, ANKANG)], None),
        # the household before its village, the village before the town
        (
            bought(VILLAGE, households=(7,)),
            [arranged(1, VILLAGE), arranged(2, VILLAGE, 7)],
            (2, Nearness.HOUSEHOLD),
        ),
        (bought(VILLAGE, households=(8,)), [arranged(2, VILLAGE, 7)], (2, Nearness.VILLAGE)),
        (bought(VILLAGE), [arranged(1, NEIGHBOUR), arranged(2, VILLAGE)], (2, Nearness.VILLAGE)),
        # goods of a town whose income goes to a household of the village
        (bought("610124103000", VILLAGE), [arranged(1, VILLAGE)], (1, Nearness.VILLAGE)),
        (bought("610124103000"), [arranged(1, VILLAGE)], (1, Nearness.TOWN)),
        # ties go to the earlier one, then to the smaller number
        (
            bought(VILLAGE),
            [arranged(1, VILLAGE), arranged(2, VILLAGE, start=date(2025, 5, 1))],
            (2, Nearness.VILLAGE),
        ),
        (bought(VILLAGE), [arranged(9, VILLAGE), arranged(3, VILLAGE)], (3, Nearness.VILLAGE)),
        # in force on the day of payment, both ends included
        (bought(VILLAGE), [arranged(1, VILLAGE, start=DAY)], (1, Nearness.VILLAGE)),
        (bought(VILLAGE), [arranged(1, VILLAGE, end=DAY)], (1, Nearness.VILLAGE)),
        (bought(VILLAGE), [arranged(1, VILLAGE, end=DAY - timedelta(days=1))], None),
        (bought(VILLAGE), [arranged(1, VILLAGE, start=DAY + timedelta(days=1))], None),
        (bought(VILLAGE), [], None),
    ],
)
def test_the_nearest_arrangement(
    line: BoughtLine, arrangements: list[Arrangement], expected: tuple[int, Nearness] | None
) -> None:
    assert match(line, arrangements) == expected
    assert match(line, arrangements[::-1]) == expected


def line_facts(*, collected: tuple[tuple[int | None, int], ...] = (), origin: str = VILLAGE) -> LineFacts:
    return LineFacts(1, 1, DAY, origin, ((Dimension.ALL, ""), (Dimension.SUPPLIER, "7")), collected)


def sold(fen: int) -> PostingFacts:
    return PostingFacts(1, True, "supplier_due", -fen)


@given(
    st.integers(1, 10**9), st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.integers(1, 50)), min_size=1)
)
def test_what_outlets_collected_never_exceeds_the_line(fen: int, parts: list[tuple[int | None, int]]) -> None:
    found = fold([line_facts(collected=tuple(parts))], [sold(fen), sold(-fen)]).days()
    assert not any(sums[0] for sums in found.values())
    found = fold([line_facts(collected=tuple(parts))], [sold(fen)]).days()
    city = {
        key: sums[0]
        for (dim, level, *_, key), sums in found.items()
        if dim is Dimension.OUTLET_COLLECTED and level is RegionLevel.CITY
    }
    whole = city.pop("", 0)
    assert whole == sum(city.values()) <= fen
    if all(outlet is not None for outlet, _ in parts):
        assert whole == fen


def test_a_place_that_names_no_lower_region_is_its_own_row_below() -> None:
    days = fold([line_facts(origin="610124000000")], [sold(500)]).days()
    rows = {(level, code): sums[0] for (dim, level, _, code, _), sums in days.items() if dim is Dimension.ALL}
    county = "610124000000"
    assert rows == {
        (RegionLevel.CITY, "610100000000"): 500,
        (RegionLevel.COUNTY, county): 500,
        (RegionLevel.TOWN, county): 500,
        (RegionLevel.VILLAGE, county): 500,
    }


def test_income_moves_between_states_without_changing_its_sum() -> None:
    def posting(state: IncomeState, fen: int) -> PostingFacts:
        return PostingFacts(1, False, "household_income", fen, 4, state, NEIGHBOUR, IncomeKind.WAGE)

    moved = [
        posting(IncomeState.ACCRUED, -300),
        posting(IncomeState.ACCRUED, 300),
        posting(IncomeState.CONFIRMED, -300),
    ]
    sums = with_months_and_years(fold([line_facts()], moved).days())
    for period in (20260228, 202602, 2026):
        found = sums[Dimension.ALL, RegionLevel.VILLAGE, period, NEIGHBOUR, ""]
        assert found[POSITION["accrued_fen"]] == 0
        assert found[POSITION["confirmed_fen"]] == found[POSITION["wage_fen"]] == 300
        assert found[POSITION["sales_fen"]] == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261301.5",
        "20260101",
        "20260101.",
        "abc.1",
        "20260101.-1",
        "20260101.１",
        "20260101." + "9" * 11,
    ],
)
def test_what_is_no_cursor_is_the_first_page(text: str) -> None:
    assert read_cursor(text) is None


def test_a_cursor_reads_back() -> None:
    cursor = Cursor(date(2026, 2, 28), 17)
    assert read_cursor(str(cursor)) == cursor


def row(code: str, sales: int, income: int = 0) -> Figures:
    sums = blank()
    sums[POSITION["sales_fen"]], sums[POSITION["accrued_fen"]] = sales, income
    return Figures(code, code, sums)


def test_charts_of_nothing_draw_nothing() -> None:
    assert bars_of([], "个").bars == []
    assert bars_of([row("a", 0), row("b", -5)], "个").bars == []
    assert line_of([]) is None
    assert line_of([(Bucket("1", DAY, DAY), 0)]) is None
    assert [tile.shade for tile in tiles_of([row("610124000000", 0)], str)] == [1]


def test_charts_stay_inside_their_box() -> None:
    rows = [row(f"6101{number:02d}000000", number * 100, number * 40) for number in range(1, 30)]
    bars = bars_of(rows, "个区县")
    assert len(bars.bars) == 10
    assert bars.rest.startswith("其余 19 个区县")
    assert all(float(bar.sales_width.rstrip("%")) <= 100 for bar in bars.bars)
    drawn = line_of([(Bucket("1", DAY, DAY), fen) for fen in (1, 999_999_999, -50)])
    assert drawn is not None
    assert all(0 <= float(point.y.rstrip("%")) <= 100 for point in drawn.points)
    assert drawn.peak is not None
    assert drawn.peak.fen == 999_999_999


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 1000))
def test_buckets_are_the_period_up_to_today(start: date, length: int) -> None:
    period = Period("custom", start, start + timedelta(days=length), "")
    today = start + timedelta(days=length // 2)
    buckets = buckets_of(period, today)
    assert buckets[0].start == start
    assert buckets[-1].end == today
    assert all(after.start == before.end + timedelta(days=1) for before, after in pairwise(buckets))
    assert len(buckets) <= 62
