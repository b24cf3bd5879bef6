"""Money: nothing is lost in dividing, and only an amount is read as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.money import (
    MAX_FEN,
    allocate,
    basis_points,
    cumulative_share,
    format_yuan,
    parse_yuan,
    units_carrying,
)

FEN = st.integers(0, 10**12)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


@given(FEN, WEIGHTS)
def test_parts_add_up_and_lie_within_a_fen_of_the_exact_share(fen: int, weights: list[int]) -> None:
    parts = allocate(fen, weights)
    total = sum(weights)
    assert sum(parts) == fen
    assert all(abs(part * total - fen * weight) < total for part, weight in zip(parts, weights, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(FEN, WEIGHTS)
def test_a_larger_weight_never_gets_less(fen: int, weights: list[int]) -> None:
    by_weight = sorted(zip(weights, allocate(fen, weights), strict=True))
    assert [part for _, part in by_weight] == sorted(part for _, part in by_weight)


@pytest.mark.parametrize(
    ("fen", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (1, [1, 1], [1, 0]),
        (10, [0, 3, 0, 3], [0, 5, 0, 5]),
        (0, [7, 5], [0, 0]),
        (99, [50, 30, 20], [49, 30, 20]),
    ],
)
def test_ties_go_to_the_earlier_place(fen: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(fen, weights) == parts


@pytest.mark.parametrize(("fen", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_there_must_be_something_to_divide_and_somebody_to_get_it(fen: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="allocate"):
        allocate(fen, weights)


@given(FEN, st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_any_sequence_of_parts_carries_the_whole(fen: int, sizes: list[int]) -> None:
    whole, taken, carried = sum(sizes), 0, 0
    for size in sizes:
        part = cumulative_share(fen, whole, taken, size)
        assert part >= 0
        carried += part
        taken += size
    assert carried == fen


@pytest.mark.parametrize(("whole", "taken", "part"), [(10, 8, 3), (10, -1, 1), (10, 5, -1), (10, 11, 0)])
def test_no_more_units_than_there_are(whole: int, taken: int, part: int) -> None:
    with pytest.raises(ValueError, match="exceed"):
        cumulative_share(100, whole, taken, part)


@given(st.data(), st.integers(1, 200))
def test_what_is_left_tells_how_many_units_carry_it(data: st.DataObject, whole: int) -> None:
    fen = data.draw(st.integers(whole, 10**9))
    taken = data.draw(st.integers(0, whole))
    assert units_carrying(fen - cumulative_share(fen, whole, 0, taken), fen, whole) == whole - taken
    assert units_carrying(0, 0, whole) == whole, "of nothing nothing was taken"


@given(FEN, st.integers(0, 10_000))
def test_basis_points_round_down_and_never_exceed_the_whole(fen: int, bp: int) -> None:
    assert 0 <= basis_points(fen, bp) <= fen
    assert basis_points(fen, bp) * 10_000 <= fen * bp < (basis_points(fen, bp) + 1) * 10_000


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12.50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        ("0", 0),
        ("0.01", 1),
        ("007.10", 710),
        (" 29.90 ", 2990),
        ("¥29.90", 2990),
        ("￥29.90", 2990),
        ("1,234.56", 123_456),
        ("1,234,567", 123_456_700),
        ("20,000,000", MAX_FEN),
    ],
)
def test_what_is_an_amount(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


REFUSED = [
    *("", " ", "¥", ".", ".5", "5.", "1.234", "abc", "12元", "1 2", "1\n2", "0x10", "1_000"),
    *("+1", "-1", "-0.01", "−1", "--1", "1-", "(1)"),
    *("1e3", "1E3", "1e-2", "NaN", "nan", "inf", "Infinity", "-inf"),
    *("１", "１２.５", "1２", "٣", "१", "一百", "12。5", "12．5", "²"),
    *("12,50", "1,2,3", ",1", "1,", "1,23,456", "12,345,6", "1,,000", "¥¥1", "1.000,00", "1.5.5"),
    *("1000000000", "9" * 5000, "\x0012", "12\x00"),
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:20])
def test_what_is_none(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"money\.not_an_amount"):
        parse_yuan(text)


@pytest.mark.parametrize("text", ["20000000.01", "999,999,999", "999999999.99"])
def test_more_than_a_column_holds_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"money\.too_large"):
        parse_yuan(text)


@given(st.integers(0, MAX_FEN))
def test_what_is_shown_can_be_typed(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        fen = parse_yuan(text)
    except InvalidInput:
        return
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize(
    ("fen", "text"), [(1250, "¥12.50"), (-1250, "−¥12.50"), (5, "¥0.05"), (123_456_789, "¥1,234,567.89")]
)
def test_how_an_amount_is_written(fen: int, text: str) -> None:
    assert format_yuan(fen) == text
