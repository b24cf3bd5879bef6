"""Answering a question: what it asks for, the ids that have it from the engine (SQL when that is down), and in which
order people expect them. What may be shown is asked in SQL by whoever shows it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select
from sqlalchemy.engine import Engine

from catalog.products.models import Listing
from catalog.search import rules
from catalog.search.backend import SearchBackend, SearchUnavailable
from catalog.search.hot import countable
from catalog.search.question import Reading, Wanted, understand
from catalog.search.sql_backend import SqlBackend
from catalog.search.vocabulary import Vocabulary
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel.db import db, read
from marketplace.parties.models import Supplier

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


class _Voice:
    """The engine while it answers, the tables from its first failure on."""

    def __init__(self, backend: SearchBackend) -> None:
        self._backend = backend

    def vocabulary(self) -> Vocabulary:
        try:
            return self._backend.vocabulary()
        except SearchUnavailable as error:
            return self._give_up(error)

    def find(self, wanted: Sequence[Wanted], *, any_of: bool = False) -> list[int]:
        try:
            return self._backend.find(wanted, DEPTH, any_of=any_of)
        except SearchUnavailable as error:
            self._give_up(error)
            return self._backend.find(wanted, DEPTH, any_of=any_of)

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


def ask(backend: SearchBackend, question: str) -> Answer:
    """Never raises for any text: a missing or broken index only makes the answer slower."""
    text = rules.normalise(question)
    if not text:
        return Answer([], [])
    voice = _Voice(backend)
    words = voice.vocabulary()
    reading = understand(text, words)
    if not reading.wanted:
        return Answer([], [])
    found = voice.find(reading.wanted)
    if found:
        return _answer(found, reading.wanted, Match.EXACT, text, countable=countable(reading, words))
    guess = understand(text, words, correct=True)
    if guess.corrected and guess.is_known:
        found = voice.find(guess.wanted)
        if found:
            meant = _meant(guess)
            return _answer(found, guess.wanted, Match.CORRECTED, text, meant, countable(guess, words))
    known = guess.known
    return _answer(voice.find(known, any_of=True), known, Match.CLOSE, text) if known else Answer([], [])


def _meant(reading: Reading) -> str:
    return " ".join(each.words[0] for each in reading.wanted)


def _answer(
    found: list[int],
    wanted: Sequence[Wanted],
    match: Match,
    text: str,
    meant: str = "",
    countable: str = "",
) -> Answer:
    words = list(dict.fromkeys(word for each in wanted for word in each.words))
    if not found:
        return Answer([], words)
    return Answer(_ordered(found, wanted, meant or text), words, match, meant, countable)


def _ordered(found: Iterable[int], wanted: Sequence[Wanted], text: str) -> list[int]:
    """Best first: by where the words stand, then by what sells. One statement."""
    rows = read(
        select(
            Listing.id,
            Listing.sold_units,
            Listing.title,
            Listing.subtitle,
            DeclaredProduct.name,
            DeclaredProduct.variety,
            Category.name,
            Supplier.name,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Category, Category.code == Listing.category_code)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .where(Listing.id.in_(list(found)))
    ).all()
    asked = [(each.words, 0.4 if each.place else 1.0) for each in wanted]
    plain = rules.plain_text(text)
    ranked = sorted(rows, key=lambda row: (-rules.closeness(tuple(row[2:]), asked, plain), -row[1], row[0]))
    return [row[0] for row in ranked]
