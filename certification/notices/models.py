"""Public notices, in numbered batches of a county, and the objections to them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certification.notices.workflow import NoticeState, ObjectionState
from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base


class PublicNotice(Base):
    """Shown from ``starts_on`` to ``ends_on`` (both included), in village, town and county at once. Its batch holds
    what a county put up on the same day; while it is paused ``days_left`` working days wait."""

    __tablename__ = "public_notices"
    __table_args__ = (
        UniqueConstraint("application_id", "round"),
        CheckConstraint("(state = 'paused') = (days_left IS NOT NULL)", name="paused"),
        Index("ix_public_notices_batch", "batch"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    round: Mapped[int] = mapped_column(default=1)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    state: Mapped[NoticeState] = mapped_column(enum_type(NoticeState), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: ``610124-2026-012``: county, year, the how-manieth of the year; None on notices from before there were batches
    batch: Mapped[str | None] = mapped_column(String(24))
    #: The day it went on after an objection: like the day it was put up, it does not count.
    resumed_on: Mapped[date | None]
    paused_on: Mapped[date | None]
    days_left: Mapped[int | None]


class Objection(Base):
    """Anyone's word against an application in public notice. Who it is stays encrypted and never reaches the
    applicant; ``receipt_digest`` is of the code by which the person reads the reply."""

    __tablename__ = "objections"
    __table_args__ = (
        Index("ix_objections_worklist", "state", "region_code", "deadline_on"),
        CheckConstraint(
            "(state IN ('upheld', 'dismissed', 'withdrawn')) = (decided_at IS NOT NULL)", name="decided"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: 异〔2026〕0001号
    number: Mapped[str] = mapped_column(String(40), unique=True)
    receipt_digest: Mapped[str] = mapped_column(String(64), unique=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notices.id"), index=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    state: Mapped[ObjectionState] = mapped_column(enum_type(ObjectionState))
    contact_name: Mapped[str] = mapped_column(EncryptedText)
    contact_mobile: Mapped[str] = mapped_column(EncryptedText)
    #: of the number, to hold the day's limit without reading it
    mobile_digest: Mapped[str] = mapped_column(String(64), index=True)
    #: the person's account where it was signed in, so that nobody handles an objection of its own
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(40))
    statement: Mapped[str] = mapped_column(Text)
    lodged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deadline_on: Mapped[date]
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: what was found (for the file) and what the person is told
    findings: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ObjectionEvidence(Base):
    """A paper or picture, private: of the person who objects, or of the official who looked into it."""

    __tablename__ = "objection_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"), index=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    by_official: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
