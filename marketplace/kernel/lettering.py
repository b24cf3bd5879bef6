"""The font of the house for papers and pictures.

Only a subset of it is committed (GB 2312, every place name, every sign the shop's own texts use); a sign it lacks is
drawn as 〓 and noted in the log, never an error.
"""

from functools import cache
from pathlib import Path

import structlog

log = structlog.get_logger()

FONT = Path(__file__).parent / "data" / "fonts" / "NotoSansSC-Regular.subset.ttf"
_LACKING = "〓"


@cache
def _known() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - 40 MB that only a process that prints needs

    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(text: str) -> str:
    """The text with 〓 for signs the font lacks; line breaks stay, other control signs go."""
    known = _known()
    lacking = {sign for sign in text if ord(sign) >= ord(" ") and ord(sign) not in known}
    if lacking:
        log.warning("pdf.signs_lacking", count=len(lacking), signs=sorted(hex(ord(sign)) for sign in lacking))
    return "".join(
        _LACKING if sign in lacking else sign for sign in text if ord(sign) >= ord(" ") or sign == "\n"
    )
