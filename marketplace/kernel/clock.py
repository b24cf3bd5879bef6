"""The one clock. Times are aware UTC; days, months and years are those of Asia/Shanghai."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


class _Hand:
    """How far this process's clock was turned; nobody but ``turned_to`` turns it."""

    ahead = timedelta(0)


def now() -> datetime:
    return datetime.now(UTC) + _Hand.ahead


@contextmanager
def turned_to(moment: datetime) -> Iterator[None]:
    """Let it be ``moment`` in this process for a while; time goes on from there.

    For an operator who wants to see what the timers would do. What is written meanwhile carries that time.
    """
    if moment.tzinfo is None:
        raise TypeError("naive datetime")
    before = _Hand.ahead
    _Hand.ahead = moment - datetime.now(UTC)
    try:
        yield
    finally:
        _Hand.ahead = before


def local_date(moment: datetime) -> date:
    """The business day a moment belongs to."""
    return moment.astimezone(BUSINESS_ZONE).date()


def local_stamp(moment: datetime) -> str:
    """``2026-11-28T09:30:00+08:00``, for files that people and programs read."""
    return moment.astimezone(BUSINESS_ZONE).isoformat(timespec="seconds")


def today() -> date:
    return local_date(now())


def local_day_start(day: date) -> datetime:
    """The first moment of a business day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=BUSINESS_ZONE).astimezone(UTC)
