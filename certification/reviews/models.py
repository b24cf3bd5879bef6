"""What officials keep for their work: opinions they use again, and the hand-over of a post."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from certification.reviews.rules import Decision
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class OpinionTemplate(Base):
    """An official's own wording for an opinion at a level (village, town, county, city)."""

    __tablename__ = "opinion_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    level: Mapped[str] = mapped_column(String(20))
    decision: Mapped[Decision] = mapped_column(enum_type(Decision))
    text: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Handover(Base):
    """A post that changed hands: the region's work in progress went from one official to another."""

    __tablename__ = "handovers"
    __table_args__ = (CheckConstraint("from_user_id <> to_user_id", name="two_people"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    from_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    to_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    #: how many applications and objections were open then
    open_count: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
