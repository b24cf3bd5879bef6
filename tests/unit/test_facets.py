"""Attributes and choices: what a category inherits, and that every count is how many the choice would leave."""

import random
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from catalog.attributes.rules import (
    Attribute,
    AttributeKind,
    attributes_of,
    check_options,
    offered_of,
    values_of,
)
from catalog.search.vocabulary import Slips, one_slip
from marketplace.kernel.bits import bits_of, places_of
from marketplace.kernel.errors import InvalidInput
from marketplace.storefront.facets import Table
from marketplace.storefront.filters import Filters, bands_of_income, bands_of_price, parse
from marketplace.storefront.narrowing import Row, narrowing

PARENTS = {"fruit": None, "fruit-kiwi": "fruit", "egg": None, "round": "trip", "trip": "round"}
MARKS = Attribute(1, None, "标志", AttributeKind.MARKS, {10: "绿色食品", 11: "有机产品"})
GRADE = Attribute(2, "fruit", "等级", AttributeKind.CHOICE, {20: "一级", 21: "二级"})
VARIETY = Attribute(3, "fruit-kiwi", "品种", AttributeKind.CHOICE, {30: "翠香", 31: "瑞玉"})
KIWI_GRADE = Attribute(4, "fruit-kiwi", "等级", AttributeKind.CHOICE, {40: "特级"})
ALL = [MARKS, GRADE, VARIETY, KIWI_GRADE]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("fruit-kiwi", [VARIETY, KIWI_GRADE, MARKS]),
        ("fruit", [GRADE, MARKS]),
        ("egg", [MARKS]),
        ("round", [MARKS]),
    ],
)
def test_a_category_has_its_own_attributes_and_what_it_inherits(code: str, expected: list[Attribute]) -> None:
    assert attributes_of(code, ALL, PARENTS) == expected
    of_a_visit = [each for each in expected if each is not MARKS]
    assert attributes_of(code, ALL, PARENTS, is_visit=True) == of_a_visit  # a garden has no shelf life


def test_a_retired_attribute_hides_no_other_of_its_name() -> None:
    retired = replace(KIWI_GRADE, retired={40})
    found = attributes_of("fruit-kiwi", [GRADE, retired], PARENTS)
    assert found == [retired, GRADE]
    assert offered_of(found) == [GRADE]
    assert offered_of([replace(GRADE, retired={20})]) == [replace(GRADE, options={21: "二级"})]
    assert values_of(found, {40}) == [("等级", ["特级"])]


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        ({10, 11, 20}, None, None),
        (set(), None, None),
        ({20, 21}, "attributes.one_only", "attribute_2"),
        ({30}, "attributes.unknown", None),
        ({999}, "attributes.unknown", None),
    ],
)
def test_only_what_the_category_offers_and_one_of_a_choice(
    chosen: set[int], code: str | None, field: str | None
) -> None:
    if code is None:
        check_options([GRADE, MARKS], chosen)
        return
    with pytest.raises(InvalidInput) as refused:
        check_options([GRADE, MARKS], chosen)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_what_is_said_stands_in_the_order_of_the_attributes() -> None:
    assert values_of([GRADE, MARKS], {11, 10, 21}) == [("等级", ["二级"]), ("标志", ["绿色食品", "有机产品"])]


@pytest.mark.parametrize(
    ("text", "options"),
    [("11.20", (11, 20)), ("20.21", (20,)), ("99.x.-1.²", ()), ("", ()), ("10.11", (10,))],
)
def test_options_are_read_from_the_address(text: str, options: tuple[int, ...]) -> None:
    assert parse({"a": text}, {}, "sold", attributes=[GRADE, MARKS]).options == options


def test_bits_keep_places() -> None:
    places = sorted(random.Random(7).sample(range(500), 60))
    assert list(places_of(bits_of(places))) == places
    assert (bits_of([]), list(places_of(0))) == (0, [])


def goods(number: int, rng: random.Random) -> Any:
    price = rng.choice([990, 1999, 2000, 5000, 7000, 12_000])
    return SimpleNamespace(
        id=number,
        category_code=rng.choice(["fruit", "fruit-kiwi", "egg"]),
        county_code=rng.choice(["61", "62"]),
        supplier_id=rng.randrange(4),
        from_price_fen=price,
        from_income_fen=rng.choice([0, 500, price // 2]),
        season_months=list(range(1, 13)) if rng.random() < 0.5 else [],
        cover_token=None if rng.random() < 0.5 else f"cover{number}",
        in_stock=rng.random() < 0.7,
        options={10, 20} if rng.random() < 0.5 else {rng.choice([11, 21])},
    )


ROWS = [goods(number, random.Random(number)) for number in range(300)]
ATTRIBUTE_OF = {10: 1, 11: 1, 20: 2, 21: 2}
TABLE = Table(
    ROWS,
    [(row.id, ATTRIBUTE_OF[option], option) for row in ROWS for option in sorted(row.options)],
    {"61": "周至县", "62": "蓝田县"},
    {str(number): f"合作社{number}" for number in range(4)},
)


def fits(row: Any, asked: Filters) -> bool:
    return all(
        (
            not asked.county or row.county_code == asked.county,
            not asked.price or asked.price in bands_of_price(row.from_price_fen),
            asked.price or (asked.low_fen or 0) <= row.from_price_fen <= (asked.high_fen or 10**9),
            not asked.income or asked.income in bands_of_income(row.from_income_fen, row.from_price_fen),
            not asked.supplier or str(row.supplier_id) == asked.supplier,
            not asked.in_stock or row.in_stock,
            not asked.in_season or bool(row.season_months),
            set(asked.options) <= row.options,
        )
    )


ASKED = [
    "",
    "county=61",
    "price=20-50&stock=1",
    "low=20&high=70&a=20",
    "a=10.20&season=1",
    "supplier=2&income=half",
    "county=62&stock=1&season=1&a=21&price=-20&supplier=1",
]


def arguments(query: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in query.split("&") if pair)


@pytest.mark.parametrize("query", ASKED)
@pytest.mark.parametrize("codes", [("fruit", "fruit-kiwi"), ("egg",), ("nothing",)])
def test_every_choice_counts_what_it_would_leave(query: str, codes: tuple[str, ...]) -> None:
    """What a link promises is what a list narrowed by its address holds; what would be empty is not offered."""

    def held(changed: dict[str, str]) -> int:
        asked = parse(changed, TABLE.counties, "sold", TABLE.suppliers, [GRADE, MARKS])
        return sum(row.category_code in codes and fits(row, asked) for row in ROWS)

    asked = parse(arguments(query), TABLE.counties, "sold", TABLE.suppliers, [GRADE, MARKS])
    found = narrowing(TABLE, TABLE.of_categories(codes), asked, [GRADE, MARKS])
    rows: list[Row] = [*found.rows, *found.more]
    for row in rows:
        for choice in row.choices:
            if not choice.chosen or row.any_href:
                assert choice.count == held(arguments(choice.href[1:])), (row.label, choice)
            assert choice.count or choice.chosen
    assert {name: count for name, _, count in found.sellers if count} == {
        name: count for name in TABLE.suppliers if (count := held({**arguments(query), "supplier": name}))
    }


def test_a_category_shows_the_picture_of_what_sells_best_in_it() -> None:
    best = next(row.cover_token for row in ROWS if row.category_code == "egg" and row.cover_token)
    assert (TABLE.cover_of(["egg"]), TABLE.cover_of(["nothing"])) == (best, None)


def test_slips_lose_no_word_that_is_one_slip_away() -> None:
    rng = random.Random(3)
    words = ["".join(rng.choices("abcd", k=rng.randint(3, 6))) for _ in range(300)]
    slips = Slips(dict.fromkeys(words))
    for word in words[:60]:
        assert {other for other in slips.about(word) if one_slip(word, other)} == {
            other for other in words if one_slip(word, other) and _shares_a_deletion(word, other)
        }


def _shares_a_deletion(one: str, other: str) -> bool:
    def rests(word: str) -> set[str]:
        return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}

    return bool(rests(one) & rests(other))
