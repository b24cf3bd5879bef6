"""Pure rules of invoices. Amounts in fen, tax included, as on the paper; rates in basis points.

Nothing is exempt by default: a rate, and where it is lower than the general one the rule it rests on, is set by the
supplier for each of its products (增值税法; the exemption of self-produced farm goods is art. 24).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput

MAX_TITLE = 60
FREIGHT = "freight"
#: basis points → word; only what the law knows
RATES = {0: "免税", 100: "1%", 300: "3%", 600: "6%", 900: "9%", 1300: "13%"}
GENERAL_RATE = 1300


class InvoiceKind(StrEnum):
    PERSON = "person"
    UNIT = "unit"


class InvoiceColor(StrEnum):
    """``red`` takes back (a part of) a blue one."""

    BLUE = "blue"
    RED = "red"


class InvoiceNeed(StrEnum):
    """What a request waits for, derived from what was paid, given back and put on paper."""

    MONEY = "money"
    BLUE = "blue"
    RED = "red"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Title:
    """Whom an invoice names; a unit has a ``tax_number`` with a valid check digit."""

    kind: InvoiceKind
    name: str
    tax_number: str | None


@dataclass(frozen=True, slots=True)
class TaxTerms:
    rate_bp: int
    basis: str


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a paper: ``key`` is the order line's id as text, or ``FREIGHT``. ``fen`` < 0 on a red one."""

    key: str
    name: str
    fen: int
    rate_bp: int
    basis: str

    @property
    def tax_fen(self) -> int:
        return tax_of(self.fen, self.rate_bp)


def tax_of(fen: int, rate_bp: int) -> int:
    """The tax contained in ``fen``, rounded half away from zero to the fen.

    >>> tax_of(10_900, 900), tax_of(-10_900, 900), tax_of(100, 0)
    (900, -900, 0)
    """
    sign = -1 if fen < 0 else 1
    return sign * ((2 * abs(fen) * rate_bp + (10_000 + rate_bp)) // (2 * (10_000 + rate_bp)))


def check_terms(terms: TaxTerms) -> TaxTerms:
    """Raises InvalidInput at ``rate_bp`` or ``basis``."""
    if terms.rate_bp not in RATES:
        raise InvalidInput("invoices.rate", field="rate_bp")
    if terms.rate_bp != GENERAL_RATE and len(terms.basis.strip()) < 4:
        raise InvalidInput("invoices.basis", field="basis")
    return TaxTerms(terms.rate_bp, terms.basis.strip()[:100])


def need_of(paid_fen: int, on_paper_fen: int) -> InvoiceNeed:
    """``paid_fen`` is what the buyer's money comes to now, ``on_paper_fen`` blue papers less red ones."""
    if on_paper_fen > paid_fen:
        return InvoiceNeed.RED
    if on_paper_fen == 0:
        return InvoiceNeed.BLUE if paid_fen > 0 else InvoiceNeed.MONEY
    return InvoiceNeed.NOTHING


def undone(on_paper: Sequence[Item], now: Sequence[Item]) -> list[Item]:
    """The rows of the red paper that brings what is ``on_paper`` down to ``now``; each as it was issued, negative."""
    left = {item.key: item.fen for item in now}
    rows = []
    for item in on_paper:
        fen = left.get(item.key, 0) - item.fen
        if fen < 0:
            rows.append(Item(item.key, item.name, fen, item.rate_bp, item.basis))
    return rows
