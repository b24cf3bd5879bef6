"""The split of a line: parts add up, nothing exceeds the net, the last unit of a lot brings its last fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.linkage.rules import (
    IncomeKind,
    LinkageMode,
    LotPortion,
    Member,
    SaleTerms,
    Term,
    ceiling_price_fen,
    check_price,
    fixed_per_unit_fen,
    floor_price_fen,
    projected_income_fen,
    split_income,
)
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.money import basis_points

PURCHASE = SaleTerms(1, (Term(LinkageMode.PURCHASE),), (Member(7), Member(8)))
OWN = SaleTerms(2, (Term(LinkageMode.OWN, sponsor_fee_fen=300),), (Member(9),))


def dividend(bp: int, *members: tuple[int, int]) -> SaleTerms:
    return SaleTerms(3, (Term(LinkageMode.DIVIDEND, share_bp=bp),), tuple(Member(*each) for each in members))


@pytest.mark.parametrize(
    ("net", "units", "expected"), [(5000, 1, 4700), (10000, 2, 9400), (600, 2, 0), (500, 2, 0), (601, 2, 1)]
)
def test_own_produce_is_net_without_the_sponsors_fee(net: int, units: int, expected: int) -> None:
    rows = split_income(OWN, net, units, [])
    assert [(row.household_id, row.kind, row.fen) for row in rows] == (
        [(9, IncomeKind.OPERATING, expected)] if expected else []
    )


def test_own_produce_of_two_households_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        split_income(SaleTerms(2, OWN.terms, (Member(1), Member(2))), 100, 1, [])


@given(total=st.integers(0, 500_000), units=st.integers(1, 60), cuts=st.lists(st.integers(1, 9), max_size=60))
def test_a_lot_sold_in_any_pieces_brings_exactly_its_total(total: int, units: int, cuts: list[int]) -> None:
    taken = booked = 0
    for cut in [*cuts, units]:
        part = min(cut, units - taken)
        if part:
            rows = split_income(PURCHASE, 10**9, part, [LotPortion(4, 7, total, units, taken, booked, part)])
            booked += sum(row.fen for row in rows)
            taken += part
    assert booked == total


@given(total=st.integers(0, 90_000), units=st.integers(2, 40), gone=st.data())
def test_after_a_return_the_rest_of_the_lot_corrects_itself(
    total: int, units: int, gone: st.DataObject
) -> None:
    sold: list[int] = []
    for taken in range(units):
        portion = LotPortion(4, 7, total, units, taken, sum(sold), 1)
        sold.append(sum(row.fen for row in split_income(PURCHASE, 10**9, 1, [portion])))
    back = gone.draw(st.sets(st.integers(0, units - 1), min_size=1))
    booked = sum(fen for place, fen in enumerate(sold) if place not in back)
    for taken in range(units - len(back), units):
        portion = LotPortion(4, 7, total, units, taken, booked, 1)
        booked += sum(row.fen for row in split_income(PURCHASE, 10**9, 1, [portion]))
    assert booked == total


def test_a_row_names_its_lot_and_the_units_taken_from_it() -> None:
    lots = [LotPortion(4, 7, 1000, 3, 0, 0, 2), LotPortion(5, 8, 900, 3, 1, 300, 1)]
    rows = split_income(PURCHASE, 10_000, 3, lots)
    assert [(row.household_id, row.lot_id, row.lot_units, row.fen) for row in rows] == [
        (7, 4, 2, 666),
        (8, 5, 1, 300),
    ]


@given(
    net=st.integers(0, 10_000_000),
    bp=st.integers(1, 10_000),
    shares=st.lists(st.integers(1, 1000), min_size=1, max_size=30),
)
def test_dividend_parts_add_up_to_the_share(net: int, bp: int, shares: list[int]) -> None:
    members = [(household, share) for household, share in enumerate(shares, 1)]
    rows = split_income(dividend(bp, *members), net, 1, [])
    assert sum(row.fen for row in rows) == basis_points(net, bp) <= net
    assert all(row.kind is IncomeKind.PROPERTY for row in rows)


def test_ties_go_by_household_id_whatever_the_order_of_members() -> None:
    rows = split_income(dividend(10_000, (30, 1), (10, 1), (20, 1)), 100, 1, [])
    assert {row.household_id: row.fen for row in rows} == {10: 34, 20: 33, 30: 33}


@st.composite
def mixed_terms(draw: st.DrawFn) -> SaleTerms:
    terms = []
    if draw(st.booleans()):
        terms.append(Term(LinkageMode.PURCHASE))
    if draw(st.booleans()):
        terms.append(Term(LinkageMode.DIVIDEND, share_bp=draw(st.integers(1, 5000))))
    members = tuple(
        Member(each, draw(st.integers(1, 9))) for each in draw(st.sets(st.integers(1, 99), min_size=1))
    )
    return SaleTerms(1, tuple(terms), members)


@given(
    terms=mixed_terms(), total=st.integers(1, 90_000), lot_units=st.integers(1, 50), fee=st.integers(0, 1500)
)
def test_at_the_floor_price_everything_fits_and_a_fen_less_does_not(
    terms: SaleTerms, total: int, lot_units: int, fee: int
) -> None:
    fixed = fixed_per_unit_fen(terms, (total, lot_units))
    price = floor_price_fen(terms, fixed, fee)

    def needed(at: int) -> int:
        return fixed + -(-at * terms.share_bp // 10_000) + -(-at * fee // 10_000)

    assert needed(price) <= price
    assert price == 1 or needed(price - 1) > price - 1
    for units in (1, 2, lot_units):
        part = min(units, lot_units)
        rows = split_income(terms, price * part, part, [LotPortion(1, 1, total, lot_units, 0, 0, part)])
        assert sum(row.fen for row in rows) + basis_points(price * part, fee) <= price * part


def test_own_produce_has_a_ceiling_where_the_sponsors_fee_no_longer_carries_the_platform_fee() -> None:
    assert ceiling_price_fen(OWN, 200) == 15_000
    check_price(OWN, 15_000, 0, 200)
    with pytest.raises(InvalidInput) as refused:
        check_price(OWN, 15_001, 0, 200)
    assert (refused.value.code, refused.value.field) == ("linkage.price_above_ceiling", "price_fen")


@pytest.mark.parametrize(("sponsor_fee", "fee_bp", "floor"), [(300, 200, 300), (0, 0, 1), (1, 5000, 1)])
def test_the_sponsors_fee_is_the_floor_of_own_produce(sponsor_fee: int, fee_bp: int, floor: int) -> None:
    terms = SaleTerms(2, (Term(LinkageMode.OWN, sponsor_fee_fen=sponsor_fee),), (Member(9),))
    assert floor_price_fen(terms, 0, fee_bp) == floor


def test_a_price_below_the_floor_names_the_floor() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_price(PURCHASE, 999, 1000, 200)
    assert (refused.value.code, refused.value.params["floor_fen"]) == ("linkage.price_below_floor", 1021)


def test_shares_that_leave_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput):
        floor_price_fen(dividend(9_900, (1, 1)), 0, 200)


@pytest.mark.parametrize(
    ("terms", "lot", "expected"),
    [(PURCHASE, (1000, 3), 333), (PURCHASE, None, 0), (OWN, None, 4700), (dividend(1250, (1, 1)), None, 625)],
)
def test_the_projection_is_one_unit_at_its_price(
    terms: SaleTerms, lot: tuple[int, int] | None, expected: int
) -> None:
    assert projected_income_fen(terms, 5000, lot) == expected


def test_terms_survive_the_order_line() -> None:
    terms = SaleTerms(5, (*PURCHASE.terms, *dividend(150, (1, 2)).terms), (Member(3, 2), Member(1, 9)))
    assert SaleTerms.from_json(terms.to_json()) == terms
