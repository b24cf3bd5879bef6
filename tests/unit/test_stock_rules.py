"""I3 holds whatever happens to a row of stock, and nothing is taken that is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.stock.rules import Counts, MovementKind, OpenRow, moved, take_oldest_first
from marketplace.kernel.errors import Conflict

MOVES = st.lists(
    st.tuples(st.sampled_from(MovementKind), st.integers(-5, 20).filter(bool)), min_size=1, max_size=60
)


@given(MOVES)
def test_any_sequence_of_movements_keeps_the_balance(moves: list[tuple[MovementKind, int]]) -> None:
    counts = Counts()
    for kind, units in moves:
        try:
            counts = moved(counts, kind, units)
        except (Conflict, ValueError):
            continue
        assert counts.balances
        assert 0 <= counts.restocked <= counts.sold
        assert counts.taken == counts.received + counts.adjusted - counts.available


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 60))
def test_takes_add_up_to_what_was_wanted_or_nothing_is_taken(available: list[int], units: int) -> None:
    rows = [OpenRow(i, None, have, taken=3, booked_fen=0) for i, have in enumerate(available)]
    takes = take_oldest_first(rows, units)
    if units > sum(available):
        assert takes is None
        return
    assert takes is not None
    assert sum(take.units for take in takes) == units
    used = {take.stock_row_id: take.units for take in takes}
    assert all(0 < used[row] <= available[row] for row in used)
    # oldest first: whatever lies before the last row used is used up
    last = max(used)
    assert all(used.get(row, 0) == available[row] for row in range(last))


@pytest.mark.parametrize(
    ("kind", "units"),
    [
        (MovementKind.RESERVE, 6),
        (MovementKind.RELEASE, 3),
        (MovementKind.SELL, 3),
        (MovementKind.RESTOCK, 2),
        (MovementKind.ADJUST, -6),
    ],
)
def test_more_than_there_is_is_refused(kind: MovementKind, units: int) -> None:
    counts = Counts(received=8, sold=1, available=5, reserved=2)
    assert counts.balances
    with pytest.raises(Conflict):
        moved(counts, kind, units)


@pytest.mark.parametrize(("kind", "units"), [(MovementKind.SELL, 0), (MovementKind.RESERVE, -1)])
def test_a_movement_moves_something(kind: MovementKind, units: int) -> None:
    with pytest.raises(ValueError, match="moves something"):
        moved(Counts(received=8, available=8), kind, units)


def test_a_whole_life_of_a_row() -> None:
    counts = Counts()
    for kind, units in [
        (MovementKind.RECEIVE, 10),
        (MovementKind.RESERVE, 4),
        (MovementKind.RELEASE, 1),
        (MovementKind.SELL, 3),
        (MovementKind.RESTOCK, 2),
        (MovementKind.ADJUST, -1),
    ]:
        counts = moved(counts, kind, units)
    assert counts == Counts(received=10, restocked=2, sold=3, adjusted=-1, available=8, reserved=0)
    assert counts.taken == 1
