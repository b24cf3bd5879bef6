"""How a story comes before the public, and leaves again."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class StoryState(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


#: whoever rewrites a story, published or not, hands it in again
STORY: Workflow[StoryState] = Workflow(
    StoryState.SUBMITTED,
    {
        (StoryState.SUBMITTED, "submit"): StoryState.SUBMITTED,
        (StoryState.RETURNED, "submit"): StoryState.SUBMITTED,
        (StoryState.PUBLISHED, "submit"): StoryState.SUBMITTED,
        (StoryState.SUBMITTED, "publish"): StoryState.PUBLISHED,
        (StoryState.SUBMITTED, "return"): StoryState.RETURNED,
        (StoryState.SUBMITTED, "withdraw"): StoryState.WITHDRAWN,
        (StoryState.RETURNED, "withdraw"): StoryState.WITHDRAWN,
        (StoryState.PUBLISHED, "withdraw"): StoryState.WITHDRAWN,
    },
)
