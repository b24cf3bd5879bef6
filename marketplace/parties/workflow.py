"""Admission of a supplier."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class SupplierState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    SUSPENDED = "suspended"


SUPPLIER: Workflow[SupplierState] = Workflow(
    SupplierState.DRAFT,
    {
        (SupplierState.DRAFT, "submit"): SupplierState.SUBMITTED,
        (SupplierState.SUBMITTED, "return"): SupplierState.RETURNED,
        (SupplierState.RETURNED, "submit"): SupplierState.SUBMITTED,
        (SupplierState.SUBMITTED, "approve"): SupplierState.APPROVED,
        (SupplierState.APPROVED, "suspend"): SupplierState.SUSPENDED,
        (SupplierState.SUSPENDED, "reinstate"): SupplierState.APPROVED,
    },
)
