"""States of a notice, and of an objection to one."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class NoticeState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


#: an objection stops the clock; when none is open any more it goes on
NOTICE: Workflow[NoticeState] = Workflow(
    NoticeState.OPEN,
    {
        (NoticeState.OPEN, "pause"): NoticeState.PAUSED,
        (NoticeState.PAUSED, "resume"): NoticeState.OPEN,
        (NoticeState.OPEN, "close"): NoticeState.CLOSED,
        (NoticeState.PAUSED, "close"): NoticeState.CLOSED,
    },
)


class ObjectionState(StrEnum):
    LODGED = "lodged"
    HANDLING = "handling"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


OBJECTION: Workflow[ObjectionState] = Workflow(
    ObjectionState.LODGED,
    {
        (ObjectionState.LODGED, "take_up"): ObjectionState.HANDLING,
        (ObjectionState.HANDLING, "release"): ObjectionState.LODGED,
        (ObjectionState.LODGED, "withdraw"): ObjectionState.WITHDRAWN,
        (ObjectionState.HANDLING, "withdraw"): ObjectionState.WITHDRAWN,
        (ObjectionState.HANDLING, "uphold"): ObjectionState.UPHELD,
        (ObjectionState.HANDLING, "dismiss"): ObjectionState.DISMISSED,
    },
)
#: not settled yet: the notice waits for it
OPEN = (ObjectionState.LODGED, ObjectionState.HANDLING)
