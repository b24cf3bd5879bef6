"""The engine by itself: many ask at once, and what it finds comes as the rule of closeness has it."""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rjieba

from catalog.search.backend import IndexMissing
from catalog.search.question import Wanted
from catalog.search.rules import Document, closeness
from catalog.search.whoosh_backend import WhooshBackend

NAMES = ("猕猴桃", "核桃", "苹果", "木耳", "蜂蜜", "石榴", "葡萄")


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads change as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def _document(number: int) -> Document:
    name = NAMES[number % 7]
    place = (("610124103228", "富饶村"),)
    return Document(
        number, f"周至{name}", f"第 {number} 批", name, "", "fruit", "水果", 1, "示例合作社", place
    )


@pytest.mark.usefixtures("restless")
def test_many_questions_at_once_are_each_answered_right(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path, rjieba.cut)
    backend.rebuild(_document(number) for number in range(1, 701))
    asked = [[Wanted(name, (name,))] for name in NAMES]
    right = [backend.find(each, 240) for each in asked]
    assert [len(found) for [found] in right] == [100] * 7
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda turn: backend.find(asked[turn % 7], 240), range(210)))
    assert answers == [right[turn % 7] for turn in range(210)]


SIGNS = "桃苹果木耳"


def _any_document(number: int, rng: random.Random) -> Document:
    """Of few signs, so that words stand everywhere, and none twice in one text: where all pairs of a word are, it is."""

    def text(longest: int) -> str:
        return "".join(rng.sample(SIGNS, rng.randrange(1, longest)))

    place = (("610124103228", text(4)),)
    return Document(number, text(6), text(4), text(4), "", "fruit", "鲜", 1, text(4), place)


def _fits(document: Document, asked: list[Wanted], whole: str) -> int:
    texts = {standing: "\n".join(each) for standing, each in document.texts.items()}
    return closeness(texts, [(each.words, each.place) for each in asked], whole)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("any_of", [False, True])
@pytest.mark.parametrize(
    "common", [5, 1000]
)  # places read from the file beside the index, and from the index
def test_what_fits_best_comes_first_in_every_way_of_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, any_of: bool, common: int
) -> None:
    monkeypatch.setattr("catalog.search.common_terms.LEAST_DOCUMENTS", common)
    rng = random.Random(seed)
    goods = {number: _any_document(number, rng) for number in range(1, 121)}
    backend = WhooshBackend(tmp_path, rjieba.cut)
    backend.rebuild(each for each in goods.values() if each.listing_id <= 90)
    backend.update([each for each in goods.values() if each.listing_id > 90], [1, 2, 95])
    words = [("桃",), ("苹果", "桃"), ("木耳",), ("果木",)]
    asked = [Wanted(each[0], each, place=rng.random() < 0.3) for each in rng.sample(words, 2)]
    whole = "".join(each.asked for each in asked)
    has = all if not any_of else any
    expected: dict[int, list[int]] = {}
    for number, document in goods.items():
        texts = "\n".join(text for each in document.texts.values() for text in each)
        if number not in {1, 2} and has(any(word in texts for word in each.words) for each in asked):
            expected.setdefault(_fits(document, asked, whole), []).append(number)
    groups = backend.find(asked, 240, any_of=any_of, whole=whole)
    assert [sorted(group) for group in groups] == [sorted(expected[fit]) for fit in sorted(expected)[::-1]]
    assert len([each for group in backend.find(asked, 3, any_of=any_of, whole=whole) for each in group]) <= 3


def test_an_index_with_other_fields_is_built_again(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path, rjieba.cut)
    backend.rebuild([_document(1)])
    (tmp_path / "current").write_text("aa487b142de04425b91f7b0fb1bd0e7f", "ascii")
    with pytest.raises(IndexMissing):
        backend.check()
