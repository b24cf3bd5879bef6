"""The outlet that brought a buyer, as a channel code on the cart's lines: ``outlet:`` and its id. Only the cookie of
the outlet's link puts one there; a form can't, ``clean_channel`` knows no code with a colon."""

from collections.abc import Collection

from marketplace.outlets.queries import outlets_by_ids

_PREFIX = "outlet:"


def channel_of_outlet(outlet_id: int) -> str:
    return f"{_PREFIX}{outlet_id}"


def outlet_of_channel(channel_code: str) -> int | None:
    """The outlet a line's channel code names, or None for another channel."""
    number = channel_code.removeprefix(_PREFIX)
    return int(number) if number != channel_code and number.isascii() and number.isdigit() else None


def open_outlets_of(channel_codes: Collection[str]) -> dict[str, int]:
    """Outlet by channel code, of those that are open now. One query where any code names one, none otherwise."""
    named = {code: outlet for code in channel_codes if (outlet := outlet_of_channel(code)) is not None}
    known = outlets_by_ids(named.values())
    return {code: outlet for code, outlet in named.items() if outlet in known and known[outlet].is_open}
