"""The audit, filtered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.paging import Page, offset_of

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


_ROW = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.subject_id,
    AuditEntry.detail,
    AuditEntry.reason,
)


def audit_page(
    *,
    page: int,
    actors: set[int] | None = None,
    area: str = "",
    action: str = "",
    subject_id: str = "",
    since: date | None = None,
    until: date | None = None,
    by_people: bool = False,
) -> Page[AuditRow]:
    """Entries, newest first. ``area`` is the part of the action before its dot; both days are included;
    ``by_people`` leaves out timers and providers."""
    criteria: list[ColumnElement[bool]] = []
    if actors is not None:
        criteria.append(AuditEntry.actor_id.in_(actors))
    if by_people:
        criteria.append(AuditEntry.actor_id.is_not(None))
    if area:
        criteria.append(AuditEntry.action.startswith(f"{area}.", autoescape=True))
    if action:
        criteria.append(AuditEntry.action == action)
    if subject_id:
        criteria.append(AuditEntry.subject_id == subject_id)
    if since is not None:
        criteria.append(AuditEntry.at >= clock.local_day_start(since))
    if until is not None:
        criteria.append(AuditEntry.at < clock.local_day_start(until + timedelta(days=1)))
    total = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*criteria)) or 0
    rows = db.session.execute(
        select(*_ROW)
        .where(*criteria)
        .order_by(AuditEntry.id.desc())
        .limit(PER_PAGE)
        .offset(offset_of(page, PER_PAGE))
    )
    return Page([AuditRow(*row) for row in rows], page, total, PER_PAGE)


def audit_of(subject: str, subject_id: object, limit: int = 30) -> list[AuditRow]:
    """What was done to one thing, newest first."""
    rows = db.session.execute(
        select(*_ROW)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == str(subject_id))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [AuditRow(*row) for row in rows]
