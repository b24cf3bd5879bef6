"""A long import as a row people can watch: checked by the worker, with progress, applied whole or not at all."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class RunState(StrEnum):
    WAITING = "waiting"
    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    DROPPED = "dropped"


class ImportRun(Base):
    """``kind`` names what is imported, ``file`` the waiting file. ``done`` of ``total`` rows are through the step that
    runs; ``findings`` are bad cells or, without any, what it would do."""

    __tablename__ = "import_runs"
    __table_args__ = (CheckConstraint("done >= 0 AND total >= 0", name="progress"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[RunState] = mapped_column(enum_type(RunState))
    file: Mapped[str] = mapped_column(String(40))
    filename: Mapped[str] = mapped_column(String(120), default="")
    scope: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
