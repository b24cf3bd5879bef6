"""Home slots and fixed hot words, shown on the days from ``starts_on`` to ``ends_on`` in Xi'an, both included."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.promotions.rules import SlotKind
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class HomeSlot(Base):
    """``target`` is an address of the shop itself, beginning with one slash; ``position`` orders those of one kind."""

    __tablename__ = "home_slots"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("target LIKE '/%' AND target NOT LIKE '//%'", name="target"),
        Index("ix_home_slots_ends", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SlotKind] = mapped_column(enum_type(SlotKind))
    title: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(String(60))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    alt: Mapped[str] = mapped_column(String(80))
    target: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HotWord(Base):
    """A word the platform puts under the search box itself, beside what is searched most."""

    __tablename__ = "hot_words"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="days"),
        Index("ix_hot_words_ends", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(12))
    position: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
