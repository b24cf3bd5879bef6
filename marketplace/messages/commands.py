"""Telling people something, in the transaction of its cause; mail follows through the outbox."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select, update

from marketplace.accounts.models import User
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.messages.models import Message, MessageChoice
from marketplace.messages.topics import TOPICS, Topic

MAIL_TOPIC = "messages.mail"
TITLE_LIMIT = 80


@transactional
def tell(
    topic: Topic,
    users: Collection[int],
    title: str,
    text: str = "",
    *,
    endpoint: str = "",
    params: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> int:
    """Leave each of these people a message, and a mail if they want one; returns how many were told.

    ``endpoint`` and ``params`` name the page it is about. With a ``key`` a person is told once and never again under
    that key, whatever the topic. Three queries and the rows, however many people.
    """
    ids = sorted(set(users))
    if not ids:
        return 0
    told = _told(ids, key)
    choices = _choices(ids, topic)
    reachable = _reachable(ids)
    facts = TOPICS[topic]
    count = 0
    for user_id in ids:
        in_site, wants_mail = choices.get(user_id, (True, facts.by_mail))
        by_mail = wants_mail and user_id in reachable
        if user_id in told or not (in_site or facts.needed or by_mail):
            continue
        message = Message(
            user_id=user_id,
            topic=topic,
            title=title[:TITLE_LIMIT],
            text=text,
            endpoint=endpoint,
            params=dict(params or {}),
            key=key,
            at=clock.now(),
            read_at=None if in_site or facts.needed else clock.now(),
        )
        db.session.add(message)
        db.session.flush()
        if by_mail:
            outbox.enqueue(MAIL_TOPIC, {"message_id": message.id})
        count += 1
    return count


@transactional
def mark_read(user_id: int, message_id: int) -> None:
    """One of one's own; somebody else's stays as it is."""
    db.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.user_id == user_id, Message.read_at.is_(None))
        .values(read_at=clock.now())
    )


@transactional
def mark_all_read(user_id: int, topic: Topic | None = None, up_to: int | None = None) -> int:
    """All, or those of a topic, up to the newest the person saw; returns how many."""
    query = update(Message).where(Message.user_id == user_id, Message.read_at.is_(None))
    if topic is not None:
        query = query.where(Message.topic == topic)
    if up_to is not None:
        query = query.where(Message.id <= up_to)
    ids = db.session.scalars(query.values(read_at=clock.now()).returning(Message.id)).all()
    return len(ids)


@transactional
def choose(
    user_id: int, asked: Collection[Topic], in_site: Collection[Topic], by_mail: Collection[Topic]
) -> None:
    """Keep what a person wants to hear, and where, of the topics that were ``asked`` about. What somebody waits for
    stays on in the site."""
    known = {
        row.topic: row
        for row in db.session.scalars(select(MessageChoice).where(MessageChoice.user_id == user_id))
    }
    for topic in asked:
        row = known.get(topic)
        if row is None:
            row = MessageChoice(user_id=user_id, topic=topic)
            db.session.add(row)
        row.in_site, row.by_mail = TOPICS[topic].needed or topic in in_site, topic in by_mail


def _told(user_ids: Collection[int], key: str | None) -> set[int]:
    if key is None:
        return set()
    return set(
        db.session.scalars(select(Message.user_id).where(Message.key == key, Message.user_id.in_(user_ids)))
    )


def _reachable(user_ids: Collection[int]) -> set[int]:
    """Who has a mail address that was confirmed."""
    return set(
        db.session.scalars(select(User.id).where(User.id.in_(user_ids), User.email_confirmed_at.is_not(None)))
    )


def _choices(user_ids: Collection[int], topic: Topic) -> dict[int, tuple[bool, bool]]:
    rows = db.session.execute(
        select(MessageChoice.user_id, MessageChoice.in_site, MessageChoice.by_mail).where(
            MessageChoice.topic == topic, MessageChoice.user_id.in_(user_ids)
        )
    )
    return {user_id: (in_site, by_mail) for user_id, in_site, by_mail in rows}


@transactional
def forget_member(user_id: int) -> None:
    """What was told to somebody who leaves, and what they wanted to hear."""
    for owned in (Message, MessageChoice):
        db.session.execute(delete(owned).where(owned.user_id == user_id))
