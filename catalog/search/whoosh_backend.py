"""Whoosh behind the SearchBackend: one writer at a time, one searcher per process, tokens made outside the engine.

The index lives in a folder named by the file ``current``; a rebuild fills a new folder and then renames the pointer,
so that readers never see half an index. A file lock keeps the worker's writer and a rebuild apart.
"""

import contextlib
import fcntl
import shutil
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import structlog

from catalog.search.backend import IndexMissing, SearchUnavailable
from catalog.search.rules import Document, Tokens, analyse, grams, normalise, segment

with warnings.catch_warnings():
    # 2.7.4 is pinned and no longer maintained: its invalid escapes and `is` with literals are harmless
    warnings.simplefilter("ignore", SyntaxWarning)
    from whoosh import index as whoosh_index
    from whoosh.fields import ID, KEYWORD, Schema
    from whoosh.query import And, ConstantScoreQuery, Or, Prefix, Query, Term
    from whoosh.reading import ReaderClosed
    from whoosh.searching import Searcher

log = structlog.get_logger()

REFRESH_SECONDS = 1.0
_MEMORY_MB = 64
SCHEMA = Schema(
    listing_id=ID(stored=True, unique=True),
    title=KEYWORD(scorable=True, field_boost=4.0),
    words=KEYWORD(scorable=True),
    grams=KEYWORD(scorable=True, field_boost=0.3),
    pinyin=KEYWORD(scorable=True, field_boost=2.0),
)


class WhooshBackend:
    """``cut`` segments Chinese text, ``read`` gives the pinyin syllables of a word."""

    def __init__(
        self, folder: Path, cut: Callable[[str], Iterable[str]], read: Callable[[str], list[str]]
    ) -> None:
        self._folder = folder
        self._cut = cut
        self._read = read
        self._lock = threading.Lock()
        self._searcher: Searcher | None = None
        self._opened = ""
        self._looked_at = 0.0

    def find(self, question: str, limit: int) -> list[int]:
        text = normalise(question)
        words = list(dict.fromkeys(segment(text, self._cut)))
        if not words:
            return []
        for attempt in (1, 2):
            try:
                return self._answer(words, text, limit)
            except ReaderClosed:
                self._forget()
                if attempt == 2:
                    raise SearchUnavailable("reader closed twice") from None
            except SearchUnavailable:
                raise
            except Exception as error:  # a damaged index fails in any way it likes
                self._forget()
                raise SearchUnavailable(repr(error)) from error
        raise AssertionError("unreachable")

    def _answer(self, words: list[str], text: str, limit: int) -> list[int]:
        searcher = self._current()
        hits = searcher.search(And([_word(word) for word in words]), limit=limit)
        if not hits.scored_length():
            loose = [_word(word) for word in words] + [Term("grams", pair) for pair in grams(text)]
            hits = searcher.search(Or(loose), limit=limit)
        return [int(hit["listing_id"]) for hit in hits]

    def _current(self) -> Any:
        """The searcher of this process, looked after at most once a second."""
        with self._lock:
            moment = time.monotonic()
            if self._searcher is not None and moment - self._looked_at < REFRESH_SECONDS:
                return self._searcher
            self._looked_at = moment
            name = self._pointer()
            if self._searcher is None or name != self._opened:
                self._searcher = whoosh_index.open_dir(str(self._folder / name), schema=SCHEMA).searcher()
                self._opened = name
            else:
                self._searcher = self._searcher.refresh()
            return self._searcher

    def _forget(self) -> None:
        with self._lock:
            self._searcher = None

    def _pointer(self) -> str:
        try:
            name = (self._folder / "current").read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError) as error:
            raise IndexMissing("no index") from error
        if not name.isalnum():
            raise IndexMissing("the pointer names no folder")
        return name

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "writer.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SearchUnavailable("someone else is writing") from error
            yield

    def update(self, documents: Sequence[Document], gone: Iterable[int]) -> None:
        with self._writing():
            try:
                opened = whoosh_index.open_dir(str(self._folder / self._pointer()), schema=SCHEMA)
                writer = opened.writer(limitmb=_MEMORY_MB)
            except SearchUnavailable:
                raise
            except whoosh_index.LockError as error:
                raise SearchUnavailable("locked") from error
            except Exception as error:
                raise IndexMissing(repr(error)) from error
            with writer:  # writes all of it, or nothing when something goes wrong
                for listing_id in gone:
                    writer.delete_by_term("listing_id", str(listing_id))
                for document in documents:
                    writer.update_document(**self._fields(document))

    def check(self) -> None:
        try:
            with whoosh_index.open_dir(str(self._folder / self._pointer()), schema=SCHEMA).reader() as reader:
                reader.doc_count()
        except SearchUnavailable:
            raise
        except Exception as error:
            raise IndexMissing(repr(error)) from error

    def rebuild(self, documents: Iterable[Document]) -> int:
        with self._writing():
            name = uuid.uuid4().hex
            fresh = self._folder / name
            fresh.mkdir()
            count = 0
            with whoosh_index.create_in(str(fresh), SCHEMA).writer(limitmb=_MEMORY_MB) as writer:
                for document in documents:
                    writer.add_document(**self._fields(document))
                    count += 1
            pointer = self._folder / "current.part"
            pointer.write_text(name, "ascii")
            pointer.replace(self._folder / "current")
            for old in self._folder.iterdir():
                if old.is_dir() and old.name != name:
                    shutil.rmtree(old, ignore_errors=True)
            return count

    def _fields(self, document: Document) -> dict[str, str]:
        tokens: Tokens = analyse(document, self._cut, self._read)
        return {
            "listing_id": str(document.listing_id),
            "title": " ".join(tokens.title),
            "words": " ".join(tokens.words),
            "grams": " ".join(tokens.grams),
            "pinyin": " ".join(tokens.pinyin),
        }


def _word(word: str) -> Query:
    """One word of the question, wherever it stands; an unknown Chinese word by its pairs of signs."""
    places: list[Query] = [Term("title", word), Term("words", word)]
    if word.isascii():
        places.append(Term("pinyin", word))
        if len(word) >= 2:
            places.append(ConstantScoreQuery(Prefix("pinyin", word), 0.5))
    elif len(word) == 1:
        places.append(Term("grams", word))
    else:
        places.append(And([Term("grams", word[i : i + 2]) for i in range(len(word) - 1)]))
    return Or(places)
