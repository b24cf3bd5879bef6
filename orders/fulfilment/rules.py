"""Pure rules of orders.fulfilment."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """What a supplier asks to one province, or everywhere else (``province_code`` None). See models.FreightRule."""

    province_code: str | None
    first_grams: int
    first_fen: int
    next_grams: int
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


def freight_fen(rules: Sequence[FreightTerms], province_code: str, grams: int, goods_fen: int) -> Freight:
    """The freight of one supplier's goods, ``grams`` heavy and worth ``goods_fen``, to a province.

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
    extra = max(0, grams - rule.first_grams)
    return Freight(rule.first_fen + -(-extra // rule.next_grams) * rule.next_fen, rule.free_over_fen)
