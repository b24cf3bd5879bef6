"""Reading messages: how many are unread, the box newest first, and what a person chose to hear."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select

from marketplace.kernel import clock
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE
from marketplace.messages.models import Message, MessageChoice
from marketplace.messages.topics import TOPICS, Topic

#: Nobody needs to know more exactly; a head that counts is not to read a box of thousands.
COUNTED_UP_TO = 100


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    topic: Topic
    title: str
    text: str
    endpoint: str
    params: Mapping[str, Any]
    at: datetime
    read_at: datetime | None

    @property
    def is_unread(self) -> bool:
        return self.read_at is None

    @property
    def topic_title(self) -> str:
        return TOPICS[self.topic].title


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of the box; ``older`` is the id to go on before, None at its end."""

    items: list[MessageRow]
    older: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    topic: Topic
    title: str
    hint: str
    needed: bool
    in_site: bool
    by_mail: bool


_COLUMNS = columns_of(Message, MessageRow)


def unread_of(user_id: ColumnElement[int]) -> ColumnElement[int]:
    """How many unread, at most ``COUNTED_UP_TO``: a column for somebody else's statement."""
    some = (
        select(literal_column("1"))
        .where(Message.user_id == user_id, Message.read_at.is_(None))
        .limit(COUNTED_UP_TO)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def unread_by_topic(user_id: int) -> dict[Topic, int]:
    """Only topics with unread ones."""
    rows = db.session.execute(
        select(Message.topic, func.count())
        .where(Message.user_id == user_id, Message.read_at.is_(None))
        .group_by(Message.topic)
    )
    return dict(rows.all())


def box(user_id: int, *, topic: Topic | None = None, unread: bool = False, before: int | None = None) -> Box:
    """Newest first, a page's worth. One query."""
    criteria: list[ColumnElement[bool]] = [Message.user_id == user_id]
    if topic is not None:
        criteria.append(Message.topic == topic)
    if unread:
        criteria.append(Message.read_at.is_(None))
    if before is not None:
        criteria.append(Message.id < before)
    rows = db.session.execute(
        select(*_COLUMNS).where(*criteria).order_by(Message.id.desc()).limit(PAGE_SIZE + 1)
    ).all()
    items = [MessageRow(*row) for row in rows[:PAGE_SIZE]]
    return Box(items, items[-1].id if len(rows) > PAGE_SIZE else None)


def get_message(user_id: int, message_id: int) -> MessageRow:
    """Raises NotFound, also for somebody else's."""
    row = db.session.execute(
        select(*_COLUMNS).where(Message.id == message_id, Message.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return MessageRow(*row)


def topics_heard(user_id: int) -> set[Topic]:
    """What a person was ever told of. One query."""
    return set(db.session.scalars(select(Message.topic).where(Message.user_id == user_id).distinct()))


def choices_of(user_id: int, topics: Collection[Topic] = tuple(TOPICS)) -> list[Choice]:
    """These topics with what holds for this person. One query."""
    chosen = {
        topic: (in_site, by_mail)
        for topic, in_site, by_mail in db.session.execute(
            select(MessageChoice.topic, MessageChoice.in_site, MessageChoice.by_mail).where(
                MessageChoice.user_id == user_id
            )
        )
    }
    return [
        Choice(
            topic,
            facts.title,
            facts.hint,
            facts.needed,
            facts.needed or chosen.get(topic, (True, facts.by_mail))[0],
            chosen.get(topic, (True, facts.by_mail))[1],
        )
        for topic in topics
        for facts in [TOPICS[topic]]
    ]


def messages_to_take(user_id: int) -> list[dict[str, str]]:
    """Everything that was told to somebody, newest first, for the file of their own data."""
    rows = db.session.execute(
        select(Message.at, Message.title, Message.text)
        .where(Message.user_id == user_id)
        .order_by(Message.id.desc())
    )
    return [
        {
            "时间": clock.written(at),
            "标题": title,
            "内容": text,
        }
        for at, title, text in rows
    ]


def choices_to_take(user_id: int) -> list[dict[str, str]]:
    """How somebody wants to hear of what, whether or not it reaches them today."""
    yes = {True: "是", False: "否"}
    return [
        {"消息": each.title, "站内": yes[each.in_site], "邮件": yes[each.by_mail]}
        for each in choices_of(user_id)
    ]
