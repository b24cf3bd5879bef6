"""利益联结监测: when a promise counts as kept, by the days of the certificate's year so far. Pure.

A certificate promises so many households and so much income a year. What is due today is the promise × days so far ÷
days of the year; the worse of the two measures gives the light.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from certification.certificates.rules import add_years

#: more than this says nothing more
HIGHEST_PERCENT = 999


class Light(StrEnum):
    """``EARLY``: the first year has not run long enough; ``UNPROMISED``: nothing was promised in figures."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    EARLY = "early"
    UNPROMISED = "unpromised"


#: worst first, then what cannot be judged yet
ORDER = (Light.RED, Light.AMBER, Light.GREEN, Light.EARLY, Light.UNPROMISED)


@dataclass(frozen=True, slots=True)
class Bars:
    """Percent of what is due from which a light is green or amber, and days before anything is judged."""

    green: int
    amber: int
    min_days: int


@dataclass(frozen=True, slots=True)
class Window:
    """Days counted, both included, of a certificate's year of ``year_days``."""

    start: date
    end: date
    year_days: int

    @property
    def elapsed(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Measure:
    """Households and fen, promised for a year or come about."""

    households: int
    income_fen: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """``percent`` None: not judged. The due figures are rounded up: half a household is one."""

    light: Light
    percent: int | None
    household_percent: int | None
    income_percent: int | None
    due_households: int
    due_income_fen: int


def window_of(first_day: date, today: date, min_days: int) -> Window:
    """The running year of a certificate that was first issued on ``first_day``. While it is younger than ``min_days``
    and a whole year lies before it, that one is looked at instead: an anniversary wipes nothing away."""
    years = 0
    while add_years(first_day, years + 1) <= today:
        years += 1
    start, following = add_years(first_day, years), add_years(first_day, years + 1)
    end = max(today, start)
    if years and (end - start).days + 1 < min_days:
        before = add_years(first_day, years - 1)
        return Window(before, start - timedelta(days=1), (start - before).days)
    return Window(start, end, (following - start).days)


def judge(promised: Measure, fact: Measure, window: Window, bars: Bars) -> Judgement:
    """The light. Whole figures decide, so that a bar of 90 is met by exactly 90 percent."""
    due_households = _due(promised.households, window)
    due_income = _due(promised.income_fen, window)
    shares = [
        _percent(fact.households, promised.households, window),
        _percent(fact.income_fen, promised.income_fen, window),
    ]
    known = [share for share in shares if share is not None]
    if not known:
        return Judgement(Light.UNPROMISED, None, None, None, 0, 0)
    if window.elapsed < bars.min_days:
        return Judgement(Light.EARLY, None, shares[0], shares[1], due_households, due_income)
    worst = min(known)
    light = Light.GREEN if worst >= bars.green else Light.AMBER if worst >= bars.amber else Light.RED
    return Judgement(light, worst, shares[0], shares[1], due_households, due_income)


def _due(promised: int, window: Window) -> int:
    return -(-promised * window.elapsed // window.year_days)


def _percent(fact: int, promised: int, window: Window) -> int | None:
    """Of what is due, rounded down; None where nothing was promised."""
    if promised <= 0:
        return None
    return min(max(fact, 0) * window.year_days * 100 // (promised * window.elapsed), HIGHEST_PERCENT)
