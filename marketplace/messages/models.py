"""Messages to people, and what each wants to hear."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.messages.topics import Topic


class Message(Base):
    """``endpoint`` and ``params`` name the page it is about. ``key`` keeps a reminder from coming twice. No names,
    numbers or accounts of households in the text: a mail leaves the house."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_messages_user_read", "user_id", "read_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    topic: Mapped[Topic] = mapped_column(enum_type(Topic))
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text, default="")
    endpoint: Mapped[str] = mapped_column(String(80), default="")
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    key: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MessageChoice(Base):
    """What a person chose for a topic; without a row the topic's default holds."""

    __tablename__ = "message_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    topic: Mapped[Topic] = mapped_column(enum_type(Topic), primary_key=True)
    in_site: Mapped[bool] = mapped_column(default=True)
    by_mail: Mapped[bool] = mapped_column(default=False)
