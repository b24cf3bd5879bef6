"""Admission of a supplier and of a partner unit, and the changes of an account or of what a licence says."""

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


class BankChangeState(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: nothing is live until somebody else confirms it
BANK_CHANGE: Workflow[BankChangeState] = Workflow(
    BankChangeState.ASKED,
    {
        (BankChangeState.ASKED, "confirm"): BankChangeState.CONFIRMED,
        (BankChangeState.ASKED, "refuse"): BankChangeState.REFUSED,
        (BankChangeState.ASKED, "withdraw"): BankChangeState.WITHDRAWN,
    },
)


class LicenceChangeState(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


LICENCE_CHANGE: Workflow[LicenceChangeState] = Workflow(
    LicenceChangeState.ASKED,
    {
        (LicenceChangeState.ASKED, "confirm"): LicenceChangeState.CONFIRMED,
        (LicenceChangeState.ASKED, "refuse"): LicenceChangeState.REFUSED,
        (LicenceChangeState.ASKED, "withdraw"): LicenceChangeState.WITHDRAWN,
    },
)
