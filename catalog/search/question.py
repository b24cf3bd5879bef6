"""Reading a question: which words of the shop it asks for, as they are written, read aloud, abbreviated or mistyped.

Pure: the words of the shop are passed in. A run of signs or letters is cut where that explains most of it with the
fewest and surest words.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from catalog.search.rules import pieces
from catalog.search.synonyms import SYNONYMS
from catalog.search.vocabulary import Kind, Vocabulary

_LONGEST_WORD = 8
_LONGEST_SOUND = 24
_MOST_ALTERNATIVES = 8
#: said around what one looks for; they ask for nothing
FILLERS = frozenset(
    {"的", "了", "吗", "买", "卖", "要", "想", "我", "有", "我要", "我想", "想买", "有没有", "哪里", "哪儿"}
)
FILLERS |= {"哪里有", "特产", "土特产", "正宗", "新鲜", "好吃", "便宜", "农产品", "产的", "家的"}
#: packings are chosen on the product page
_QUANTITY = re.compile(r"\d+\s*(斤|公斤|千克|克|箱|盒|袋|枚|个|kg|g)(装|重)?")
_EXACT, _SOUND, _INITIALS, _BEGUN, _CORRECTED, _FILLER, _UNKNOWN = 10, 11, 16, 18, 25, 9, 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing asked for: any of ``words`` will do. ``known``: a word of the shop; ``place``: it names a place;
    ``sure``: it stands there as written, or is long enough not to be taken for another by chance."""

    asked: str
    words: tuple[str, ...]
    known: bool = True
    place: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """``corrected``: something was read as another word than was written."""

    wanted: tuple[Wanted, ...]
    corrected: bool = False

    @property
    def known(self) -> tuple[Wanted, ...]:
        return tuple(each for each in self.wanted if each.known and each.sure)

    @property
    def is_known(self) -> bool:
        return bool(self.wanted) and all(each.known for each in self.wanted)


@dataclass(frozen=True, slots=True)
class _Option:
    cost: int
    words: tuple[str, ...]
    corrected: bool = False


def understand(text: str, vocabulary: Vocabulary, *, correct: bool = False) -> Reading:
    """What ``text`` asks for. With ``correct``, what is no word may stand for one that sounds alike or is one slip
    away; without, it is asked for as it stands."""
    wanted: list[Wanted] = []
    corrected = False
    for piece in pieces(_QUANTITY.sub(" ", text)):
        options = _letters(vocabulary, correct) if piece.isascii() else _signs(vocabulary, correct)
        cut = _best_cut(piece, options)
        if piece.isascii() and any(option is None for _, option in cut):
            cut = [(piece, None)]  # half a sound is no sound: "and" does not ask for what is abbreviated "nd"
        for asked, option in cut:
            if option is None:
                wanted.append(Wanted(asked, (asked,), known=False))
            elif option.words:
                sure = not option.corrected or len(asked) > 2
                wanted.append(_wanted(asked, option.words, vocabulary, sure))
                corrected |= option.corrected
    return Reading(tuple(dict.fromkeys(wanted)), corrected)


def _wanted(asked: str, words: Iterable[str], vocabulary: Vocabulary, sure: bool) -> Wanted:
    listed = tuple(dict.fromkeys(words))[:_MOST_ALTERNATIVES]
    entry = vocabulary.get(listed[0])
    return Wanted(asked, listed, place=entry is not None and entry.kind is Kind.PLACE, sure=sure)


def _signs(vocabulary: Vocabulary, correct: bool) -> Callable[[str, bool], _Option | None]:
    def option(window: str, _last: bool) -> _Option | None:
        if len(window) > _LONGEST_WORD:
            return None
        others = tuple(word for word in SYNONYMS.get(window, ()) if word in vocabulary)
        if len(window) >= 2 and (window in vocabulary or others):
            return _Option(
                _EXACT, tuple(dict.fromkeys((window, *others) if window in vocabulary else others))
            )
        if window in FILLERS:
            return _Option(_FILLER, ())
        if correct and len(window) >= 2:
            alike = vocabulary.homophones(window) or vocabulary.near(window)
            if alike:
                return _Option(_CORRECTED + (len(alike[0]) != len(window)), tuple(alike), corrected=True)
        return None

    return option


def _letters(vocabulary: Vocabulary, correct: bool) -> Callable[[str, bool], _Option | None]:
    def option(window: str, last: bool) -> _Option | None:
        if len(window) < 2 or len(window) > _LONGEST_SOUND:
            return None
        spoken, initials = vocabulary.spoken(window), vocabulary.initialled(window)
        if spoken:
            return _Option(_SOUND, tuple(_with_synonyms(spoken, vocabulary)))
        if initials:
            return _Option(_INITIALS, tuple(initials))
        begun = vocabulary.begun(window) if last else []
        if begun:
            return _Option(_BEGUN, tuple(begun))
        near = vocabulary.sounds_near(window) if correct else []
        return _Option(_CORRECTED, tuple(near), corrected=True) if near else None

    return option


def _with_synonyms(words: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    return [other for word in words for other in SYNONYMS.get(word, (word,)) if other in vocabulary]


def _best_cut(piece: str, option: Callable[[str, bool], _Option | None]) -> list[tuple[str, _Option | None]]:
    """``piece`` cut into words and, where no word is known, runs of the rest (with None)."""
    length = len(piece)
    best: list[tuple[int, int, _Option | None]] = [(0, 0, None)] * (length + 1)
    for end in range(1, length + 1):
        best[end] = (best[end - 1][0] + _UNKNOWN, end - 1, None)
        for start in range(max(0, end - _LONGEST_SOUND), end):
            found = option(piece[start:end], end == length)
            if found is not None and best[start][0] + found.cost < best[end][0]:
                best[end] = (best[start][0] + found.cost, start, found)
    return _runs(piece, best)


def _runs(piece: str, best: list[tuple[int, int, _Option | None]]) -> list[tuple[str, _Option | None]]:
    parts: list[tuple[str, _Option | None]] = []
    end = len(piece)
    while end:
        _, start, option = best[end]
        if option is None and parts and parts[-1][1] is None:
            parts[-1] = (piece[start:end] + parts[-1][0], None)
        else:
            parts.append((piece[start:end], option))
        end = start
    return parts[::-1]
