"""What others may want to hear of agreements."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TermsChanged:
    """What a unit of the product yields to households is no longer what it was."""

    product_id: int
