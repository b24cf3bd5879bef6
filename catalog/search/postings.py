"""Matching questions against an open index: which documents have a term is read once and kept as bits.

What is found is put in order from the tables, so no score of the engine's is needed; only where more is found than
anybody pages through, what has more of the question in its title comes first, then what was written first. A segment
never changes but for what is deleted from it: what was read of one is kept as long as there is that segment.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from catalog.search.question import Wanted
from catalog.search.rules import grams
from marketplace.kernel.bits import bits_of, by_how_many, places_of

#: Terms kept of one segment; of ten thousand goods one takes about a kilobyte.
MOST_TERMS = 2_000


class _Segment:
    """Listing ids by place, and places by term."""

    def __init__(self, reader: Any) -> None:
        self.ids = [int(reader.stored_fields(place)["listing_id"]) for place in range(reader.doc_count_all())]
        self._terms: OrderedDict[tuple[str, str], int] = OrderedDict()

    def having(self, reader: Any, field: str, text: str) -> int:
        key = (field, text)
        bits = self._terms.get(key)
        if bits is None:
            found = bits_of(list(reader.postings(field, text).all_ids())) if key in reader else 0
            bits = self._terms[key] = found
            if len(self._terms) > MOST_TERMS:
                self._terms.popitem(last=False)
        else:
            self._terms.move_to_end(key)
        return bits


class Postings:
    """One generation of an index, open for reading. Not for several threads at once."""

    def __init__(self, index: Any, known: dict[str, _Segment] | None = None) -> None:
        self._index = index
        self._reader = index.reader()
        self._segments: dict[str, _Segment] = {}
        self._leaves: list[tuple[Any, int, _Segment]] = []
        self._ids: list[int] = []
        gone: list[int] = []
        for reader, offset in self._reader.leaf_readers():
            if not reader.doc_count_all():
                continue
            name = reader.segment().segment_id()
            segment = (known or {}).get(name) or _Segment(reader)
            self._segments[name] = segment
            self._leaves.append((reader, offset, segment))
            self._ids += segment.ids
            gone += [offset + place for place in reader.segment().deleted_docs()]
        self._here = ((1 << len(self._ids)) - 1) & ~bits_of(gone) if gone else (1 << len(self._ids)) - 1

    def refreshed(self) -> "Postings":
        """Itself, or the newest generation in its place."""
        if self._index.latest_generation() == self._reader.generation():
            return self
        newer = Postings(self._index, self._segments)
        self._reader.close()
        return newer

    def find(self, wanted: Sequence[Wanted], limit: int, *, any_of: bool = False) -> list[int]:
        """Listing ids that have all of what is wanted (any, where ``any_of``): first what has most of it, and most of
        it in the title."""
        titles = [self._any(self._having("title", word) for word in each.words) for each in wanted]
        places = [self._any(self._anywhere(word) for word in each.words) for each in wanted]
        if any_of:
            found, order = self._any(places), [*places, *titles]
        else:
            found, order = self._all(places), titles
        if found.bit_count() <= limit:
            return [self._ids[place] for place in places_of(found)]
        best = (place for part in by_how_many(found, order) for place in places_of(part))
        return [self._ids[place] for place in islice(best, limit)]

    def _anywhere(self, word: str) -> int:
        """Where the word stands, also inside a longer one: then by its pairs of signs."""
        found = self._having("title", word) | self._having("words", word)
        if not word.isascii():
            pairs = [pair for pair in grams(word) if len(pair) == 2 or len(word) == 1]
            found |= self._all(self._having("grams", pair) for pair in pairs)
        return found

    def _having(self, field: str, text: str) -> int:
        return self._here & self._any(
            segment.having(reader, field, text) << offset for reader, offset, segment in self._leaves
        )

    def _all(self, sets: Iterable[int]) -> int:
        found = self._here
        for bits in sets:
            found &= bits
        return found

    @staticmethod
    def _any(sets: Iterable[int]) -> int:
        found = 0
        for bits in sets:
            found |= bits
        return found
