"""What others may want to hear of a declared product."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductRenamed:
    """A change was certified: it is called otherwise from now on."""

    product_id: int
