"""What one row of a report says, and what stands behind it. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from certification.linkage.rules import IncomeKind
from marketplace.presentation import MoneyPart
from marketplace.reporting.dimensions import KIND_MEASURES, POSITION, STATE_MEASURES
from marketplace.reporting.folding import Sums, blank
from marketplace.reporting.rules import Period, day_label, month_of
from orders.ledger.rules import PAID_OUT, IncomeState

#: what adds up over regions and keys: all but the orders
ADDITIVE = len(POSITION) - 1
#: a line of more days than this is drawn by months
DAYS_DRAWN = 62


@dataclass(slots=True)
class Figures:
    """One row of a report; amounts in fen, sales net of refunds and without freight. ``code`` names it in addresses:
    a region's code, or the key of the report's dimension."""

    code: str
    name: str
    sums: Sums = field(default_factory=blank)
    before: Sums = field(default_factory=blank)
    households: int = 0
    is_own: bool = False
    note: str = ""
    #: what was to be bought in the year, and what was, wherever; None where nothing was agreed
    target_fen: int | None = None
    year_fen: int = 0

    @property
    def sales_fen(self) -> int:
        return self.sums[POSITION["sales_fen"]]

    @property
    def fee_fen(self) -> int:
        return self.sums[POSITION["fee_fen"]]

    @property
    def given_fen(self) -> int:
        """What the goods from here bring households, wherever they live."""
        return self.sums[POSITION["given_fen"]]

    @property
    def orders(self) -> int:
        return self.sums[POSITION["orders"]]

    @property
    def before_fen(self) -> int:
        return self.before[POSITION["sales_fen"]]

    @property
    def before_orders(self) -> int:
        return self.before[POSITION["orders"]]

    @property
    def by_state(self) -> dict[IncomeState, int]:
        return {state: self.sums[POSITION[name]] for state, name in STATE_MEASURES.items()}

    @property
    def by_kind(self) -> dict[IncomeKind, int]:
        return {kind: self.sums[POSITION[name]] for kind, name in KIND_MEASURES.items()}

    @property
    def income_fen(self) -> int:
        """平台带来收入: all posted states."""
        return sum(self.by_state.values())

    @property
    def arrived_fen(self) -> int:
        """已到账: disbursed or acknowledged."""
        return sum(self.by_state[state] for state in PAID_OUT)

    @property
    def is_empty(self) -> bool:
        return not (any(self.sums) or any(self.before) or self.households)

    def parts(self) -> list[MoneyPart]:
        """钱去了哪儿 of these goods; adds up to the sales."""
        return [
            MoneyPart("home", "农户", self.given_fen),
            MoneyPart("coop", "供应商", self.sales_fen - self.fee_fen - self.given_fen),
            MoneyPart("plat", "平台", self.fee_fen),
        ]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A point of a line over time."""

    label: str
    start: date
    end: date


def buckets_of(period: Period, today: date) -> list[Bucket]:
    """The days of a period up to today, or its months where there are too many days."""
    end = min(period.end, today)
    if end < period.start:
        return []
    days = (end - period.start).days + 1
    if days <= DAYS_DRAWN:
        each = [period.start + timedelta(days=number) for number in range(days)]
        return [Bucket(day_label(day), day, day) for day in each]
    found: list[Bucket] = []
    start = period.start
    while start <= end:
        month = month_of(start)
        found.append(Bucket(f"{start.month}月", start, min(month.end, end)))
        start = month.end + timedelta(days=1)
    return found


def differences(total: Sums, rows: list[Sums]) -> list[int]:
    """Total less the rows' sum, for every measure that adds up; all zero in sound books."""
    return [total[place] - sum(row[place] for row in rows) for place in range(ADDITIVE)]
