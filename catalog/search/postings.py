"""Matching questions against an open index: which documents have a word, and where, is read once and kept as bits.

How well each listing fits is a few ``&`` and ``|`` of such bits: all of what is found is put in order without reading
any of it, and no score of the engine's is needed. A segment never changes but for what is deleted from it: what was
read of one is kept as long as there is that segment.
"""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from functools import reduce
from itertools import islice
from operator import and_, or_
from pathlib import Path
from typing import Any

from catalog.search.common_terms import CommonTerms
from catalog.search.question import Wanted
from catalog.search.rules import (
    IN_NAMES,
    IN_TITLE,
    IS_TITLE,
    Document,
    Standing,
    plain_text,
    tokens,
    tokens_asked,
    worth,
)
from marketplace.kernel.bits import bits_of, places_of

#: Terms kept of one segment. Of ten thousand goods one takes about a kilobyte, and most take nothing: a word stands in
#: few of the fields it is looked for in.
MOST_TERMS = 6_000
#: Name, variety and category in one, and the title as one: what a whole question may be.
_NAMED, _WHOLE = "named", "whole"
FIELDS = (*(standing.name.lower() for standing in Standing), _NAMED, _WHOLE)


def fields_of(document: Document) -> dict[str, str]:
    """What is written of a document."""
    texts = {standing.name.lower(): each for standing, each in document.texts.items()}
    texts[_NAMED] = (f"{document.name}{document.variety}{document.category}",)
    written = {
        field: " ".join(dict.fromkeys(token for text in each for token in tokens(text)))
        for field, each in texts.items()
    }
    return {"listing_id": str(document.listing_id), **written, _WHOLE: plain_text(document.title)}


class _Segment:
    """Listing ids by place, and places by term."""

    def __init__(self, reader: Any) -> None:
        self._common: CommonTerms | None = None
        places = range(reader.doc_count_all())
        self.ids = array("q", (int(reader.stored_fields(place)["listing_id"]) for place in places))
        self._terms: OrderedDict[tuple[str, str], int] = OrderedDict()

    def look_beside(self, folder: Path, reader: Any) -> None:
        """Use the file of common terms, which is written when others may have opened the segment already."""
        self._common = self._common or CommonTerms.open(folder, reader)

    def having(self, reader: Any, word: str) -> list[int]:
        """Where the word stands, by field."""
        asked = tokens_asked(word)
        found = [self._all(reader, field, asked) for field in FIELDS if field != _WHOLE]
        return [*found, self._all(reader, _WHOLE, [plain_text(word)])]

    def _all(self, reader: Any, field: str, asked: Sequence[str]) -> int:
        found = -1 if asked else 0
        for token in asked:
            found &= self._having(reader, field, token)
            if not found:
                break
        return found

    def _having(self, reader: Any, field: str, text: str) -> int:
        key = (field, text)
        bits = self._terms.get(key)
        if bits is None:
            bits = self._common.bits(field, text) if self._common is not None else None
            if bits is None:
                bits = bits_of(list(reader.postings(field, text).all_ids())) if key in reader else 0
            self._terms[key] = bits
            if len(self._terms) > MOST_TERMS:
                self._terms.popitem(last=False)
        else:
            self._terms.move_to_end(key)
        return bits


class Postings:
    """One generation of an index, open for reading. Not for several threads at once."""

    def __init__(self, index: Any, folder: Path, known: dict[str, _Segment] | None = None) -> None:
        """``folder`` is where the index lies."""
        self._index = index
        self._folder = folder
        self._reader = index.reader()
        self._segments: dict[str, _Segment] = {}
        self._leaves: list[tuple[Any, int, _Segment]] = []
        self._ids = array("q")
        gone: list[int] = []
        for reader, offset in self._reader.leaf_readers():
            if not reader.doc_count_all():
                continue
            name = reader.segment().segment_id()
            segment = (known or {}).get(name) or _Segment(reader)
            segment.look_beside(folder, reader)
            self._segments[name] = segment
            self._leaves.append((reader, offset, segment))
            self._ids += segment.ids
            gone += [offset + place for place in reader.segment().deleted_docs()]
        self._here = ((1 << len(self._ids)) - 1) & ~bits_of(gone) if gone else (1 << len(self._ids)) - 1

    def refreshed(self) -> "Postings":
        """Itself, or the newest generation in its place."""
        if self._index.latest_generation() == self._reader.generation():
            return self
        newer = Postings(self._index, self._folder, self._segments)
        self._reader.close()
        return newer

    def find(
        self, wanted: Sequence[Wanted], limit: int, *, any_of: bool = False, whole: str = ""
    ) -> list[list[int]]:
        """As ``SearchBackend.find``."""
        ranks = [self._ranks(each) for each in wanted]
        places = [reduce(or_, each.values(), 0) for each in ranks]
        found = self._here & reduce(or_ if any_of else and_, places)
        fitting = _split({0: found}, self._as_whole(whole)) if whole else {0: found}
        for each in ranks:
            fitting = _split(fitting, each)
        groups = []
        for fit in sorted(fitting, reverse=True):
            groups.append([self._ids[place] for place in islice(places_of(fitting[fit]), limit)])
            limit -= len(groups[-1])
            if limit <= 0:
                break
        return groups

    def _ranks(self, wanted: Wanted) -> dict[int, int]:
        """Who has it, by what having it there is worth."""
        found: dict[int, int] = {}
        for rank, word in enumerate(wanted.words):
            for standing, bits in zip(Standing, self._having(word), strict=False):
                if bits:
                    value = worth(standing, is_first=rank == 0, names_place=wanted.place)
                    found[value] = found.get(value, 0) | bits
        return found

    def _as_whole(self, question: str) -> dict[int, int]:
        by_field = dict(zip(FIELDS, self._having(question), strict=True))
        return {
            IS_TITLE: by_field[_WHOLE],
            IN_TITLE: by_field[Standing.TITLE.name.lower()],
            IN_NAMES: by_field[_NAMED],
        }

    def _having(self, word: str) -> list[int]:
        """By field."""
        parts = [(offset, segment.having(reader, word)) for reader, offset, segment in self._leaves]
        return [
            reduce(or_, (bits[number] << offset for offset, bits in parts), 0)
            for number in range(len(FIELDS))
        ]


def _split(fitting: dict[int, int], ranks: dict[int, int]) -> dict[int, int]:
    """What fits so well, parted by the best it has of another thing."""
    found: dict[int, int] = {}
    best_first = sorted(ranks.items(), reverse=True)
    for fit, bits in fitting.items():
        rest = bits
        for more, having in best_first:
            if part := rest & having:
                found[fit + more] = found.get(fit + more, 0) | part
                rest ^= part
        if rest:
            found[fit] = found.get(fit, 0) | rest
    return found
