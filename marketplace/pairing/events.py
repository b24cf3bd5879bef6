"""What others hear of pairing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArrangementChanged:
    """An arrangement of this unit was made, corrected or withdrawn: what its purchases count to is told anew."""

    unit_id: int
