"""What people type on a Chinese keyboard: digits and letters of full width are those of an ordinary one.

Quantities and amounts of orders are not read through here: they count as typed in ASCII digits, or are refused.
"""

import unicodedata

#: digits, letters and what stands in numbers, codes and addresses of mail; the punctuation of sentences stays as it is
_SIGNS = (
    *map(chr, range(ord("０"), ord("９") + 1)),
    *map(chr, range(ord("Ａ"), ord("Ｚ") + 1)),
    *map(chr, range(ord("ａ"), ord("ｚ") + 1)),
    *"＋－．＠＿",
)
_HALF = str.maketrans({sign: unicodedata.normalize("NFKC", sign) for sign in _SIGNS})


def half_width(text: str) -> str:
    """``"１３８"`` → ``"138"``, ``"ＸＦ－２"`` → ``"XF-2"`` (Unicode annex 15, NFKC, of these signs)."""
    return text.translate(_HALF)


def digits_of(text: str, most: int) -> str:
    """The digits in what was typed for a number or a code, at most so many: ``"订单 １２３"`` → ``"123"``."""
    return "".join(sign for sign in half_width(text) if sign.isascii() and sign.isdigit())[:most]
