"""One line of text as a person typed it: what can't be seen is no part of it.

Control and format characters, unassigned ones and blank letters come along with what is copied elsewhere; two names
that look alike would be two. What is only read (an address, a remark) loses them; a name that carries one is refused,
because it may read otherwise than it is written: U+202E turns the rest of a line around.
"""

import unicodedata

from marketplace.kernel.errors import InvalidInput

#: general categories of Unicode: controls, formats (bidi, zero width), surrogates, private, unassigned, line ends
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: letters, marks and signs that show as nothing: Hangul fillers, the joiner of graphemes, an empty Braille cell
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def one_line(text: str) -> str:
    """The text without what can't be seen, and without blanks around it."""
    return "".join(sign for sign in text if sign.isprintable()).strip()


def _is_hidden(sign: str) -> bool:
    return sign in _BLANK or unicodedata.category(sign) in _HIDDEN


def trimmed(text: str) -> str:
    """The text without blanks and what can't be seen at its ends."""
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or _is_hidden(text[start])):
        start += 1
    while end > start and (text[end - 1].isspace() or _is_hidden(text[end - 1])):
        end -= 1
    return text[start:end]


def hides_something(text: str) -> bool:
    return any(_is_hidden(sign) for sign in text)


def check_line(text: str, field: str) -> None:
    """Raises InvalidInput ``text.hidden`` at ``field`` where something in the text can't be seen."""
    if hides_something(text):
        raise InvalidInput("text.hidden", field=field)
