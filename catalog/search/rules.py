"""Turning text into what the index holds and what a question asks. Pure: the segmenter is passed in."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MAX_QUESTION = 60
Cut = Callable[[str], Iterable[str]]
_WORD = re.compile(r"[0-9a-z]+|[\u3400-\u9fff\U00020000-\U0003134f]+")
_PLACE_ENDINGS = ("街道", "社区", "县", "区", "镇", "乡", "村", "市")


@dataclass(frozen=True, slots=True)
class Document:
    """What the index knows of one listing: words only, no price, stock or certificate, which change behind its back."""

    listing_id: int
    title: str
    texts: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Space-free tokens by field of the index."""

    title: tuple[str, ...]
    words: tuple[str, ...]
    grams: tuple[str, ...]
    pinyin: tuple[str, ...]


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


def pinyin_tokens(words: Iterable[str], whole: Sequence[str], read: Callable[[str], list[str]]) -> list[str]:
    """Full reading and initials of every word and of the whole phrases: mihoutao, mht, zhouzhicuixiangmihoutao."""
    found = []
    for word in [*words, *whole]:
        if word.isascii() or len(word) < 2:
            continue
        syllables = read(word)
        found += ["".join(syllables), "".join(syllable[:1] for syllable in syllables)]
    return found


def analyse(document: Document, cut: Cut, read: Callable[[str], list[str]]) -> Tokens:
    title = segment(document.title, cut)
    places = [*document.places, *(short_place(place) for place in document.places)]
    words = [word for text in document.texts for word in segment(text, cut)] + places
    chinese = [piece for piece in pieces(document.title) if not piece.isascii()]
    return Tokens(
        title=_distinct(title),
        words=_distinct(words),
        grams=_distinct([sign for text in (document.title, *document.texts) for sign in grams(text)]),
        pinyin=_distinct(pinyin_tokens([*title, *places], chinese, read)),
    )


def _distinct(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for token in tokens if token.strip()))


def marked(text: str, tokens: Iterable[str]) -> list[tuple[str, bool]]:
    """``text`` in parts, each with whether the question asked for it."""
    wanted = sorted({token for token in tokens if token}, key=len, reverse=True)
    if not wanted:
        return [(text, False)]
    pattern = re.compile("(" + "|".join(re.escape(token) for token in wanted) + ")", re.IGNORECASE)
    return [(part, index % 2 == 1) for index, part in enumerate(pattern.split(text)) if part]
