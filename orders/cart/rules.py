"""Pure rules of carts: what a quantity is, and what stands in the way of a line."""

import re
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput

MAX_UNITS = 9999
MAX_LINES = 100
#: only ASCII digits: ``１``, ``１.5``, ``1e9`` and ``NaN`` are no quantities
_UNITS = re.compile(r"[0-9]{1,9}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class LineState(StrEnum):
    """Whether a line can be ordered now, and if not, why."""

    OK = "ok"
    TOO_FEW = "too_few"
    SOLD_OUT = "sold_out"
    OFF_SALE = "off_sale"
    OVER_LIMIT = "over_limit"


def line_state(on_sale: bool, available: int, units: int, left: int | None = None) -> LineState:
    """What stands in the way of ``units`` units of a SKU with ``available`` on hand, of which this buyer may have
    ``left`` more (None: as many as there are)."""
    if not on_sale:
        return LineState.OFF_SALE
    if available <= 0:
        return LineState.SOLD_OUT
    if left is not None and units > left:
        return LineState.OVER_LIMIT
    return LineState.TOO_FEW if available < units else LineState.OK


def parse_units(text: str, field: str = "units") -> int:
    """A quantity as typed: a whole number from 1 to 9999 in ASCII digits. Raises InvalidInput ``cart.units``."""
    cleaned = text.strip()
    if not _UNITS.fullmatch(cleaned) or not 1 <= int(cleaned) <= MAX_UNITS:
        raise InvalidInput("cart.units", field=field, maximum=MAX_UNITS)
    return int(cleaned)


def clean_channel(text: str | None) -> str:
    """The code of the link, QR or outlet a buyer came by; anything odd counts as none."""
    return text if text and _CHANNEL.fullmatch(text) else ""
