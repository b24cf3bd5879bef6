"""Reviews and what is said about them: rows that are only ever added. What may change is beside them, in a row of its
own: how many reports wait and whether a review is hidden, and the sums of a listing."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from catalog.reviews.rules import Fault
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class Review(Base):
    """One a line of an order, append-only. Scores are 1–5; ``shown_name`` is the writer's, masked when it was written;
    ``photos`` are tokens of public pictures."""

    __tablename__ = "product_reviews"
    __table_args__ = (
        CheckConstraint(
            "goods BETWEEN 1 AND 5 AND delivery BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5", name="scores"
        ),
        Index("ix_product_reviews_listing", "listing_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), unique=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    shown_name: Mapped[str] = mapped_column(String(10))
    sku_name: Mapped[str] = mapped_column(String(60))
    goods: Mapped[int]
    delivery: Mapped[int]
    service: Mapped[int]
    text: Mapped[str] = mapped_column(String(500))
    photos: Mapped[list[str]] = mapped_column(JSON)
    has_photos: Mapped[bool] = mapped_column(server_default=false())
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FollowUp(Base):
    """追评: what the writer adds later, once. Append-only."""

    __tablename__ = "review_follow_ups"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("product_reviews.id"), unique=True)
    text: Mapped[str] = mapped_column(String(500))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reply(Base):
    """The supplier's answer, once. Append-only."""

    __tablename__ = "review_replies"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("product_reviews.id"), unique=True)
    text: Mapped[str] = mapped_column(String(300))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Report(Base):
    """Somebody says that a review breaks the rules; once a person. Append-only."""

    __tablename__ = "review_reports"
    __table_args__ = (UniqueConstraint("review_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("product_reviews.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    fault: Mapped[Fault] = mapped_column(enum_type(Fault))
    text: Mapped[str] = mapped_column(String(200))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReviewCase(Base):
    """Where a reported review stands: ``waiting`` reports nobody has judged, and why it is hidden, if it is. What was
    decided when and by whom is in the audit."""

    __tablename__ = "review_cases"
    __table_args__ = (
        CheckConstraint("(fault IS NULL) = (hidden_at IS NULL) AND waiting >= 0", name="hidden"),
        Index("ix_review_cases_waiting", "waiting", "reported_at"),
    )

    review_id: Mapped[int] = mapped_column(ForeignKey("product_reviews.id"), primary_key=True)
    waiting: Mapped[int]
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fault: Mapped[Fault | None] = mapped_column(enum_type(Fault))
    reason: Mapped[str] = mapped_column(String(200), default="")
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ListingScores(Base):
    """Sums over the reviews and the count of questions of a listing, kept by the commands that add one."""

    __tablename__ = "listing_scores"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    reviews: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    middle: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    with_photos: Mapped[int] = mapped_column(default=0)
    goods_sum: Mapped[int] = mapped_column(default=0)
    delivery_sum: Mapped[int] = mapped_column(default=0)
    service_sum: Mapped[int] = mapped_column(default=0)
    questions: Mapped[int] = mapped_column(default=0)
