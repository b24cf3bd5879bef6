"""A correction is proposed by one person and decided by another; posted, only another correction undoes it."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class CorrectionState(StrEnum):
    PROPOSED = "proposed"
    POSTED = "posted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CORRECTION: Workflow[CorrectionState] = Workflow(
    CorrectionState.PROPOSED,
    {
        (CorrectionState.PROPOSED, "post"): CorrectionState.POSTED,
        (CorrectionState.PROPOSED, "refuse"): CorrectionState.REFUSED,
        (CorrectionState.PROPOSED, "withdraw"): CorrectionState.WITHDRAWN,
    },
)
