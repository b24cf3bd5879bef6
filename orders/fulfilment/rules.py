"""Pure rules of orders.fulfilment."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class TrackingSource(StrEnum):
    """Who said where a parcel was seen."""

    HAND = "hand"
    TABLE = "table"
    PROGRAM = "program"


class FreightBasis(StrEnum):
    """What freight grows with: grams, or pieces."""

    WEIGHT = "weight"
    PIECE = "piece"


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """What a supplier asks to one province, or everywhere else (``province_code`` None). See models.FreightRule."""

    province_code: str | None
    basis: FreightBasis
    first_size: int
    first_fen: int
    next_size: int
    next_fen: int
    free_over_fen: int | None
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class Freight:
    """``fen`` is None where the supplier does not deliver. ``free_over_fen``: goods from which on it would be free."""

    fen: int | None
    free_over_fen: int | None = None

    @property
    def is_excluded(self) -> bool:
        return self.fen is None


def freight_fen(
    rules: Sequence[FreightTerms], province_code: str, *, grams: int, pieces: int, goods_fen: int
) -> Freight:
    """The freight of one supplier's goods, so many ``pieces``, ``grams`` heavy and worth ``goods_fen``, to a province.

    The province's own rule goes before the one for everywhere else. A supplier without any rule sends free of charge;
    one with rules, but none for this province, does not deliver there.
    """
    if not rules:
        return Freight(0)
    by_province = {rule.province_code: rule for rule in rules}
    rule = by_province.get(province_code) or by_province.get(None)
    if rule is None or rule.is_excluded:
        return Freight(None)
    if rule.free_over_fen is not None and goods_fen >= rule.free_over_fen:
        return Freight(0, rule.free_over_fen)
    extra = max(0, (grams if rule.basis is FreightBasis.WEIGHT else pieces) - rule.first_size)
    return Freight(rule.first_fen + -(-extra // rule.next_size) * rule.next_fen, rule.free_over_fen)
