"""What someone who has typed this much may mean: words of the shop that begin so, and goods that fit already."""

from dataclasses import dataclass

from catalog.search import rules
from catalog.search.backend import SearchBackend
from catalog.search.queries import Match, ask, vocabulary
from catalog.search.vocabulary import Entry, Kind, Vocabulary

_MOST_LOOKED_AT = 40
#: how many of each kind
_SHARES = {Kind.CATEGORY: 2, Kind.PLACE: 2, Kind.SUPPLIER: 1}


@dataclass(frozen=True, slots=True)
class Suggestions:
    """``listing_ids`` best first, not yet checked against certificate and stock; ``words`` are what to mark."""

    entries: list[Entry]
    listing_ids: list[int]
    words: list[str]


def suggest(backend: SearchBackend, typed: str, goods: int) -> Suggestions:
    """At most one statement with an index; never raises for any text."""
    text = rules.normalise(typed)
    if not text:
        return Suggestions([], [], [])
    answer = ask(backend, text)
    fits = answer.match in (Match.EXACT, Match.CORRECTED)
    return Suggestions(
        entries=_entries(vocabulary(backend), text),
        listing_ids=answer.listing_ids[: 3 * goods] if fits else [],
        words=answer.words if fits else [],
    )


def _entries(words: Vocabulary, text: str) -> list[Entry]:
    begun = words.beginning(text, _MOST_LOOKED_AT)
    if text.isascii():
        begun += [
            entry for word in words.begun(text, _MOST_LOOKED_AT) if (entry := words.get(word)) is not None
        ]
    chosen: dict[tuple[Kind, str], Entry] = {}
    for entry in begun:
        known = chosen.get((entry.kind, entry.code))
        # 周至 and 周至县 are one place: the full name tells more
        if entry.kind in _SHARES and (known is None or len(entry.word) > len(known.word)):
            chosen[entry.kind, entry.code] = entry
    return [
        entry
        for kind, most in _SHARES.items()
        for entry in [each for each in chosen.values() if each.kind is kind][:most]
    ]
