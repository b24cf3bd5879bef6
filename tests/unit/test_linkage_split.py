"""The split of a line: parts add up, nothing exceeds the net, the last unit of a lot brings its last fen."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.linkage.rules import (
    SHARE_MODES,
    IncomeKind,
    LinkageMode,
    LotPortion,
    Member,
    SaleTerms,
    Term,
    Worked,
    ceiling_price_fen,
    check_price,
    check_terms,
    floor_price_fen,
    lot_unit_fen,
    projected_income_fen,
    split_income,
    terms_in_words,
)
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.money import basis_points
from orders.refunds.rules import FrozenShare, LinePart, RowPart, reversed_shares

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
    """Any modes together, up to what check_terms allows; who worked is a member."""
    modes = draw(st.sets(st.sampled_from([mode for mode in LinkageMode if mode is not LinkageMode.OWN])))
    bp = {mode: draw(st.integers(1, 3000)) for mode in SHARE_MODES if mode in modes}
    wage = draw(st.integers(1, 5000)) if LinkageMode.LABOUR in modes else 0
    terms = tuple(
        Term(mode, bp.get(mode, 0), 0, wage if mode is LinkageMode.LABOUR else 0) for mode in sorted(modes)
    )
    ids = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=12)))
    members = [Member(each, draw(st.integers(0, 9)), draw(st.integers(0, 900))) for each in ids]
    members[0] = Member(ids[0], max(1, members[0].shares), max(1, members[0].mu_hundredths))
    worked = tuple(Worked(each, draw(st.integers(1, 9000))) for each in ids[: draw(st.integers(1, len(ids)))])
    return SaleTerms(1, terms, tuple(members), 7 if wage else None, worked if wage else ())


@given(
    terms=mixed_terms(),
    total=st.integers(1, 90_000),
    lot_units=st.integers(1, 50),
    fee=st.integers(0, 900),
    more=st.integers(0, 5000),
)
def test_at_the_floor_price_everything_fits_and_a_fen_less_does_not(
    terms: SaleTerms, total: int, lot_units: int, fee: int, more: int
) -> None:
    floor = floor_price_fen(terms, lot_unit_fen(total, lot_units), fee)
    fixed = terms.unit_fen + lot_unit_fen(total, lot_units)

    def needed(at: int) -> int:
        return fixed + -(-at * terms.share_bp // 10_000) + -(-at * fee // 10_000)

    assert needed(floor) <= floor
    assert floor == 1 or needed(floor - 1) > floor - 1
    for price in (floor, floor + more):
        for units in (1, 2, lot_units):
            part = min(units, lot_units)
            rows = split_income(terms, price * part, part, [LotPortion(1, 1, total, lot_units, 0, 0, part)])
            assert all(row.fen > 0 for row in rows)
            assert sum(row.fen for row in rows) + basis_points(price * part, fee) <= price * part


@given(terms=mixed_terms(), net=st.integers(0, 10_000_000), units=st.integers(0, 500))
def test_each_mode_gives_exactly_what_its_term_says(terms: SaleTerms, net: int, units: int) -> None:
    rows = split_income(terms, net, units, [])
    given_by = {mode: sum(row.fen for row in rows if row.mode is mode) for mode in LinkageMode}
    for mode in SHARE_MODES:
        term = terms.term(mode)
        assert given_by[mode] == (basis_points(net, term.share_bp) if term else 0)
    assert given_by[LinkageMode.LABOUR] == terms.unit_fen * units
    mu = {each.household_id for each in terms.members if each.mu_hundredths}
    shares = {each.household_id for each in terms.members if each.shares}
    hours = {each.household_id for each in terms.worked}
    part_in = {LinkageMode.RENT: mu, LinkageMode.LABOUR: hours}
    assert all(row.household_id in part_in.get(row.mode, shares) for row in rows)
    assert len({(row.household_id, row.mode) for row in rows}) == len(rows)


@given(
    terms=mixed_terms(),
    net=st.integers(1, 500_000),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=12),
)
def test_refunds_of_parts_in_any_order_give_back_everything(
    terms: SaleTerms, net: int, cuts: list[int]
) -> None:
    units = sum(cuts)
    lots = [LotPortion(1, 1, net // 3, units, 0, 0, units)] if terms.term(LinkageMode.PURCHASE) else []
    rows = split_income(terms, net, units, lots)
    shares = [FrozenShare(place, row.lot_id, row.fen) for place, row in enumerate(rows)]
    undone = [0] * len(rows)
    refunded = 0
    for part in cuts:
        row = RowPart(1, 1, 1 if lots else None, units, refunded, part)
        for place, fen in reversed_shares(shares, [row], LinePart(net, 0, units, refunded, part)):
            undone[place] += fen
        refunded += part
        assert all(0 <= back <= row.fen for back, row in zip(undone, rows, strict=True))
    assert undone == [row.fen for row in rows]


@given(
    terms=mixed_terms(),
    lot=st.integers(0, 9000),
    fee=st.integers(0, 500),
    more=st.integers(0, 900),
    which=st.sampled_from(["lot", "wage", "share", "fee"]),
)
def test_who_is_promised_more_never_has_a_lower_floor(
    terms: SaleTerms, lot: int, fee: int, more: int, which: str
) -> None:
    before = floor_price_fen(terms, lot, fee)
    if which == "lot":
        assert floor_price_fen(terms, lot + more, fee) >= before
    elif which == "fee":
        assert floor_price_fen(terms, lot, min(fee + more, 900)) >= before
    else:
        mode = LinkageMode.LABOUR if which == "wage" else LinkageMode.RENT
        extra = Term(mode, *((0, 0, more) if which == "wage" else (min(more, 90), 0, 0)))
        richer = SaleTerms(1, (*terms.terms, extra), terms.members, 7, terms.worked)
        assert floor_price_fen(richer, lot, fee) >= before


def test_wages_go_by_minutes_and_ties_by_household_id() -> None:
    terms = SaleTerms(
        1,
        (Term(LinkageMode.LABOUR, unit_fen=100),),
        (Member(30), Member(10), Member(20)),
        7,
        (Worked(30, 60), Worked(10, 60), Worked(20, 60)),
    )
    rows = split_income(terms, 5000, 1, [])
    assert {row.household_id: row.fen for row in rows} == {10: 34, 20: 33, 30: 33}
    assert {row.kind for row in rows} == {IncomeKind.WAGE}
    assert sum(row.fen for row in split_income(terms, 10**6, 7, [])) == 700


def test_wages_without_hours_are_nobodys_and_still_count_in_the_projection() -> None:
    terms = SaleTerms(1, (Term(LinkageMode.LABOUR, unit_fen=150),), (Member(1), Member(2)))
    assert terms.waits_for_hours
    with pytest.raises(ValueError, match="weights"):
        split_income(terms, 5000, 1, [])
    assert projected_income_fen(terms, 5000, None) == 150


def test_own_produce_leaves_what_other_modes_take() -> None:
    terms = SaleTerms(
        2,
        (
            Term(LinkageMode.OWN, sponsor_fee_fen=300),
            Term(LinkageMode.LABOUR, unit_fen=200),
            Term(LinkageMode.RENT, 1000),
        ),
        (Member(9, 1, 50),),
        3,
        (Worked(9, 10),),
    )
    rows = split_income(terms, 10_000, 2, [])
    assert [(row.mode, row.fen) for row in rows] == [
        (LinkageMode.LABOUR, 400),
        (LinkageMode.OWN, 8000),
        (LinkageMode.RENT, 1000),
    ]


DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("terms", "members", "code", "field"),
    [
        ([], [Member(1)], "linkage.no_terms", "modes"),
        ([Term(LinkageMode.RENT, 500)], [], "linkage.no_members", "members"),
        ([Term(LinkageMode.RENT, 500)], [Member(1, 3, 0)], "linkage.no_mu", "members"),
        (
            [Term(LinkageMode.RENT, 500)],
            [Member(1, 1, 5), Member(2, 1, 0)],
            "linkage.member_without_part",
            "members",
        ),
        ([Term(LinkageMode.DIVIDEND, 500)], [Member(1, 0, 5)], "linkage.bad_shares", "members"),
        ([Term(LinkageMode.TRUSTEESHIP, 0)], [Member(1)], "linkage.bad_share", "trusteeship_percent"),
        ([Term(LinkageMode.RENT, 9001)], [Member(1, 0, 5)], "linkage.bad_share", "rent_percent"),
        ([Term(LinkageMode.LABOUR)], [Member(1)], "linkage.bad_wage", "unit_fen"),
        (
            [Term(LinkageMode.TRUSTEESHIP, 5000), Term(LinkageMode.DIVIDEND, 4001)],
            [Member(1)],
            "linkage.shares_together",
            "share_percent",
        ),
        (
            [Term(LinkageMode.OWN), Term(LinkageMode.LABOUR, unit_fen=5)],
            [Member(1), Member(2)],
            "linkage.own_needs_one",
            "members",
        ),
        (
            [Term(LinkageMode.PURCHASE), Term(LinkageMode.PURCHASE)],
            [Member(1)],
            "linkage.no_terms",
            "modes",
        ),
    ],
)
def test_what_no_agreement_can_say(terms: list[Term], members: list[Member], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_terms(terms, members, DAY, DAY)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_household_may_only_rent_out_land_where_others_hold_shares() -> None:
    check_terms(
        [Term(LinkageMode.RENT, 500), Term(LinkageMode.DIVIDEND, 500)],
        [Member(1, 0, 5), Member(2, 3)],
        DAY,
        DAY,
    )


def test_each_mode_has_words_with_its_figure() -> None:
    words = terms_in_words([Term(mode, 1250, 300, 250) for mode in LinkageMode])
    assert len(set(words)) == len(LinkageMode)
    assert any("12.5%" in word and "亩" in word for word in words)
    assert any("2.50 元" in word and "工" in word for word in words)


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


@given(mixed_terms())
def test_all_modes_survive_the_order_line_as_json(terms: SaleTerms) -> None:
    assert SaleTerms.from_json(json.loads(json.dumps(terms.to_json()))) == terms


def test_what_was_frozen_before_there_were_wages_is_still_read() -> None:
    old = {"agreement_id": 5, "terms": [["dividend", 150, 0]], "members": [[3, 2]]}
    assert SaleTerms.from_json(old) == SaleTerms(5, (Term(LinkageMode.DIVIDEND, 150),), (Member(3, 2),))
