"""What a buyer chooses a packing by: a row of words for each of the listing's two lists. Pure.

Of the word that is chosen in the other row depends what is there: a word whose packing with it is sold out or was never
made says so, and leads to the packing of that word which is there. ``shop.js`` does the same while one chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.products.axis_rules import Words, words_of

NONE_MADE = "没有这种"


@dataclass(frozen=True, slots=True)
class Offered:
    """A packing as it stands among the others; ``absence``: why it can't be had today, empty where it can."""

    sku_id: int
    name: str
    absence: str


@dataclass(frozen=True, slots=True)
class Option:
    """``sku_id`` is what it leads to, None where nothing of this word is there; ``absence`` is of its packing with the
    word that is chosen in the other row."""

    word: str
    sku_id: int | None
    is_chosen: bool
    absence: str


@dataclass(frozen=True, slots=True)
class Axis:
    name: str
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Matrix:
    """``places``: by packing, which option of either row it is, from 0."""

    axes: list[Axis]
    places: dict[int, tuple[int, int]]


def matrix_of(names: Sequence[str], packings: Sequence[Offered], chosen: int | None) -> Matrix | None:
    """None where a listing's packings are one list, or fewer than two."""
    by_words: dict[Words, Offered] = {}
    for packing in packings:
        words = words_of(packing.name)
        if words is None or words in by_words:
            return None
        by_words[words] = packing
    if len(names) != 2 or len(packings) < 2:
        return None
    now = next((words for words, each in by_words.items() if each.sku_id == chosen), next(iter(by_words)))
    rows = [list(dict.fromkeys(words[axis] for words in by_words)) for axis in (0, 1)]
    axes = [
        Axis(name, [_option(by_words, now, axis, word) for word in rows[axis]])
        for axis, name in enumerate(names)
    ]
    places = {
        each.sku_id: (rows[0].index(words[0]), rows[1].index(words[1])) for words, each in by_words.items()
    }
    return Matrix(axes, places)


def _option(by_words: dict[Words, Offered], now: Words, axis: int, word: str) -> Option:
    beside = by_words.get((word, now[1]) if axis == 0 else (now[0], word))
    absence = NONE_MADE if beside is None else beside.absence
    there = [each.sku_id for words, each in by_words.items() if words[axis] == word and not each.absence]
    leads_to = beside.sku_id if beside is not None and not absence else next(iter(there), None)
    return Option(word, leads_to, now[axis] == word, absence)
