"""A purchase order on its way from the buyer's desk to the suppliers."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class PurchaseState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PLACED = "placed"
    CANCELLED = "cancelled"


PURCHASE: Workflow[PurchaseState] = Workflow(
    PurchaseState.DRAFT,
    {
        (PurchaseState.DRAFT, "submit"): PurchaseState.SUBMITTED,
        (PurchaseState.RETURNED, "submit"): PurchaseState.SUBMITTED,
        (PurchaseState.SUBMITTED, "return"): PurchaseState.RETURNED,
        (PurchaseState.SUBMITTED, "place"): PurchaseState.PLACED,
        (PurchaseState.DRAFT, "cancel"): PurchaseState.CANCELLED,
        (PurchaseState.RETURNED, "cancel"): PurchaseState.CANCELLED,
        (PurchaseState.SUBMITTED, "cancel"): PurchaseState.CANCELLED,
    },
)
