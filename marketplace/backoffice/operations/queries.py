"""What the worker has before it and how it gets on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from catalog.search.backend import SearchUnavailable
from catalog.search.engine import current_backend
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.job_runs import JobRow
from marketplace.reporting.models import WaitingEntry

#: the rarest job runs every hour; the frequent ones every half minute
SILENT_AFTER = timedelta(minutes=15)
LATE_AFTER = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class IndexState:
    """``error`` None: searches use the index. Otherwise they go to the database, slower and without pinyin."""

    error: str | None

    @property
    def is_fine(self) -> bool:
        return self.error is None


def search_index() -> IndexState:
    try:
        current_backend().check()
    except SearchUnavailable as error:
        return IndexState(f"{type(error).__name__}: {error}"[:200])
    return IndexState(None)


def entries_to_sum() -> int:
    """Journal entries that no report has in its sums yet."""
    return db.session.scalar(select(func.count()).select_from(WaitingEntry)) or 0


def last_sign(rows: list[JobRow]) -> datetime | None:
    """When a worker last began a job."""
    return max((row.started_at for row in rows), default=None)


def is_silent(rows: list[JobRow]) -> bool:
    sign = last_sign(rows)
    return sign is None or clock.now() - sign > SILENT_AFTER


def is_late(row: JobRow) -> bool:
    return clock.now() - row.started_at > LATE_AFTER
