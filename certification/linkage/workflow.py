"""Agreement states, and those of a work sheet."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class AgreementState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


AGREEMENT: Workflow[AgreementState] = Workflow(
    AgreementState.DRAFT,
    {
        (AgreementState.DRAFT, "activate"): AgreementState.ACTIVE,
        (AgreementState.DRAFT, "end"): AgreementState.ENDED,
        (AgreementState.ACTIVE, "end"): AgreementState.ENDED,
    },
)


class SheetState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    CLOSED = "closed"


#: entered by the supplier, confirmed by the village of each household that worked
SHEET: Workflow[SheetState] = Workflow(
    SheetState.DRAFT,
    {
        (SheetState.DRAFT, "submit"): SheetState.SUBMITTED,
        (SheetState.SUBMITTED, "return"): SheetState.RETURNED,
        (SheetState.RETURNED, "submit"): SheetState.SUBMITTED,
        (SheetState.SUBMITTED, "close"): SheetState.CLOSED,
    },
)
