"""Pure rules of catalog.stock."""

from enum import StrEnum


class MovementKind(StrEnum):
    RECEIVE = "receive"
    RESERVE = "reserve"
    RELEASE = "release"
    SELL = "sell"
    RESTOCK = "restock"
    ADJUST = "adjust"
