"""The audit, filtered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    at: datetime
    actor_id: int | None
    action: str
    subject: str
    subject_id: str
    detail: dict[str, Any]
    reason: str | None


_ROW = columns_of(AuditEntry, AuditRow)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """``area`` is the part of the action before its dot; both days are included; ``by_people`` leaves out timers and
    providers."""

    actors: set[int] | None = None
    area: str = ""
    action: str = ""
    subject: str = ""
    subject_id: str = ""
    since: date | None = None
    until: date | None = None
    by_people: bool = False

    def criteria(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.actors is not None:
            found.append(AuditEntry.actor_id.in_(self.actors))
        if self.by_people:
            found.append(AuditEntry.actor_id.is_not(None))
        if self.area:
            found.append(AuditEntry.action.startswith(f"{self.area}.", autoescape=True))
        if self.action:
            found.append(AuditEntry.action == self.action)
        if self.subject:
            found.append(AuditEntry.subject == self.subject)
        if self.subject_id:
            found.append(AuditEntry.subject_id == self.subject_id)
        if self.since is not None:
            found.append(AuditEntry.at >= clock.local_day_start(self.since))
        if self.until is not None:
            found.append(AuditEntry.at < clock.local_day_start(self.until + timedelta(days=1)))
        return found


@dataclass(frozen=True, slots=True)
class AuditSlice:
    """Entries, newest first; ``older`` is where the next slice begins, None at the end."""

    items: list[AuditRow]
    older: int | None


def audit_slice(wanted: AuditFilter, before: int | None = None, limit: int = PER_PAGE) -> AuditSlice:
    """By key, not by page number: the record only grows, and counting it would cost more than reading it."""
    criteria = wanted.criteria()
    if before is not None:
        criteria.append(AuditEntry.id < before)
    rows = db.session.execute(
        select(*_ROW).where(*criteria).order_by(AuditEntry.id.desc()).limit(limit + 1)
    ).all()
    found = [AuditRow(*row) for row in rows]
    return AuditSlice(found[:limit], found[limit - 1].id if len(found) > limit else None)


def audit_of(subject: str, subject_id: object, limit: int = 30) -> list[AuditRow]:
    """What was done to one thing, newest first."""
    rows = db.session.execute(
        select(*_ROW)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == str(subject_id))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [AuditRow(*row) for row in rows]
