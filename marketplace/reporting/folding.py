"""From postings to sums. Pure: the one function that roll-up, waiting tail, order lists and verification share.

A posting of a line counts on the day its order was paid, in the region of its measure, under every value its line has
in every dimension. All figures are whole fen; a posting that is divided is divided so that its parts add up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from certification.linkage.rules import IncomeKind
from marketplace.kernel.money import allocate
from marketplace.regions.rules import CODE_LENGTH, RegionLevel
from marketplace.reporting.dimensions import KIND_MEASURES, LEVELS, POSITION, STATE_MEASURES, Dimension
from orders.ledger.rules import FEE_KINDS, GOODS_KINDS, AccountKind, IncomeState

#: sums in the order of ``MEASURES``
Sums = list[int]
#: (dimension, level, period, region code, key)
TotalKey = tuple[Dimension, RegionLevel, int, str, str]
#: (dimension, period, key, village code, household id)
HouseholdKey = tuple[Dimension, int, str, str, int]
Value = tuple[Dimension, str]

_ORDERS = POSITION["orders"]
_SALES, _FEE, _GIVEN = POSITION["sales_fen"], POSITION["fee_fen"], POSITION["given_fen"]
_STATES = {state: POSITION[name] for state, name in STATE_MEASURES.items()}
_KINDS = {kind: POSITION[name] for kind, name in KIND_MEASURES.items()}
_PREFIXES = [(level, level.prefix_length) for level in LEVELS]


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a line froze. ``collected``: (outlet or None, units) of the stock it took, when an outlet had collected any
    of it; else empty."""

    line_id: int
    order_id: int
    paid_on: date
    origin_code: str
    values: tuple[Value, ...]
    collected: tuple[tuple[int | None, int], ...] = ()


class PostingFacts(NamedTuple):
    """A posting of a line. ``fen`` as posted (debit +); the last five are of income postings, and of their cost.

    A tuple, because a check of the books makes one of every posting there is.
    """

    line_id: int
    is_sale: bool
    account_kind: str
    fen: int
    household_id: int | None = None
    income_state: IncomeState | None = None
    village_code: str | None = None
    income_kind: IncomeKind | None = None
    lot_outlet_id: int | None = None
    has_lot: bool = False


def region_at(code: str, level: RegionLevel) -> str:
    """The region of this level, or the place itself where it names none: 本级."""
    return code[: level.prefix_length].ljust(CODE_LENGTH, "0")


def month_of(day: int) -> int:
    return day // 100


def year_of(day: int) -> int:
    return day // 10_000


def period_of_day(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def blank() -> Sums:
    return [0] * len(POSITION)


def add_to(sums: dict[TotalKey, Sums], key: TotalKey, more: Sums) -> None:
    known = sums.get(key)
    sums[key] = more.copy() if known is None else [a + b for a, b in zip(known, more, strict=True)]


def shares_of(fen: int, posting: PostingFacts, line: LineFacts) -> list[tuple[int, int]]:
    """(outlet, fen) of a posting of what outlets had collected.

    Income of a lot belongs to that lot's outlet; anything else is divided by the units the line took from each lot.
    """
    if posting.has_lot:
        return [(posting.lot_outlet_id, fen)] if posting.lot_outlet_id is not None else []
    sign = -1 if fen < 0 else 1
    parts = allocate(abs(fen), [units for _, units in line.collected])
    return [
        (outlet_id, sign * part)
        for (outlet_id, _), part in zip(line.collected, parts, strict=True)
        if outlet_id is not None and part
    ]


class Fold:
    """Sums of postings by day; ``whole_periods`` adds months and years. ``keeps`` chooses the values that count."""

    def __init__(self, lines: Mapping[int, LineFacts], keeps: Callable[[Value], bool] | None = None) -> None:
        self.lines = lines
        self._values: dict[int, tuple[Value, ...]] = {
            line.line_id: tuple(value for value in line.values if keeps is None or keeps(value))
            for line in lines.values()
        }
        self._keeps = keeps
        self._days = {line.line_id: period_of_day(line.paid_on) for line in lines.values()}
        self._cells: dict[tuple[tuple[Value, ...], int, str], Sums] = {}
        self._incomes: dict[tuple[tuple[Value, ...], int, str, int], int] = {}
        self._sold: dict[tuple[int, int, Value], set[str]] = {}

    def add(self, postings: Iterable[PostingFacts]) -> "Fold":
        for posting in postings:
            line = self.lines.get(posting.line_id)
            if line is None:
                continue
            self._add(posting, posting.fen, self._values[line.line_id], line)
            if line.collected:
                for outlet_id, fen in shares_of(posting.fen, posting, line):
                    values = self._collected(outlet_id)
                    if values:
                        self._add(posting, fen, values, line)
        return self

    def _collected(self, outlet_id: int) -> tuple[Value, ...]:
        values = ((Dimension.OUTLET_COLLECTED, str(outlet_id)), (Dimension.OUTLET_COLLECTED, ""))
        return tuple(value for value in values if self._keeps is None or self._keeps(value))

    def _add(self, posting: PostingFacts, fen: int, values: tuple[Value, ...], line: LineFacts) -> None:
        day = self._days[line.line_id]
        kind = posting.account_kind
        if kind == AccountKind.HOUSEHOLD_INCOME:
            if posting.income_state is None or posting.income_kind is None or posting.village_code is None:
                return
            sums = self._cell(values, day, posting.village_code)
            sums[_STATES[posting.income_state]] -= fen
            sums[_KINDS[posting.income_kind]] -= fen
            if posting.household_id is not None:
                whose = (values, day, posting.village_code, posting.household_id)
                self._incomes[whose] = self._incomes.get(whose, 0) - fen
            return
        sums = self._cell(values, day, line.origin_code)
        if kind == AccountKind.HOUSEHOLD_COST:
            sums[_GIVEN] += fen
        elif kind in GOODS_KINDS:
            sums[_SALES] -= fen
            if kind in FEE_KINDS:
                sums[_FEE] -= fen
            if posting.is_sale:
                for value in values:
                    self._sold.setdefault((line.order_id, day, value), set()).add(line.origin_code)

    def _cell(self, values: tuple[Value, ...], day: int, region: str) -> Sums:
        found = self._cells.get((values, day, region))
        if found is None:
            found = self._cells[(values, day, region)] = blank()
        return found

    def days(self) -> dict[TotalKey, Sums]:
        """Sums by day, at every level."""
        by_value: dict[tuple[Value, int, str], Sums] = {}
        for (values, day, region), sums in self._cells.items():
            for value in values:
                known = by_value.get((value, day, region))
                by_value[value, day, region] = (
                    sums.copy() if known is None else [a + b for a, b in zip(known, sums, strict=True)]
                )
        totals: dict[TotalKey, Sums] = {}
        for ((dimension, key), day, region), sums in by_value.items():
            for level, length in _PREFIXES:
                add_to(totals, (dimension, level, day, region[:length].ljust(CODE_LENGTH, "0"), key), sums)
        for (_, day, (dimension, key)), origins in self._sold.items():
            for level in LEVELS:
                for region in {region_at(origin, level) for origin in origins}:
                    totals.setdefault((dimension, level, day, region, key), blank())[_ORDERS] += 1
        return totals

    def household_days(self) -> dict[HouseholdKey, int]:
        """Income by household and day."""
        totals: dict[HouseholdKey, int] = {}
        for (values, day, village, household_id), fen in self._incomes.items():
            for dimension, key in values:
                at = (dimension, day, key, village, household_id)
                totals[at] = totals.get(at, 0) + fen
        return totals


def with_months_and_years(days: Mapping[TotalKey, Sums]) -> dict[TotalKey, Sums]:
    """The days and, made of them, their months and years."""
    totals = dict(days)
    for coarser in (month_of, year_of):
        for (dimension, level, day, region, key), sums in days.items():
            add_to(totals, (dimension, level, coarser(day), region, key), sums)
    return totals


def households_with_months_and_years(days: Mapping[HouseholdKey, int]) -> dict[HouseholdKey, int]:
    totals = dict(days)
    for coarser in (month_of, year_of):
        for (dimension, day, key, village, household_id), fen in days.items():
            at = (dimension, coarser(day), key, village, household_id)
            totals[at] = totals.get(at, 0) + fen
    return totals


def sums_of(totals: Iterable[Sums]) -> Sums:
    result = blank()
    for sums in totals:
        result = [a + b for a, b in zip(result, sums, strict=True)]
    return result


def fold(
    lines: Sequence[LineFacts],
    postings: Iterable[PostingFacts],
    keeps: Callable[[Value], bool] | None = None,
) -> Fold:
    return Fold({line.line_id: line for line in lines}, keeps).add(postings)
