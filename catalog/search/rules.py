"""Turning text into what the index holds and what a question asks. Pure: the segmenter is passed in."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

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
    def texts(self) -> "dict[Standing, tuple[str, ...]]":
        """Everything it can be found by."""
        return {
            Standing.TITLE: (self.title,),
            Standing.NAMES: (self.name, self.variety),
            Standing.CATEGORY: (self.category,),
            Standing.SUBTITLE: (self.subtitle,),
            Standing.SUPPLIER: (self.supplier,),
            Standing.PLACES: tuple(name for _, name in self.places),
        }


def normalise(text: str) -> str:
    """Full-width forms folded, lower case, at most 60 signs, no control characters."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in folded if sign.isprintable()).lower().strip()[:MAX_QUESTION]


def pieces(text: str) -> list[str]:
    """Runs of Chinese signs and of letters and digits; everything else parts them."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def segment(text: str, cut: Cut) -> list[str]:
    return [word for piece in pieces(text) for word in ([piece] if piece.isascii() else cut(piece))]


def tokens(text: str) -> list[str]:
    """What the index holds of a text: runs of letters and of digits, single signs and pairs of signs. Nobody's search
    comes back empty because a word was unknown."""
    found = []
    for piece in pieces(text):
        found += [piece] if piece.isascii() else [*piece, *_pairs(piece)]
    return found


def tokens_asked(text: str) -> list[str]:
    """What a text must hold to hold this one: of more than one sign their pairs say it all."""
    found = []
    for piece in pieces(text):
        found += [piece] if piece.isascii() or len(piece) == 1 else _pairs(piece)
    return found


def _pairs(piece: str) -> list[str]:
    return [piece[start : start + 2] for start in range(len(piece) - 1)]


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


class Standing(IntEnum):
    """Where a word stands in what is told of a listing, and what that is worth."""

    TITLE = 8
    NAMES = 6
    CATEGORY = 5
    SUBTITLE = 3
    SUPPLIER = 2
    PLACES = 1


#: what having the whole question is worth: as the title, in the title, in name, variety and category
IS_TITLE, IN_TITLE, IN_NAMES = 4000, 2000, 1000


def worth(standing: Standing, *, is_first: bool, names_place: bool) -> int:
    """In hundredths. The first alternative counts full, the others (synonyms, like sounds) a little less; what is
    wanted of a place less than what is wanted of the goods."""
    return standing * (10 if is_first else 8) * (4 if names_place else 10)


def closeness(texts: Mapping[Standing, str], asked: Iterable[tuple[Sequence[str], bool]], whole: str) -> int:
    """How well a listing fits: ``asked`` are the alternatives of each word and whether it names a place, ``whole`` the
    question without anything between its pieces. Having that in the title counts above all."""
    title = plain_text(texts[Standing.TITLE])
    found = 0
    if whole and whole in title:
        found = IS_TITLE if title == whole else IN_TITLE
    elif whole and whole in plain_text(texts[Standing.NAMES].replace("\n", "") + texts[Standing.CATEGORY]):
        found = IN_NAMES
    lowered = {standing: text.lower() for standing, text in texts.items()}
    return found + sum(_best_standing(lowered, words, names_place) for words, names_place in asked)


def plain_text(text: str) -> str:
    return "".join(pieces(text))


def _best_standing(texts: Mapping[Standing, str], words: Sequence[str], names_place: bool) -> int:
    return max(
        (
            worth(standing, is_first=rank == 0, names_place=names_place)
            for rank, word in enumerate(words)
            for standing, text in texts.items()
            if word in text
        ),
        default=0,
    )
