"""Questions and answers: rows that are only ever added; whether one is hidden stands beside them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.reviews.rules import Fault
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class Question(Base):
    """Append-only. ``shown_name`` is the asker's, masked when it was asked."""

    __tablename__ = "product_questions"
    __table_args__ = (Index("ix_product_questions_listing", "listing_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    shown_name: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """One a person and question, append-only. ``by_supplier``: in the seller's name."""

    __tablename__ = "question_answers"
    __table_args__ = (UniqueConstraint("question_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("product_questions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by_supplier: Mapped[bool]
    shown_name: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(300))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuestionHiding(Base):
    """Whether a question and its answers are hidden, and why; every change is in the audit."""

    __tablename__ = "question_hidings"
    __table_args__ = (CheckConstraint("(fault IS NULL) = (hidden_at IS NULL)", name="hidden"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("product_questions.id"), primary_key=True)
    fault: Mapped[Fault | None] = mapped_column(enum_type(Fault))
    reason: Mapped[str] = mapped_column(String(200), default="")
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
