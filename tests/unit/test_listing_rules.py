"""Rules of listings and of search words: pure, so tables are enough."""

import pytest

from catalog.products.rules import Readiness, blockers, moved, parse_specs
from catalog.search.rules import marked, normalise, short_place, tokens, tokens_asked
from marketplace.kernel.errors import InvalidInput
from marketplace.storefront.filters import Filters, pages_of, parse


@pytest.mark.parametrize("colon", [":", "：", "： ", " :"])
def test_specs_take_either_colon(colon: str) -> None:
    assert parse_specs(f"保存{colon}阴凉处\n\n标准{colon}GB/T 40743:2021") == [
        ["保存", "阴凉处"],
        ["标准", "GB/T 40743:2021"],
    ]


@pytest.mark.parametrize("text", ["没有冒号", "：只有值", "只有名："])
def test_a_line_that_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"listing\.specs"):
        parse_specs(text)


def test_what_is_missing_is_said_in_the_order_one_mends_it() -> None:
    assert blockers(Readiness(False, False, 0, 0)) == [
        "listing.no_certificate",
        "listing.no_terms",
        "listing.no_sku",
        "listing.no_picture",
    ]
    assert blockers(Readiness(True, True, 1, 1, ("5斤",))) == ["listing.below_floor"]
    assert blockers(Readiness(True, True, 1, 1)) == []


@pytest.mark.parametrize(
    ("item", "step", "order"),
    [(1, -1, [1, 2, 3]), (2, -1, [2, 1, 3]), (2, 1, [1, 3, 2]), (3, 1, [1, 2, 3])],
)
def test_pictures_move_one_place(item: int, step: int, order: list[int]) -> None:
    assert moved([1, 2, 3], item, step) == order


def test_marked_parts_add_up_to_the_text() -> None:
    assert marked("周至翠香猕猴桃", ["猕猴桃", "猕猴"]) == [("周至翠香", False), ("猕猴桃", True)]
    assert marked("a<b>", ["<"]) == [("a", False), ("<", True), ("b>", False)]
    assert marked("周至", []) == [("周至", False)]


def test_words_are_folded() -> None:
    assert normalise("  ＡＢ　猕猴桃\x00\n") == "ab 猕猴桃"
    assert tokens("猕猴桃 Ab") == ["猕", "猴", "桃", "猕猴", "猴桃", "ab"]
    assert tokens_asked("猕猴桃 Ab桃") == ["猕猴", "猴桃", "ab", "桃"]
    assert [short_place(name) for name in ("周至县", "王莽街道", "陈村")] == ["周至", "王莽", "陈村"]


@pytest.mark.parametrize(
    ("text", "page"), [("", 1), ("2", 2), ("0", 1), ("-1", 1), ("9999", 40), ("99999", 1), ("１", 1)]
)
def test_pages_are_bounded(text: str, page: int) -> None:
    assert parse({"page": text}, {}, "sold") == Filters(sort="sold", page=page)


def test_the_last_page_is_the_last() -> None:
    assert (pages_of(7, 30).page, pages_of(7, 30).pages) == (2, 2)
    assert pages_of(1, 0).pages == 1
