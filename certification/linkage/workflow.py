"""Agreement states."""

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
