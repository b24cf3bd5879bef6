"""Public notices: one per application and level, all with the same days."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certification.notices.workflow import NoticeState
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class PublicNotice(Base):
    """Shown from ``starts_on`` to ``ends_on`` (both included), in village, town and county at once."""

    __tablename__ = "public_notices"
    __table_args__ = (UniqueConstraint("application_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    round: Mapped[int] = mapped_column(default=1)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    state: Mapped[NoticeState] = mapped_column(enum_type(NoticeState), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
