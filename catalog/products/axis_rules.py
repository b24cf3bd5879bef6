"""Packings that a buyer chooses by two lists of words, 规格 × 果型. Pure.

A listing has either no axes, and its packings are one list; or two, each with a name. Then every packing is called by
one word of each, and its name is nothing else but the two: ``5斤 · 大果``. The name is where the words are kept, so a
form, a table and a workbook that write names can't disagree with the page; what is no such pair is refused when it is
written, and is never guessed from a name that was written for something else.
"""

from collections.abc import Iterable, Sequence

from marketplace.kernel.errors import InvalidInput

BETWEEN = " · "
_DOT = "·"
LONGEST_AXIS = 8

Words = tuple[str, str]


def words_of(name: str) -> Words | None:
    """The two words a name is made of, however the dot between them is spaced; None where it is no such pair."""
    words = [word.strip() for word in name.split(_DOT)]
    return (words[0], words[1]) if len(words) == 2 and all(words) else None


def composed(words: Iterable[str]) -> str:
    return BETWEEN.join(words)


def spelled(name: str) -> str:
    """The name as it is kept where packings have two words; what is no pair stays, to be refused as it was typed."""
    words = words_of(name)
    return name if words is None else composed(words)


def is_word(text: str) -> bool:
    """Whether it may be one of the words of an axis."""
    return bool(text) and _DOT not in text


def checked_axes(first: str, second: str) -> list[str]:
    """The names of both axes, or none at all. Raises InvalidInput at ``first`` or ``second``."""
    if not first and not second:
        return []
    for field, name in (("first", first), ("second", second)):
        if not name:
            raise InvalidInput("listing.axes_half", field=field)
        if len(name) > LONGEST_AXIS:
            raise InvalidInput("listing.axis_long", field=field, most=LONGEST_AXIS)
    if first == second:
        raise InvalidInput("listing.axes_same", field="second")
    return [first, second]


def unfit(names: Sequence[str]) -> list[str]:
    """Those that can't be packings of two words: no pair, or the same pair as one before."""
    seen: set[Words] = set()
    bad = []
    for name in names:
        words = words_of(name)
        if words is None or words in seen:
            bad.append(name)
        else:
            seen.add(words)
    return bad
