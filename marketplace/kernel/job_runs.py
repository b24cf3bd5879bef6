"""When each periodic job last ran, and how it ended: for the operators' page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base, db
from marketplace.kernel.transaction import transaction

LONGEST_ERROR = 2000


class JobRun(Base):
    """One row per job; ``error`` is None when the last run ended well."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


def record_start(name: str) -> None:
    """Note that a job begins: before it does anything, in a transaction of its own, so that a killed one shows."""
    with transaction() as session:
        row = session.get(JobRun, name)
        if row is None:
            row = JobRun(name=name, runs=0, failures=0)
            session.add(row)
        row.started_at, row.finished_at = clock.now(), None
        row.runs += 1


def record_end(name: str, error: BaseException | None = None) -> None:
    """Note how a job ended; the error of the last run stays until one ends well."""
    with transaction() as session:
        row = session.get(JobRun, name)
        if row is None:
            return
        row.finished_at = clock.now()
        row.error = f"{type(error).__name__}: {error}"[:LONGEST_ERROR] if error else None
        row.failures += 1 if error else 0


@dataclass(frozen=True, slots=True)
class JobRow:
    """``finished_at`` None: it runs now, or was killed."""

    name: str
    started_at: datetime
    finished_at: datetime | None
    runs: int
    failures: int
    error: str | None

    @property
    def seconds(self) -> float | None:
        """How long the last run took."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


def job_rows() -> list[JobRow]:
    """Every job that ever ran, the failing ones first, then by name."""
    rows = db.session.execute(
        select(
            JobRun.name,
            JobRun.started_at,
            JobRun.finished_at,
            JobRun.runs,
            JobRun.failures,
            JobRun.error,
        ).order_by(JobRun.error.is_(None), JobRun.name)
    )
    return [JobRow(*row) for row in rows]
