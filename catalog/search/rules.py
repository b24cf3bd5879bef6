"""Turning text into what the index holds and what a question asks. Pure: the segmenter is passed in."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_QUESTION = 60
Cut = Callable[[str], Iterable[str]]
_WORD = re.compile(r"[0-9]+|[a-z]+|[\u3400-\u9fff\U00020000-\U0003134f]+")
_PLACE_ENDINGS = ("街道", "社区", "县", "区", "镇", "乡", "村", "市", "省")


@dataclass(frozen=True, slots=True)
class Document:
    """What the index knows of one listing: words only, no price, stock or certificate, which change behind its back.
    ``places`` are (code, official name) from the province down to the place of origin."""

    listing_id: int
    title: str
    subtitle: str
    name: str
    variety: str
    category_code: str
    category: str
    supplier_id: int
    supplier: str
    places: tuple[tuple[str, str], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything it can be found by, foremost first."""
        names = tuple(name for _, name in self.places)
        return tuple(
            filter(
                None,
                (self.title, self.subtitle, self.name, self.variety, self.category, self.supplier, *names),
            )
        )


def normalise(text: str) -> str:
    """Full-width forms folded, lower case, at most 60 signs, no control characters."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in folded if sign.isprintable()).lower().strip()[:MAX_QUESTION]


def pieces(text: str) -> list[str]:
    """Runs of Chinese signs and of letters and digits; everything else parts them."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def segment(text: str, cut: Cut) -> list[str]:
    return [word for piece in pieces(text) for word in ([piece] if piece.isascii() else cut(piece))]


def grams(text: str) -> list[str]:
    """Single signs and pairs: nobody's search comes back empty because a word was unknown."""
    found = []
    for piece in pieces(text):
        if not piece.isascii():
            found += [*piece, *(piece[i : i + 2] for i in range(len(piece) - 1))]
    return found


def short_place(name: str) -> str:
    """周至县 → 周至, as people type it; the name itself where nothing would be left."""
    for ending in _PLACE_ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


def marked(text: str, tokens: Iterable[str]) -> list[tuple[str, bool]]:
    """``text`` in parts, each with whether the question asked for it."""
    wanted = sorted({token for token in tokens if token}, key=len, reverse=True)
    if not wanted:
        return [(text, False)]
    pattern = re.compile("(" + "|".join(re.escape(token) for token in wanted) + ")", re.IGNORECASE)
    return [(part, index % 2 == 1) for index, part in enumerate(pattern.split(text)) if part]


#: by where a word stands: title, subtitle, product name, variety, category, supplier; else (a place) one
_PLACES_OF_TEXT = (8.0, 3.0, 6.0, 6.0, 5.0, 2.0)
#: the same places, foremost first
_FOREMOST = sorted(range(len(_PLACES_OF_TEXT)), key=lambda place: -_PLACES_OF_TEXT[place])


def closeness(texts: Sequence[str], asked: Iterable[tuple[Sequence[str], float]], plain: str) -> float:
    """How well a listing fits: ``texts`` are its title, subtitle, name, variety, category and supplier, ``asked`` the
    alternatives of each word with its weight, ``plain`` the question without anything between its pieces. Having the
    whole question in the title counts above all."""
    lowered = "\0".join(texts).lower().split("\0")
    whole = 0.0
    title = plain_text(texts[0])
    if plain in title:
        whole = 40.0 if title == plain else 20.0
    elif plain in plain_text("".join(texts[2:5])):
        whole = 10.0
    return whole + sum(weight * _best_place(lowered, words) for words, weight in asked)


@lru_cache(maxsize=8192)  # the titles of what is found again and again
def plain_text(text: str) -> str:
    return "".join(pieces(text))


def _best_place(texts: Sequence[str], words: Sequence[str]) -> float:
    """The first alternative counts full, the others (synonyms, like sounds) a little less."""
    best = 0.0
    for rank, word in enumerate(words):
        place = next((each for each in _FOREMOST if word in texts[each]), None)
        if place is not None:
            best = max(best, _PLACES_OF_TEXT[place] * (1.0 if rank == 0 else 0.8))
    return best
