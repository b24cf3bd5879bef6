"""Whoosh behind the SearchBackend: one writer at a time, one reader per process, tokens made outside the engine.

The index lives in a folder named by the file ``current``; a rebuild fills a new folder and then renames the pointer,
so that readers never see half an index. A file lock keeps the worker's writer and a rebuild apart. Beside the index lie
the words of the shop, in the same folder, so that both change places together.
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

import structlog

from catalog.search.backend import IndexMissing, SearchUnavailable
from catalog.search.common_terms import write_missing
from catalog.search.documents import entries
from catalog.search.postings import FIELDS, Postings, fields_of
from catalog.search.question import Wanted
from catalog.search.rules import Document
from catalog.search.vocabulary import Entry, Kind, Vocabulary, merged

with warnings.catch_warnings():
    # 2.7.4 is pinned and no longer maintained: its invalid escapes and `is` with literals are harmless
    warnings.simplefilter("ignore", SyntaxWarning)
    from whoosh import index as whoosh_index
    from whoosh.fields import ID, KEYWORD, Schema
    from whoosh.reading import ReaderClosed

log = structlog.get_logger()

REFRESH_SECONDS = 1.0
_MEMORY_MB = 64
SCHEMA = Schema(
    listing_id=ID(stored=True, unique=True),
    **dict.fromkeys(FIELDS, KEYWORD),
)
#: begins the name of every folder: what was written with other fields is built again
_FORMAT = "v2"

_WORDS = "words.tsv"


class WhooshBackend:
    """``cut`` segments Chinese text, for the words; only writing needs it."""

    def __init__(self, folder: Path, cut: Callable[[str], Iterable[str]]) -> None:
        self._folder = folder
        self._cut = cut
        self._lock = threading.Lock()
        #: a reader moves about in files that all threads would share; in one process they could only take turns anyway
        self._reading = threading.Lock()
        self._postings: Postings | None = None
        self._opened = ""
        self._looked_at = 0.0
        self._words: Vocabulary | None = None
        self._words_stamp = ("", 0)
        self._words_looked_at = 0.0

    def find(
        self, wanted: Sequence[Wanted], limit: int, *, any_of: bool = False, whole: str = ""
    ) -> list[list[int]]:
        if not wanted:
            return []
        for attempt in (1, 2):
            try:
                with self._reading:
                    return self._current().find(wanted, limit, any_of=any_of, whole=whole)
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

    def vocabulary(self) -> Vocabulary:
        """Read again when the file was replaced, looked after at most once a second."""
        with self._lock:
            moment = time.monotonic()
            if self._words is not None and moment - self._words_looked_at < REFRESH_SECONDS:
                return self._words
            try:
                path = self._folder / self._pointer() / _WORDS
                stamp = (str(path), path.stat().st_mtime_ns)
                if self._words is None or stamp != self._words_stamp:
                    self._words, self._words_stamp = Vocabulary(_read_words(path).values()), stamp
            except (OSError, ValueError) as error:
                self._words = None
                raise IndexMissing(repr(error)) from error
            self._words_looked_at = moment
            return self._words

    def _current(self) -> Postings:
        """What this process reads, looked after at most once a second."""
        with self._lock:
            moment = time.monotonic()
            if self._postings is not None and moment - self._looked_at < REFRESH_SECONDS:
                return self._postings
            self._looked_at = moment
            name = self._pointer()
            if self._postings is None or name != self._opened:
                folder = self._folder / name
                self._postings = Postings(whoosh_index.open_dir(str(folder), schema=SCHEMA), folder)
                self._opened = name
            else:
                self._postings = self._postings.refreshed()
            return self._postings

    def _forget(self) -> None:
        with self._lock:
            self._postings = None

    def _pointer(self) -> str:
        try:
            name = (self._folder / "current").read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError) as error:
            raise IndexMissing("no index") from error
        if not name.isalnum():
            raise IndexMissing("the pointer names no folder")
        if not name.startswith(_FORMAT):
            raise IndexMissing("written by another version")
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
                    writer.update_document(**fields_of(document))
            write_missing(self._folder / self._pointer(), opened, FIELDS)
            self._learn(documents)

    def _learn(self, documents: Sequence[Document]) -> None:
        """Add what is new to the words; those of goods that went stay until the index is built again."""
        path = self._folder / self._pointer() / _WORDS
        try:
            known = _read_words(path)
        except (OSError, ValueError) as error:
            raise IndexMissing(repr(error)) from error
        new = [entry for entry in entries(documents, self._cut) if entry.word not in known]
        if new:
            _write_words(path, merged([*known.values(), *new]).values())

    def check(self) -> None:
        try:
            with whoosh_index.open_dir(str(self._folder / self._pointer()), schema=SCHEMA).reader() as reader:
                reader.doc_count()
            _read_words(self._folder / self._pointer() / _WORDS)
        except SearchUnavailable:
            raise
        except Exception as error:
            raise IndexMissing(repr(error)) from error

    def rebuild(self, documents: Iterable[Document]) -> int:
        with self._writing():
            name = f"{_FORMAT}{uuid.uuid4().hex}"
            fresh = self._folder / name
            fresh.mkdir()
            count, learned = 0, dict[str, Entry]()
            created = whoosh_index.create_in(str(fresh), SCHEMA)
            with created.writer(limitmb=_MEMORY_MB) as writer:
                for document in documents:
                    writer.add_document(**fields_of(document))
                    learned = _added(learned, entries([document], self._cut))
                    count += 1
            write_missing(fresh, created, FIELDS)
            _write_words(fresh / _WORDS, learned.values())
            pointer = self._folder / "current.part"
            pointer.write_text(name, "ascii")
            pointer.replace(self._folder / "current")
            for old in self._folder.iterdir():
                if old.is_dir() and old.name != name:
                    shutil.rmtree(old, ignore_errors=True)
            return count


def _added(known: dict[str, Entry], new: Iterable[Entry]) -> dict[str, Entry]:
    for entry in new:
        known.update(merged([known[entry.word], entry]) if entry.word in known else {entry.word: entry})
    return known


def _read_words(path: Path) -> dict[str, Entry]:
    """Raises OSError and ValueError for a file that is not there or not ours."""
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return {word: Entry(word, Kind(kind), int(weight), code) for word, kind, weight, code in lines}


def _write_words(path: Path, words: Iterable[Entry]) -> None:
    part = path.with_suffix(".part")
    part.write_text(
        "".join(f"{entry.word}\t{entry.kind}\t{entry.weight}\t{entry.code}\n" for entry in words), "utf-8"
    )
    part.replace(path)
