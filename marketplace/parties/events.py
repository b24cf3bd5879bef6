"""What others may want to hear of suppliers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SupplierRenamed:
    """An admitted supplier is called otherwise."""

    supplier_id: int
