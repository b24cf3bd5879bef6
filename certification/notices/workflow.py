"""Notice states."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class NoticeState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


NOTICE: Workflow[NoticeState] = Workflow(
    NoticeState.OPEN,
    {
        (NoticeState.OPEN, "close"): NoticeState.CLOSED,
    },
)
