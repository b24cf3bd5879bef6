"""Listing states."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class ListingState(StrEnum):
    DRAFT = "draft"
    ON_SALE = "on_sale"
    OFF_SALE = "off_sale"
    #: taken off by the platform, with a reason on record; only the platform ends it
    WITHHELD = "withheld"


LISTING: Workflow[ListingState] = Workflow(
    ListingState.DRAFT,
    {
        (ListingState.DRAFT, "put_on_sale"): ListingState.ON_SALE,
        (ListingState.ON_SALE, "take_off_sale"): ListingState.OFF_SALE,
        (ListingState.OFF_SALE, "put_on_sale"): ListingState.ON_SALE,
        (ListingState.ON_SALE, "withhold"): ListingState.WITHHELD,
        (ListingState.OFF_SALE, "withhold"): ListingState.WITHHELD,
        (ListingState.WITHHELD, "show_again"): ListingState.ON_SALE,
        (ListingState.WITHHELD, "leave_off_sale"): ListingState.OFF_SALE,
    },
)
