"""Pure rules of orders.ordering."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from certification.linkage.rules import IncomeShare


class PaymentMethod(StrEnum):
    ONLINE = "online"
    TRANSFER = "transfer"


def commission_outlet(placed: int | None, channel: int | None, pickup: int | None) -> int | None:
    """Of an order's outlets the one its commission goes to: who ordered for the villager did most, then who brought the
    buyer, then who hands the goods over. One commission an order, never three."""
    return placed or channel or pickup


def fit_into_net(shares: Sequence[IncomeShare], net_fen: int, fee_fen: int) -> tuple[list[IncomeShare], int]:
    """The shares and the platform fee so that both fit into the line's net: (shares, fee).

    A price at or above the floor leaves room for both. Only a lot whose odd units came back can carry more for a
    moment: the fee gives way first, then the lots' rows from the last one on; what they lose comes with later units.
    Wages and shares come first, for no later line would make up for them.
    """
    left = net_fen
    fen_of: dict[int, int] = {}
    for place in sorted(range(len(shares)), key=lambda each: (shares[each].lot_id is not None, each)):
        fen_of[place] = min(shares[place].fen, left)
        left -= fen_of[place]
    fitted = [
        share if share.fen == fen_of[place] else replace(share, fen=fen_of[place])
        for place, share in enumerate(shares)
        if fen_of[place]
    ]
    return fitted, min(fee_fen, left)
