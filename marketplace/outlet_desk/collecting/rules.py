"""Weights and money as they are said at a scale. Pure."""

import re
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput

_WEIGHT = re.compile(r"(?a:\d{1,6}(\.\d{1,3})?)")


class WeightUnit(StrEnum):
    """What a scale shows and a price is said for."""

    JIN = "jin"
    KILOGRAM = "kg"

    @property
    def label(self) -> str:
        return "斤" if self is WeightUnit.JIN else "公斤"

    @property
    def grams(self) -> int:
        return 500 if self is WeightUnit.JIN else 1000


def parse_weight(text: str, unit: WeightUnit) -> int:
    """Whole grams of a weight as typed, ``126`` or ``126.5``, half up. Raises InvalidInput ``collect.weight``."""
    cleaned = text.strip()
    if not _WEIGHT.fullmatch(cleaned):
        raise InvalidInput("collect.weight", field="weight")
    grams = int((Decimal(cleaned) * unit.grams).to_integral_value(ROUND_HALF_UP))
    if grams < 1:
        raise InvalidInput("collect.weight", field="weight")
    return grams


def agreed_total(grams: int, price_fen: int, unit: WeightUnit) -> int:
    """What so many grams come to at a price for one unit of weight, to the fen, half up."""
    return (2 * grams * price_fen + unit.grams) // (2 * unit.grams)
