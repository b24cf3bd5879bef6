"""The payment machine, and those of sessions, transfer proofs and money sent back."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class PaymentState(StrEnum):
    UNPAID = "unpaid"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class SessionState(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


class ProofState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class MoneyReturnState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


class ReceiptState(StrEnum):
    """A line of a bank statement: not placed yet, kept as a part until the rest comes, used for its order, or going
    back."""

    OPEN = "open"
    KEPT = "kept"
    USED = "used"
    RETURNED = "returned"


PAYMENT: Workflow[PaymentState] = Workflow(
    PaymentState.UNPAID,
    {
        (PaymentState.UNPAID, "start"): PaymentState.PENDING,
        (PaymentState.UNPAID, "capture"): PaymentState.PAID,
        (PaymentState.PENDING, "capture"): PaymentState.PAID,
        (PaymentState.PENDING, "fail"): PaymentState.FAILED,
        (PaymentState.FAILED, "start"): PaymentState.PENDING,
        (PaymentState.FAILED, "capture"): PaymentState.PAID,
        (PaymentState.UNPAID, "expire"): PaymentState.EXPIRED,
        (PaymentState.PENDING, "expire"): PaymentState.EXPIRED,
        (PaymentState.FAILED, "expire"): PaymentState.EXPIRED,
        (PaymentState.PENDING, "refuse"): PaymentState.UNPAID,
    },
)

SESSION: Workflow[SessionState] = Workflow(
    SessionState.OPEN,
    {
        (SessionState.OPEN, "succeed"): SessionState.SUCCEEDED,
        (SessionState.OPEN, "fail"): SessionState.FAILED,
        (SessionState.OPEN, "expire"): SessionState.EXPIRED,
        # notices overtake each other: money that arrived counts, whatever was said before
        (SessionState.FAILED, "succeed"): SessionState.SUCCEEDED,
        (SessionState.EXPIRED, "succeed"): SessionState.SUCCEEDED,
    },
)

PROOF: Workflow[ProofState] = Workflow(
    ProofState.SUBMITTED,
    {
        (ProofState.SUBMITTED, "accept"): ProofState.ACCEPTED,
        (ProofState.SUBMITTED, "refuse"): ProofState.REFUSED,
    },
)

RECEIPT: Workflow[ReceiptState] = Workflow(
    ReceiptState.OPEN,
    {
        (ReceiptState.OPEN, "keep"): ReceiptState.KEPT,
        (ReceiptState.OPEN, "use"): ReceiptState.USED,
        (ReceiptState.OPEN, "return"): ReceiptState.RETURNED,
        (ReceiptState.KEPT, "use"): ReceiptState.USED,
        (ReceiptState.KEPT, "return"): ReceiptState.RETURNED,
    },
)

MONEY_RETURN: Workflow[MoneyReturnState] = Workflow(
    MoneyReturnState.WAITING,
    {
        (MoneyReturnState.WAITING, "send"): MoneyReturnState.SENT,
        (MoneyReturnState.SENT, "finish"): MoneyReturnState.DONE,
        (MoneyReturnState.WAITING, "finish"): MoneyReturnState.DONE,
        (MoneyReturnState.WAITING, "fail"): MoneyReturnState.FAILED,
        (MoneyReturnState.SENT, "fail"): MoneyReturnState.FAILED,
        (MoneyReturnState.FAILED, "send"): MoneyReturnState.SENT,
    },
)


class DisputeState(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


DISPUTE: Workflow[DisputeState] = Workflow(
    DisputeState.OPEN,
    {(DisputeState.OPEN, "won"): DisputeState.WON, (DisputeState.OPEN, "lost"): DisputeState.LOST},
)
