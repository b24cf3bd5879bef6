"""The engine by itself: many ask at once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rjieba

from catalog.search.question import Wanted
from catalog.search.rules import Document
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
    assert [len(found) for found in right] == [100] * 7
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda turn: backend.find(asked[turn % 7], 240), range(210)))
    assert answers == [right[turn % 7] for turn in range(210)]
