"""Listing states."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class ListingState(StrEnum):
    DRAFT = "draft"
    ON_SALE = "on_sale"
    OFF_SALE = "off_sale"


LISTING: Workflow[ListingState] = Workflow(
    ListingState.DRAFT,
    {
        (ListingState.DRAFT, "put_on_sale"): ListingState.ON_SALE,
        (ListingState.ON_SALE, "take_off_sale"): ListingState.OFF_SALE,
        (ListingState.OFF_SALE, "put_on_sale"): ListingState.ON_SALE,
    },
)
