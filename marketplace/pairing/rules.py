"""Arrangements of pairing support, and which of them say the same thing twice. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PairingKind(StrEnum):
    CITY = "city"
    COUNTY = "county"
    JIANGSU_SHAANXI = "jiangsu_shaanxi"
    ENTERPRISES = "enterprises"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    PairingKind.CITY: "市级包扶",
    PairingKind.COUNTY: "区县包扶",
    PairingKind.JIANGSU_SHAANXI: "苏陕协作",
    PairingKind.ENTERPRISES: "万企帮万村",
}


@dataclass(frozen=True, slots=True)
class Term:
    """One arrangement's days, both included (``ends_on`` None: open), and what it is between.

    ``key`` is how it is named to people: its number, or the row of a table.
    """

    key: str
    unit_id: int
    village_code: str
    household_id: int | None
    starts_on: date
    ends_on: date | None

    @property
    def between(self) -> tuple[int, str, int | None]:
        return (self.unit_id, self.village_code, self.household_id)

    @property
    def words(self) -> str:
        return term_words(self.starts_on, self.ends_on)


def term_words(starts_on: date, ends_on: date | None) -> str:
    """2026-01-01 至 2026-12-31, or 至今后 when it is open."""
    return f"{starts_on.isoformat()} 至 {ends_on.isoformat() if ends_on else '长期'}"


def clash_of(term: Term, others: Iterable[Term]) -> Term | None:
    """The first arrangement between the same two that shares a day with this one, whatever its kind: the goods bought
    would have two arrangements equally near, and the target would stand twice."""
    return next(
        (other for other in others if other.between == term.between and _share_a_day(term, other)), None
    )


def _share_a_day(one: Term, other: Term) -> bool:
    return one.starts_on <= (other.ends_on or date.max) and other.starts_on <= (one.ends_on or date.max)
