"""Who did what to what, when and why. Append-only: triggers refuse UPDATE and DELETE. Ids only, no personal data."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base, db


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str | None] = mapped_column(Text)


def record(
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: object,
    detail: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add an entry to the running transaction. ``actor_id`` None is the system itself (timer, provider)."""
    db.session.add(
        AuditEntry(
            at=clock.now(),
            actor_id=actor_id,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            detail=detail or {},
            reason=reason,
        )
    )
