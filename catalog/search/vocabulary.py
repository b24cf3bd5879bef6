"""The words of this shop: what its goods, kinds, places and sellers are called, by sign, by reading and by initials.

A question is read against these words, never against the goods: looking one up costs the same however many goods there
are. Words one slip away are found by what is left when one sign or letter is taken out (the symmetric-delete method),
prepared for the commonest words only.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from catalog.search.pinyin import readings

#: Words prepared for slips; rarer ones are found as they are written and as they sound.
MOST_NEAR = 8_000
_SHORTEST_NEAR_SOUND = 4
_MOST = 8


class Kind(StrEnum):
    """What a word names; the first of these a word was met as counts."""

    CATEGORY = "category"
    PLACE = "place"
    NAME = "name"
    SUPPLIER = "supplier"
    WORD = "word"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Entry:
    """``weight`` goods have the word; ``code`` names the category, region or supplier it stands for."""

    word: str
    kind: Kind
    weight: int = 1
    code: str = ""


def merged(entries: Iterable[Entry]) -> dict[str, Entry]:
    """One entry for each word, weights added, the foremost kind kept."""
    found: dict[str, Entry] = {}
    for entry in entries:
        known = found.get(entry.word)
        if known is None:
            found[entry.word] = entry
        else:
            first = entry if _RANK[entry.kind] < _RANK[known.kind] else known
            found[entry.word] = Entry(entry.word, first.kind, known.weight + entry.weight, first.code)
    return found


class Slips:
    """Words by what is left of them when one sign is taken away: a number for each, 32 bits of what is left and 32
    of which word, in order. A tenth of the memory of a table; that a few others are found too does no harm, for whoever
    asks compares them anyway."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = list(words)
        self._rests = array(
            "Q",
            sorted(
                _hash(rest) << 32 | number
                for number, word in enumerate(self._words)
                for rest in (word, *_deletions(word))
            ),
        )

    def about(self, word: str) -> list[str]:
        """Words that may be one slip away from ``word``, those given first first."""
        numbers = set[int]()
        for rest in (word, *_deletions(word)):
            key = _hash(rest)
            for at in range(bisect_left(self._rests, key << 32), len(self._rests)):
                if self._rests[at] >> 32 != key:
                    break
                numbers.add(self._rests[at] & 0xFFFFFFFF)
        return [self._words[number] for number in sorted(numbers)]


def _hash(text: str) -> int:
    return hash(text) & 0xFFFFFFFF


class Vocabulary:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = merged(entries)
        self._spoken: dict[str, list[str]] = {}
        self._initials: dict[str, list[str]] = {}
        near: list[str] = []
        near_sounds: dict[str, None] = {}
        for count, entry in enumerate(sorted(self._entries.values(), key=_importance)):
            sounds = self._learn(entry.word)
            if count < MOST_NEAR and not entry.word.isascii() and len(entry.word) <= _MOST:
                near += [entry.word] if len(entry.word) >= 3 else []
                near_sounds.update((sound, None) for sound in sounds if len(sound) >= _SHORTEST_NEAR_SOUND)
        self._near, self._near_sounds = Slips(near), Slips(near_sounds)
        self._sounds = sorted({*self._spoken, *self._initials})
        self._written = sorted(self._entries)

    def _learn(self, word: str) -> list[str]:
        """Returns how it is read."""
        if word.isascii():
            _add(self._spoken, word, word)
            return [word]
        ways = readings(word)
        for syllables in ways:
            _add(self._spoken, "".join(syllables), word)
            _add(self._initials, "".join(syllable[0] for syllable in syllables), word)
        return ["".join(syllables) for syllables in ways]

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, word: str) -> bool:
        return word in self._entries

    def get(self, word: str) -> Entry | None:
        return self._entries.get(word)

    def spoken(self, sound: str) -> list[str]:
        """Words read exactly so; a Latin word is read as it is written."""
        return self._spoken.get(sound, [])

    def initialled(self, initials: str) -> list[str]:
        return self._initials.get(initials, [])

    def homophones(self, word: str) -> list[str]:
        """Words that sound like ``word`` and are not it."""
        ways = readings(word)[
            : 1 if len(word) < 3 else None
        ]  # rare readings of two signs sound like anything
        found = [other for syllables in ways for other in self._spoken.get("".join(syllables), ())]
        return [other for other in dict.fromkeys(found) if other != word and len(other) == len(word)]

    def near(self, word: str) -> list[str]:
        """Words of at least three signs that one wrong, missing, extra or misplaced sign parts from ``word``."""
        found = self._near.about(word)
        shorter = [rest for rest in _deletions(word) if len(rest) >= 2 and rest in self._entries]
        return [other for other in dict.fromkeys([*found, *shorter]) if one_slip(word, other)]

    def sounds_near(self, sound: str) -> list[str]:
        """Words whose reading one letter parts from ``sound``."""
        if len(sound) < _SHORTEST_NEAR_SOUND:
            return []
        return [
            word
            for other in self._near_sounds.about(sound)
            if one_slip(sound, other)
            for word in self._spoken.get(other, ())
        ]

    def begun(self, sound: str, limit: int = _MOST) -> list[str]:
        """Words whose reading or initials begin so, the commonest first."""
        found: dict[str, None] = {}
        for key in _starting(self._sounds, sound):
            found.update(dict.fromkeys([*self._spoken.get(key, ()), *self._initials.get(key, ())]))
        return sorted(found, key=lambda word: _importance(self._entries[word]))[:limit]

    def beginning(self, written: str, limit: int = _MOST) -> list[Entry]:
        """Entries written with this beginning, the commonest first."""
        found = [self._entries[word] for word in _starting(self._written, written)]
        return sorted(found, key=_importance)[:limit]


def _importance(entry: Entry) -> tuple[int, int, str]:
    return -entry.weight, len(entry.word), entry.word


def _add(table: dict[str, list[str]], key: str, word: str) -> None:
    words = table.setdefault(key, [])
    if word not in words:
        words.append(word)


def _deletions(word: str) -> list[str]:
    return list(dict.fromkeys(word[:i] + word[i + 1 :] for i in range(len(word))))


def _starting(keys: list[str], beginning: str, most: int = 400) -> Iterator[str]:
    for key in keys[bisect_left(keys, beginning) :][:most] if beginning else ():
        if not key.startswith(beginning):
            return
        yield key


def one_slip(one: str, other: str) -> bool:
    """Whether one wrong, missing or extra sign, or two neighbours changed over, part the two."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rest, other_rest = one[start:], other[start:]
    if len(rest) == len(other_rest):
        return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
    return rest[1:] == other_rest if len(rest) > len(other_rest) else rest == other_rest[1:]
