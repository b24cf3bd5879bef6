"""Stories."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.stories.workflow import StoryState


class Story(Base):
    """Of a village, or of one household in it (``household_id``); ``supplier_id`` is the writer's supplier, None where
    an official wrote it. Only the two consents say whether a household's is shown, never a copy of them."""

    __tablename__ = "stories"
    __table_args__ = (
        Index("ix_stories_village", "village_code", "state"),
        Index("ix_stories_supplier", "supplier_id", "state"),
        Index("ix_stories_published", "state", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    title: Mapped[str] = mapped_column(String(30))
    body: Mapped[str] = mapped_column(Text)
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    state: Mapped[StoryState] = mapped_column(enum_type(StoryState))
    written_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200), default="")
