"""What people look for, counted without anything about who they are: words of the shop and how often, by day.

Looking something up must not write to the database. A search therefore adds one line to a file beside the index; a
periodic job folds the lines into the table. A line that is lost with a killed process, or counted twice, is no harm.
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select

from catalog.search.models import SearchCount
from catalog.search.question import Reading
from catalog.search.synonyms import SYNONYMS
from catalog.search.vocabulary import Kind, Vocabulary
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional

#: Looked for less often than this in DAYS, a word is nobody's but the asker's.
LEAST = 5
DAYS = 7
#: How long counts are kept.
KEPT_DAYS = 30
MOST = 10
_LONGEST = 40
_LARGEST_FILE = 1_000_000
#: never a seller: a household that sells may be called by its owner's name
_COUNTED = (Kind.CATEGORY, Kind.PLACE, Kind.NAME)


def countable(reading: Reading, vocabulary: Vocabulary) -> str:
    """The question in words of the shop; empty where any of it is none, or may name a person."""
    words = [each.words[0] for each in reading.wanted]
    if not words or not all(_is_goods_or_place(word, vocabulary) for word in words):
        return ""
    text = " ".join(words)
    return text if len(text) <= _LONGEST else ""


def _is_goods_or_place(word: str, vocabulary: Vocabulary) -> bool:
    entry = vocabulary.get(word)
    return entry is not None and (entry.kind in _COUNTED or word in SYNONYMS)


def note(file: Path, words: str) -> None:
    """One search more. Never raises for a disk that is full or a folder that is not there."""
    with suppress(OSError):
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size < _LARGEST_FILE:
                os.write(handle, f"{clock.today().isoformat()}\t{words}\n".encode())
        finally:
            os.close(handle)


def count(file: Path) -> None:
    """Fold what was noted into the table and drop what is too old. Lines that are none of ours are left out."""
    taken = file.with_suffix(".taken")
    if not taken.exists():  # else a run before this one was killed
        with suppress(FileNotFoundError):
            file.rename(taken)
    lines = taken.read_text("utf-8", "ignore").splitlines() if taken.exists() else []
    _add(Counter(filter(None, map(_parsed, lines))))
    taken.unlink(missing_ok=True)


def _parsed(line: str) -> tuple[date, str] | None:
    day, _, words = line.partition("\t")
    try:
        return (date.fromisoformat(day), words) if 0 < len(words) <= _LONGEST else None
    except ValueError:
        return None


@transactional
def _add(counted: Counter[tuple[date, str]]) -> None:
    for (day, words), times in sorted(counted.items()):
        row = db.session.get(SearchCount, (day, words))
        if row is None:
            row = SearchCount(day=day, words=words, times=0)
            db.session.add(row)
        row.times += times
    db.session.execute(delete(SearchCount).where(SearchCount.day < clock.today() - timedelta(days=KEPT_DAYS)))


def hot_words() -> list[str]:
    """What was looked for most in the last days, by enough people to be nobody's own. One statement."""
    times = func.sum(SearchCount.times)
    return list(
        db.session.scalars(
            select(SearchCount.words)
            .where(SearchCount.day > clock.today() - timedelta(days=DAYS))
            .group_by(SearchCount.words)
            .having(times >= LEAST)
            .order_by(times.desc(), SearchCount.words)
            .limit(MOST)
        )
    )
