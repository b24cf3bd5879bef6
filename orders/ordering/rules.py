"""Pure rules of orders.ordering."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from certification.linkage.rules import IncomeShare


class PaymentMethod(StrEnum):
    ONLINE = "online"
    TRANSFER = "transfer"


def fit_into_net(shares: Sequence[IncomeShare], net_fen: int, fee_fen: int) -> tuple[list[IncomeShare], int]:
    """The shares and the platform fee so that both fit into the line's net: (shares, fee).

    A price at or above the floor leaves room for both. Only a lot whose odd units came back can carry more for a
    moment: the fee gives way first, then the lots' rows from the last one on; what they lose comes with later units.
    """
    fitted: list[IncomeShare] = []
    left = net_fen
    for share in shares:
        fen = min(share.fen, left)
        left -= fen
        if fen:
            fitted.append(share if fen == share.fen else replace(share, fen=fen))
    return fitted, min(fee_fen, left)
