"""Dates a supplier is held to: when its facts are gone through again, how near the end of a paper is. Pure."""

import calendar
from collections.abc import Sequence
from datetime import date
from enum import StrEnum


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or that month's last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Verification(StrEnum):
    """Where the regular look at an admitted supplier's facts stands."""

    FAR = "far"
    SOON = "soon"
    OVERDUE = "overdue"
    CONFIRMED = "confirmed"

    @property
    def label(self) -> str:
        return {"far": "按期", "soon": "快到期", "overdue": "已逾期", "confirmed": "已确认，待复核"}[self]

    @property
    def tone(self) -> str:
        return {"far": "done", "soon": "warn", "overdue": "danger", "confirmed": "info"}[self]


def verification(due_on: date | None, *, is_confirmed: bool, today: date, ahead_days: int) -> Verification:
    """``due_on`` None: admitted before anybody set a date, which is as good as due."""
    if is_confirmed:
        return Verification.CONFIRMED
    if due_on is None or due_on < today:
        return Verification.OVERDUE
    return Verification.SOON if (due_on - today).days <= ahead_days else Verification.FAR


def nearest(days_left: int, thresholds: Sequence[int]) -> int | None:
    """The reminder due with so many days left: the smallest threshold not below them; None before the first."""
    return next((each for each in sorted(thresholds) if days_left <= each), None)
