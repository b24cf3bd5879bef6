"""What a unit buys for, and when it pays."""

from enum import StrEnum


class PaymentTerm(StrEnum):
    """先款后货 or 先货后款."""

    BEFORE = "before"
    AFTER = "after"

    @property
    def label(self) -> str:
        return _TERM_LABELS[self]


class Purpose(StrEnum):
    """Which budget a purchase belongs to."""

    CANTEEN = "canteen"
    UNION = "union"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _PURPOSE_LABELS[self]


_TERM_LABELS = {PaymentTerm.BEFORE: "先款后货", PaymentTerm.AFTER: "先货后款"}
_PURPOSE_LABELS = {Purpose.CANTEEN: "食堂采购", Purpose.UNION: "工会慰问", Purpose.OTHER: "其他"}
