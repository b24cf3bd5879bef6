"""The refund machine."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class RefundState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    SENT = "sent"
    DONE = "done"


REFUND: Workflow[RefundState] = Workflow(
    RefundState.REQUESTED,
    {
        (RefundState.REQUESTED, "approve"): RefundState.APPROVED,
        (RefundState.REQUESTED, "reject"): RefundState.REJECTED,
        (RefundState.APPROVED, "send"): RefundState.SENT,
        (RefundState.SENT, "finish"): RefundState.DONE,
    },
)
