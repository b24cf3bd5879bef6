"""The one clock. Times are aware UTC; days, months and years are those of Asia/Shanghai."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The business day a moment belongs to."""
    return moment.astimezone(BUSINESS_ZONE).date()


def today() -> date:
    return local_date(now())


def local_day_start(day: date) -> datetime:
    """The first moment of a business day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=BUSINESS_ZONE).astimezone(UTC)
