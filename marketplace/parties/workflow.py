"""Admission of a supplier, and of a partner unit."""

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


class UnitState(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"


UNIT: Workflow[UnitState] = Workflow(
    UnitState.SUBMITTED,
    {
        (UnitState.SUBMITTED, "return"): UnitState.RETURNED,
        (UnitState.RETURNED, "submit"): UnitState.SUBMITTED,
        (UnitState.SUBMITTED, "admit"): UnitState.ADMITTED,
        (UnitState.ADMITTED, "suspend"): UnitState.SUSPENDED,
        (UnitState.SUSPENDED, "reinstate"): UnitState.ADMITTED,
    },
)
