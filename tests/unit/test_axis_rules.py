"""Packings chosen by two lists of words: what a name must be, and what each word leads to."""

import pytest

from catalog.products.axis_rules import checked_axes, composed, spelled, unfit, words_of
from marketplace.kernel.errors import InvalidInput
from marketplace.storefront.choosing import Axis, Offered, Option, matrix_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("5斤 · 大果", ("5斤", "大果")),
        ("5斤·大果", ("5斤", "大果")),
        ("5斤  ·大果 ", ("5斤", "大果")),
        ("5斤", None),
        ("5斤 · ", None),
        ("· 大果", None),
        ("5斤 · 大果 · 红心", None),
        ("", None),
    ],
)
def test_a_name_is_two_words_or_none(name: str, words: tuple[str, str] | None) -> None:
    assert words_of(name) == words
    assert spelled(name) == (composed(words) if words else name)


def test_axes_have_two_names_or_none() -> None:
    assert checked_axes("", "") == []
    assert checked_axes("规格", "果型") == ["规格", "果型"]
    for first, second, field in (
        ("规格", "", "second"),
        ("", "果型", "first"),
        ("规格", "规格", "second"),
        ("一二三四五六七八九", "果型", "first"),
    ):
        with pytest.raises(InvalidInput) as refused:
            checked_axes(first, second)
        assert refused.value.field == field


def test_what_is_no_pair_or_a_pair_twice_is_unfit() -> None:
    assert unfit(["5斤 · 大果", "5斤·大果", "10斤整箱", "10斤 · 大果"]) == ["5斤·大果", "10斤整箱"]


KIWI = (
    Offered(1, "5斤 · 中果", ""),
    Offered(2, "5斤 · 大果", ""),
    Offered(3, "10斤 · 中果", ""),
    Offered(4, "礼盒 · 大果", "售罄"),
    Offered(5, "10斤 · 特大", "售罄"),
)


def test_of_the_word_chosen_depends_what_the_others_say_and_where_they_lead() -> None:
    matrix = matrix_of(["规格", "果型"], KIWI, 2)
    assert matrix is not None
    assert matrix.axes == [
        Axis(
            "规格",
            [
                Option("5斤", 2, True, ""),
                Option("10斤", 3, False, "没有这种"),  # of medium size it is there
                Option("礼盒", None, False, "售罄"),  # and of no other size
            ],
        ),
        Axis(
            "果型",
            [
                Option("中果", 1, False, ""),
                Option("大果", 2, True, ""),
                Option("特大", None, False, "没有这种"),
            ],
        ),
    ]
    assert matrix.places == {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (2, 1), 5: (1, 2)}


def test_everything_sold_out_leads_nowhere() -> None:
    matrix = matrix_of(
        ["规格", "果型"], [Offered(1, "5斤 · 中果", "售罄"), Offered(2, "5斤 · 大果", "售罄")], None
    )
    assert matrix is not None
    assert {option.sku_id for axis in matrix.axes for option in axis.options} == {None}
    assert [option.absence for option in matrix.axes[1].options] == ["售罄", "售罄"]


def test_one_list_stays_one() -> None:
    assert matrix_of([], KIWI, 1) is None
    assert matrix_of(["规格", "果型"], KIWI[:1], 1) is None
    assert matrix_of(["规格", "果型"], [*KIWI, Offered(6, "散装", "")], 1) is None
