"""Search: words, places, pinyin, single signs; never empty for an unknown word, never down with its index."""

import shutil
from collections.abc import Iterable, Sequence

import pytest
from flask import Flask

from catalog.products import commands
from catalog.search import engine, queries
from catalog.search.backend import SearchUnavailable
from catalog.search.question import Wanted
from catalog.search.rules import Document
from catalog.search.whoosh_backend import WhooshBackend
from marketplace.kernel import outbox
from marketplace.kernel.settings import Settings
from tests.factories import builders as build


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable()


def sought(word: str) -> Wanted:
    return Wanted(word, (word,))


def ask(question: str) -> list[int]:
    return queries.ask(engine.current_backend(), question).listing_ids


@pytest.mark.parametrize(
    "question",
    [
        "猕猴桃",
        "周至猕猴桃",
        "翠香",
        "周至县",
        "马召",
        "马召镇",
        "群兴村",
        "合作社",
        "猕",
        "mihoutao",
        "mht",
        "mihou",
        "zhouzhi",
        "周至 翠香",
        "猕猴桃脆片",
        "翠香猕猴桃!!",
        "MIHOUTAO",
    ],
)
def test_finds(kiwi: dict[str, int], question: str) -> None:
    assert engine.rebuild() == 1
    assert ask(question) == [kiwi["listing"]]


@pytest.mark.parametrize(
    "question", ["", "   ", "!!!", "\x00", "AND", "title:*", "a" * 5000, "(", '"', "~", "拖拉机"]
)
def test_no_question_breaks_it(kiwi: dict[str, int], question: str) -> None:
    engine.rebuild()
    assert ask(question) == []


# whoosh leaves a file open that it found damaged
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("question", ["猕猴桃", "翠香", "合作社", "猕猴桃脆片"])
@pytest.mark.parametrize("state", ["missing", "damaged"])
def test_answers_without_an_index(
    kiwi: dict[str, int], settings: Settings, question: str, state: str
) -> None:
    if state == "damaged":
        engine.rebuild()
        for file in settings.search_folder.rglob("*.seg"):
            file.write_bytes(b"not an index")
        for file in settings.search_folder.rglob("*.toc"):
            file.write_bytes(b"nor this")
    with pytest.raises(SearchUnavailable):
        engine.current_backend().find([sought(question)], 10)
    assert ask(question) == [kiwi["listing"]]


def test_a_lost_index_is_built_again(kiwi: dict[str, int], settings: Settings) -> None:
    engine.rebuild()
    shutil.rmtree(settings.search_folder)
    engine.heal()
    assert engine.current_backend().find([sought("猕猴桃")], 10) == [[kiwi["listing"]]]


def test_the_worker_follows_the_listing(kiwi: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.search.whoosh_backend.REFRESH_SECONDS", 0.0)
    owner = build.owner_of(kiwi["supplier"])
    engine.rebuild()
    assert ask("石榴") == []
    commands.edit_listing(owner, kiwi["listing"], "临潼石榴")
    outbox.run_pending()
    assert ask("石榴") == [kiwi["listing"]]
    commands.take_off_sale(owner, kiwi["listing"])
    outbox.run_pending()
    assert ask("石榴") == []


def test_many_waiting_messages_cost_one_commit(kiwi: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    engine.rebuild()
    written: list[int] = []
    update = WhooshBackend.update

    def counted(self: WhooshBackend, documents: Sequence[Document], gone: Iterable[int]) -> None:
        written.append(len(documents))
        update(self, documents, gone)

    monkeypatch.setattr(WhooshBackend, "update", counted)
    owner = build.owner_of(kiwi["supplier"])
    for number in range(5):
        commands.edit_listing(owner, kiwi["listing"], f"标题 {number}")
    outbox.run_pending()
    assert written == [1]


def test_a_new_name_is_understood_once_it_is_indexed(
    kiwi: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.search.whoosh_backend.REFRESH_SECONDS", 0.0)
    engine.rebuild()
    assert ask("shanlihong") == []
    commands.edit_listing(build.owner_of(kiwi["supplier"]), kiwi["listing"], "周至山里红")
    outbox.run_pending()
    assert ask("shanlihong") == ask("slh") == ask("山里洪") == [kiwi["listing"]]


def test_damaged_words_are_built_again(kiwi: dict[str, int], settings: Settings) -> None:
    engine.rebuild()
    for file in settings.search_folder.rglob("words.tsv"):
        file.write_bytes(b"\xff no words")
    assert ask("mihoutao") == [kiwi["listing"]]
    engine.heal()
    engine.current_backend().check()
    assert engine.current_backend().vocabulary().spoken("mihoutao") == ["猕猴桃"]


def test_one_writes_at_a_time(kiwi: dict[str, int]) -> None:
    engine.rebuild()
    backend = engine.current_backend()
    assert isinstance(backend, WhooshBackend)
    with backend._writing(), pytest.raises(SearchUnavailable):
        backend.update([], [kiwi["listing"]])
    backend.update([], [kiwi["listing"]])
