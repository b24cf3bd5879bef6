"""A unit's plan of a year in figures: what it may say, where it should stand by now, what the reserved share asks.

Pure. Amounts are fen, ratios basis points (万分之一). Nothing here forces a purchase: the figures guide and remind.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.kernel.errors import InvalidInput

#: a plan is made for the year before (late corrections) to the next one
YEARS_BACK, YEARS_AHEAD = 3, 1
HIGHEST_FEN = 100_000_000_000


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """Fen; a canteen budget of None says 无食堂."""

    target_fen: int
    canteen_budget_fen: int | None = None
    union_budget_fen: int | None = None
    platform_832_fen: int = 0


def check_plan(draft: PlanDraft, year: int, this_year: int) -> None:
    """Raises InvalidInput at ``year`` or at the amount that is out of bounds."""
    if not this_year - YEARS_BACK <= year <= this_year + YEARS_AHEAD:
        raise InvalidInput("units.plan_year", field="year")
    for name in ("target_fen", "canteen_budget_fen", "union_budget_fen", "platform_832_fen"):
        amount = getattr(draft, name)
        if amount is not None and not 0 <= amount <= HIGHEST_FEN:
            raise InvalidInput("units.plan_amount", field=name, limit_fen=HIGHEST_FEN)
    if draft.target_fen == 0:
        raise InvalidInput("units.plan_target", field="target_fen")


def deadline_of(year: int, month_day: int) -> date:
    """The last day of a plan from a parameter such as 1231; an impossible day is the year's last."""
    try:
        return date(year, month_day // 100, month_day % 100)
    except ValueError:
        return date(year, 12, 31)


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a plan stands in time. ``time_bp``: how much of the period is over; ``days_left`` 0 when it is over;
    ``done_on``: when it would be reached at the present speed, None when nothing can be said."""

    time_bp: int
    days_left: int
    done_on: date | None


def pace(bought_fen: int, target_fen: int, start: date, deadline: date, today: date) -> Pace:
    """The time marker of a plan. Today counts as passed; before the start nothing has.

    The day it would be done is only told within the next two years: further out it says nothing.
    """
    whole = (deadline - start).days + 1
    passed = min(max((today - start).days + 1, 0), whole)
    days_left = max((deadline - today).days, 0) if today >= start else whole
    done_on = None
    if 0 < bought_fen < target_fen and passed > 0 and today <= deadline:
        needed = -(-target_fen * passed // bought_fen)
        if needed <= whole + 730:
            done_on = start + timedelta(days=needed - 1)
    return Pace(10_000 * passed // whole, days_left, done_on)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a budget was bought here. ``tone`` and ``words`` say it kindly; ``to_next_fen`` is what the next line
    (the ratio, then the encouraged one) still takes, 0 when both are passed, with ``next_bp`` that line."""

    budget_fen: int
    bought_fen: int
    bought_bp: int
    ratio_bp: int
    next_bp: int
    to_next_fen: int

    @property
    def is_met(self) -> bool:
        return self.bought_fen * 10_000 >= self.budget_fen * self.ratio_bp


def share_of(budget_fen: int | None, bought_fen: int, ratio_bp: int, encouraged_bp: int) -> Share | None:
    """The reserved share of one budget; None when there is no such budget. A ratio is reached at exactly its part."""
    if not budget_fen:
        return None
    lines = sorted({ratio_bp, max(encouraged_bp, ratio_bp)})
    next_bp = next((line for line in lines if bought_fen * 10_000 < budget_fen * line), lines[-1])
    short = -(-budget_fen * next_bp // 10_000) - bought_fen
    return Share(budget_fen, bought_fen, 10_000 * bought_fen // budget_fen, ratio_bp, next_bp, max(short, 0))
