"""Pure rules of orders.refunds."""

from enum import StrEnum


class RefundKind(StrEnum):
    """``cancellation``: the whole order, before the first parcel."""

    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"
    CANCELLATION = "cancellation"
