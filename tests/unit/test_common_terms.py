"""Where common words stand is read from a file beside the index, and from the index where there is no such file."""

from pathlib import Path

import pytest
import rjieba
from whoosh import index as whoosh_index

from catalog.search import common_terms
from catalog.search.common_terms import CommonTerms
from catalog.search.postings import FIELDS
from catalog.search.question import Wanted
from catalog.search.rules import Document
from catalog.search.whoosh_backend import SCHEMA, WhooshBackend
from marketplace.kernel.bits import bits_of

NAMES = ("猕猴桃", "核桃", "苹果")
ASKED = [[Wanted(name, (name,))] for name in (*NAMES, "水果", "罕见", "桃")]


def _document(number: int, title: str = "") -> Document:
    name = NAMES[number % 3]
    return Document(number, title or f"周至{name}", "", name, "", "fruit", "水果", 1, "示例合作社", ())


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WhooshBackend:
    monkeypatch.setattr("catalog.search.whoosh_backend.REFRESH_SECONDS", 0.0)
    made = WhooshBackend(tmp_path, rjieba.cut)
    made.rebuild([*(_document(number) for number in range(1, 701)), _document(701, "罕见猕猴桃")])
    return made


def _folder(tmp_path: Path) -> Path:
    return tmp_path / (tmp_path / "current").read_text("ascii")


def _answers(backend: WhooshBackend) -> list[list[int]]:
    return [[each for group in backend.find(asked, 1000) for each in group] for asked in ASKED]


def test_every_common_term_is_there_with_all_its_places(tmp_path: Path, backend: WhooshBackend) -> None:
    backend.update([], [3, 6])
    with whoosh_index.open_dir(str(_folder(tmp_path)), schema=SCHEMA).reader() as whole:
        [(reader, _)] = whole.leaf_readers()
        there = CommonTerms.open(_folder(tmp_path), reader)
        assert there is not None
        deleted = bits_of([2, 5])
        told = set()
        for field in FIELDS:
            for term in reader.lexicon(field):
                text = term.decode()
                places = bits_of(list(reader.postings(field, text).all_ids()))
                bits = there.bits(field, text)
                assert (bits is None) == (reader.doc_frequency(field, text) < common_terms.LEAST_DOCUMENTS)
                if bits is not None:
                    told.add(text)
                    assert bits & ~deleted == places
        assert {"核桃", "水果"} <= told
        assert "罕见" not in told
        assert there.bits("title", "无") is None


@pytest.mark.parametrize("damage", ["none", "gone", "empty", "cut", "altered"])
def test_without_it_or_with_a_damaged_one_the_answers_are_the_same(
    tmp_path: Path, backend: WhooshBackend, damage: str
) -> None:
    expected = _answers(backend)
    assert [len(ids) for ids in expected] == [234, 234, 234, 701, 1, 468]
    [path] = _folder(tmp_path).glob("*.common")
    data = path.read_bytes()
    path.unlink()
    changed = {
        "none": data,
        "empty": b"",
        "cut": data[: len(data) // 2],
        "altered": bytes(byte ^ 255 for byte in data[:40]) + data[40:],
    }
    if damage != "gone":
        path.write_bytes(changed[damage])
    assert _answers(WhooshBackend(tmp_path, rjieba.cut)) == expected


def test_whoever_opened_the_segment_before_it_was_written_uses_it_later(
    tmp_path: Path, backend: WhooshBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    [path] = _folder(tmp_path).glob("*.common")
    path.unlink()
    expected = _answers(backend)
    backend.update([], [1])  # writes what is missing
    read = list[str]()
    monkeypatch.setattr(CommonTerms, "bits", lambda _self, field, text: read.append(f"{field} {text}"))
    backend.find([Wanted("社", ("社",))], 10)
    assert path.exists()
    assert "supplier 社" in read
    assert _answers(backend) == [[each for each in ids if each != 1] for ids in expected]


def test_the_file_goes_with_its_segment(tmp_path: Path, backend: WhooshBackend) -> None:
    expected = _answers(backend)
    [path] = _folder(tmp_path).glob("*.common")
    backend.update([_document(702, "另一种")], [])
    backend.update([], [702])
    whoosh_index.open_dir(str(_folder(tmp_path)), schema=SCHEMA).writer().commit(optimize=True)
    assert not path.exists()
    backend.update([], [703])
    [other] = _folder(tmp_path).glob("*.common")
    assert other.name != path.name
    assert _answers(backend) == expected
