"""Answering a question: what it asks for, the ids that have it from the engine (SQL when that is down), and in which
order people expect them. What may be shown is asked in SQL by whoever shows it."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Engine

from catalog.products.models import Listing
from catalog.search import rules
from catalog.search.backend import SearchBackend, SearchUnavailable
from catalog.search.hot import countable
from catalog.search.question import Reading, Wanted, understand
from catalog.search.sql_backend import SqlBackend
from catalog.search.vocabulary import Vocabulary
from marketplace.kernel.db import db, read

log = structlog.get_logger()

#: How many of the best hits a question looks at; nobody pages further.
DEPTH = 240
#: How long words read from the tables serve while there is no index.
_SECONDS = 300.0
_read: WeakKeyDictionary[Engine, tuple[float, Vocabulary]] = WeakKeyDictionary()


class Match(StrEnum):
    """How well an answer fits: everything asked for; what was probably meant; some of it; nothing."""

    EXACT = "exact"
    CORRECTED = "corrected"
    CLOSE = "close"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """Ids best first, not yet checked against certificate and stock; ``words`` are what to mark in titles; ``meant``
    is what the question was taken for where that is not what was written; ``countable`` is what may be counted of it
    (see ``hot``)."""

    listing_ids: list[int]
    words: list[str]
    match: Match = Match.NONE
    meant: str = ""
    countable: str = ""


#: Puts ids in order that come in groups, each before the next.
InOrder = Callable[[Sequence[Sequence[int]]], list[int]]
_SOLD = select(Listing.id, Listing.sold_units).where(Listing.id.in_(bindparam("ids", expanding=True)))


def by_sales(groups: Sequence[Sequence[int]]) -> list[int]:
    """What has sold most first. One statement."""
    ids = [each for group in groups for each in group]
    if not ids:
        return []
    sold: dict[int, int] = {row[0]: row[1] for row in read(_SOLD, {"ids": ids})}
    return [
        each
        for group in groups
        for each in sorted((each for each in group if each in sold), key=lambda each: (-sold[each], each))
    ]


class _Voice:
    """The engine while it answers, the tables from its first failure on."""

    def __init__(self, backend: SearchBackend) -> None:
        self._backend = backend

    def vocabulary(self) -> Vocabulary:
        try:
            return self._backend.vocabulary()
        except SearchUnavailable as error:
            return self._give_up(error)

    def find(self, wanted: Sequence[Wanted], whole: str, *, any_of: bool = False) -> list[list[int]]:
        try:
            return self._backend.find(wanted, DEPTH, any_of=any_of, whole=whole)
        except SearchUnavailable as error:
            self._give_up(error)
            return self._backend.find(wanted, DEPTH, any_of=any_of, whole=whole)

    def _give_up(self, error: SearchUnavailable) -> Vocabulary:
        log.warning("search.fallback", reason=str(error))
        self._backend = SqlBackend()
        return _words_of_tables()


def _words_of_tables() -> Vocabulary:
    engine = db.engine
    found = _read.get(engine)
    if found is None or time.monotonic() - found[0] > _SECONDS:
        found = _read[engine] = (time.monotonic(), SqlBackend().vocabulary())
    return found[1]


def vocabulary(backend: SearchBackend) -> Vocabulary:
    """The words of the shop, from wherever they can be had."""
    return _Voice(backend).vocabulary()


def ask(backend: SearchBackend, question: str, ordered: InOrder = by_sales) -> Answer:
    """Never raises for any text: a missing or broken index only makes the answer slower. ``ordered`` says what comes
    first of what fits alike."""
    text = rules.normalise(question)
    if not text:
        return Answer([], [])
    voice = _Voice(backend)
    words = voice.vocabulary()
    reading = understand(text, words)
    if not reading.wanted:
        return Answer([], [])
    whole = rules.plain_text(text)
    found = voice.find(reading.wanted, whole)
    if any(found):
        return Answer(
            ordered(found), _words(reading.wanted), Match.EXACT, countable=countable(reading, words)
        )
    guess = understand(text, words, correct=True)
    if guess.corrected and guess.is_known:
        meant = _meant(guess)
        found = voice.find(guess.wanted, rules.plain_text(meant))
        if any(found):
            return Answer(
                ordered(found), _words(guess.wanted), Match.CORRECTED, meant, countable(guess, words)
            )
    known = guess.known
    found = voice.find(known, whole, any_of=True) if known else []
    return Answer(ordered(found), _words(known), Match.CLOSE) if any(found) else Answer([], _words(known))


def _meant(reading: Reading) -> str:
    return " ".join(each.words[0] for each in reading.wanted)


def _words(wanted: Iterable[Wanted]) -> list[str]:
    return list(dict.fromkeys(word for each in wanted for word in each.words))
