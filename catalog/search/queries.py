"""Answering a question: ranked ids from the engine, what may be shown from SQL, and LIKE when the engine is down."""

from dataclasses import dataclass

import structlog

from catalog.search import rules, words
from catalog.search.backend import SearchBackend, SearchUnavailable
from catalog.search.sql_backend import SqlBackend

log = structlog.get_logger()

#: How many of the best hits a question looks at; nobody pages further.
DEPTH = 240


@dataclass(frozen=True, slots=True)
class Answer:
    """Ids best first, not yet checked against certificate and stock; ``words`` are what to mark in titles."""

    listing_ids: list[int]
    words: list[str]


def ask(backend: SearchBackend, question: str) -> Answer:
    """Never raises for any text: a missing or broken index only makes the answer plainer."""
    text = rules.normalise(question)
    if not text:
        return Answer([], [])
    try:
        found = backend.find(text, DEPTH)
    except SearchUnavailable as error:
        log.warning("search.fallback", reason=str(error))
        found = SqlBackend().find(text, DEPTH)
    asked = [word for word in rules.segment(text, words.cut) if len(word) > 1 or len(text) == 1]
    return Answer(found, list(dict.fromkeys(asked)))
