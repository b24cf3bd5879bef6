"""Disbursement states; a bounced one is paid again by a new one."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class DisbursementState(StrEnum):
    PAID = "paid"
    BOUNCED = "bounced"
    ACKNOWLEDGED = "acknowledged"


DISBURSEMENT: Workflow[DisbursementState] = Workflow(
    DisbursementState.PAID,
    {
        (DisbursementState.PAID, "bounce"): DisbursementState.BOUNCED,
        (DisbursementState.PAID, "acknowledge"): DisbursementState.ACKNOWLEDGED,
    },
)
