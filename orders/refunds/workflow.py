"""The refund machine."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class RefundState(StrEnum):
    """``returning``: the supplier waits for the goods; ``sent_back``: they are on their way to it; ``arbitration``: the
    buyer asked the platform to decide; ``withdrawn`` by the buyer, or by the goods never being sent."""

    REQUESTED = "requested"
    RETURNING = "returning"
    SENT_BACK = "sent_back"
    ARBITRATION = "arbitration"
    APPROVED = "approved"
    REJECTED = "rejected"
    SENT = "sent"
    DONE = "done"
    WITHDRAWN = "withdrawn"


#: somebody still has to say or do something: its units are spoken for, and the order's timers stand still
OPEN = (RefundState.REQUESTED, RefundState.RETURNING, RefundState.SENT_BACK, RefundState.ARBITRATION)
#: granted: money that is the buyer's
GRANTED = (RefundState.APPROVED, RefundState.SENT, RefundState.DONE)

REFUND: Workflow[RefundState] = Workflow(
    RefundState.REQUESTED,
    {
        (RefundState.REQUESTED, "approve"): RefundState.APPROVED,
        (RefundState.REQUESTED, "accept_return"): RefundState.RETURNING,
        (RefundState.REQUESTED, "reject"): RefundState.REJECTED,
        (RefundState.REQUESTED, "withdraw"): RefundState.WITHDRAWN,
        (RefundState.RETURNING, "send_back"): RefundState.SENT_BACK,
        (RefundState.RETURNING, "withdraw"): RefundState.WITHDRAWN,
        (RefundState.SENT_BACK, "approve"): RefundState.APPROVED,
        (RefundState.SENT_BACK, "reject"): RefundState.REJECTED,
        (RefundState.REJECTED, "appeal"): RefundState.ARBITRATION,
        (RefundState.ARBITRATION, "approve"): RefundState.APPROVED,
        (RefundState.ARBITRATION, "accept_return"): RefundState.RETURNING,
        (RefundState.ARBITRATION, "reject"): RefundState.REJECTED,
        (RefundState.ARBITRATION, "withdraw"): RefundState.WITHDRAWN,
        # the bank has given the money back: nothing is left to claim
        **{(state, "close"): RefundState.WITHDRAWN for state in OPEN},
        (RefundState.APPROVED, "send"): RefundState.SENT,
        (RefundState.SENT, "finish"): RefundState.DONE,
    },
)
