"""States of disbursements (a bounced one is paid again by a new one) and of settlement bills."""

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


class BillState(StrEnum):
    ISSUED = "issued"
    CHECKED = "checked"
    SETTLED = "settled"


BILL: Workflow[BillState] = Workflow(
    BillState.ISSUED,
    {
        (BillState.ISSUED, "check"): BillState.CHECKED,
        # until it is settled its supplier may find it wrong, and checks it once more after the answer
        (BillState.ISSUED, "object"): BillState.ISSUED,
        (BillState.CHECKED, "object"): BillState.ISSUED,
        (BillState.ISSUED, "withdraw"): BillState.ISSUED,
        (BillState.CHECKED, "settle"): BillState.SETTLED,
    },
)
