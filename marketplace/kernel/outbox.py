"""Work to be done after a commit: a row written in the transaction of its cause, handled by the worker, at least once.

The table is the queue. Handlers must be idempotent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import JSON, ColumnElement, Index, String, Text, and_, case, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import audit, clock
from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base, db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.kernel.transaction import transaction, transactional

log = structlog.get_logger()

Handler = Callable[[dict[str, Any]], None]
_KEY = "kernel.outbox"
_KEY_TELLING = "kernel.outbox.telling"
#: in the place of an error: nobody has tried, somebody has to say whether it is to be done
HELD = "恢复备份时扣下的：备份以后可能已经发过"
MAX_ATTEMPTS = 12
#: A message another worker took and never finished is taken again after this long.
LEASE = timedelta(minutes=5)


class OutboxMessage(Base):
    __tablename__ = "outbox_messages"
    __table_args__ = (Index("ix_outbox_waiting", "done_at", "available_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    available_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)


def install(
    extensions: dict[str, Any], handlers: Mapping[str, Handler], telling: Collection[str] = ()
) -> None:
    """``telling``: the topics that tell people something, which can't be taken back; of the others a second time is no
    harm."""
    extensions[_KEY], extensions[_KEY_TELLING] = handlers, frozenset(telling)


def enqueue(topic: str, payload: dict[str, Any], delay: timedelta = timedelta(0)) -> None:
    """Add a message to the running transaction."""
    moment = clock.now()
    db.session.add(
        OutboxMessage(
            topic=topic, payload=payload, created_at=moment, available_at=moment + delay, attempts=0
        )
    )


def _claim() -> tuple[int, str, dict[str, Any]] | None:
    moment = clock.now()
    with transaction() as session:
        message = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.done_at.is_(None), OutboxMessage.available_at <= moment)
            .order_by(OutboxMessage.available_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if message is None:
            return None
        message.attempts += 1
        message.available_at = moment + LEASE
        return message.id, message.topic, message.payload


def _finish(message_id: int, **values: object) -> None:
    with transaction() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**values))


def run_pending(limit: int = 200) -> int:
    """Handle up to ``limit`` messages that are due; returns how many were taken.

    A handler's error keeps the message, waits twice as long each time and gives up, loudly, after MAX_ATTEMPTS.
    """
    handlers: Mapping[str, Handler] = current_app.extensions[_KEY]
    taken = 0
    while taken < limit and (claimed := _claim()) is not None:
        taken += 1
        message_id, topic, payload = claimed
        try:
            handlers[topic](payload)
        except Exception as error:
            db.session.rollback()
            _retry_later(message_id, topic, error)
        else:
            _finish(message_id, done_at=clock.now(), last_error=None)
    return taken


def _retry_later(message_id: int, topic: str, error: Exception) -> None:
    log.exception("outbox.failed", topic=topic, message_id=message_id)
    attempts = db.session.scalar(select(OutboxMessage.attempts).where(OutboxMessage.id == message_id)) or 1
    given_up = attempts >= MAX_ATTEMPTS
    if given_up:
        log.critical("outbox.given_up", topic=topic, message_id=message_id, attempts=attempts)
    _finish(
        message_id,
        available_at=clock.now() + timedelta(seconds=2**attempts),
        done_at=clock.now() if given_up else None,
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )


class MessageState(StrEnum):
    """How a message stands: not tried yet, failed and to be tried again, given up, or held after a restore."""

    WAITING = "waiting"
    FAILING = "failing"
    GIVEN_UP = "given_up"
    HELD = "held"


_CRITERIA: dict[MessageState, ColumnElement[bool]] = {
    MessageState.WAITING: and_(OutboxMessage.done_at.is_(None), OutboxMessage.last_error.is_(None)),
    MessageState.FAILING: and_(OutboxMessage.done_at.is_(None), OutboxMessage.last_error.is_not(None)),
    MessageState.GIVEN_UP: and_(OutboxMessage.done_at.is_not(None), OutboxMessage.last_error != HELD),
    MessageState.HELD: and_(OutboxMessage.done_at.is_not(None), OutboxMessage.last_error == HELD),
}


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message without its payload: who looks after the queue needs the ids in the log, not what they stand for."""

    id: int
    topic: str
    created_at: datetime
    available_at: datetime
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """``oldest_at`` is when the message that waits longest could first have been taken, which is not yet for some."""

    counts: Mapping[MessageState, int]
    oldest_at: datetime | None


def queue_state() -> QueueState:
    """One query."""
    sums = [func.coalesce(func.sum(case((criterion, 1), else_=0)), 0) for criterion in _CRITERIA.values()]
    is_due = _CRITERIA[MessageState.WAITING] & (OutboxMessage.available_at <= clock.now())
    oldest = func.min(case((is_due, OutboxMessage.available_at)))
    unfinished = OutboxMessage.done_at.is_(None) | OutboxMessage.last_error.is_not(None)
    *counts, oldest_at = db.session.execute(select(*sums, oldest).where(unfinished)).one()
    return QueueState(dict(zip(_CRITERIA, map(int, counts), strict=True)), oldest_at)


def messages_page(state: MessageState, page: int) -> Page[MessageRow]:
    """The messages that stand so, the oldest first."""
    total = db.session.scalar(select(func.count()).select_from(OutboxMessage).where(_CRITERIA[state])) or 0
    rows = db.session.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.topic,
            OutboxMessage.created_at,
            OutboxMessage.available_at,
            OutboxMessage.attempts,
            OutboxMessage.last_error,
        )
        .where(_CRITERIA[state])
        .order_by(OutboxMessage.id)
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([MessageRow(*row) for row in rows], page, total)


@transactional
def retry(message_id: int, actor_id: int) -> None:
    """Have a failed message taken again at once, also one given up. Raises NotFound, Conflict for one that has not
    failed."""
    message = db.session.get(OutboxMessage, message_id, with_for_update=True)
    if message is None:
        raise NotFound
    if message.last_error is None:
        raise Conflict("outbox.not_failed")
    detail = {"topic": message.topic, "attempts": message.attempts}
    message.available_at, message.done_at, message.attempts = clock.now(), None, 0
    if message.last_error == HELD:  # nothing failed, and a second click finds nothing to be sent again
        message.last_error = None
    audit.record(actor_id, "outbox.retry", "outbox", message_id, detail)


@transactional
def hold_telling() -> int:
    """Take out of the queue what waits to tell people something: for a database out of a backup, which does not know
    what was sent since. Returns how many."""
    telling: Collection[str] = current_app.extensions[_KEY_TELLING]
    found = db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.done_at.is_(None), OutboxMessage.topic.in_(telling))
        .values(done_at=clock.now(), last_error=HELD)
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


@transactional
def send_held(actor_id: int) -> int:
    """Have all that is held done after all. Returns how many."""
    return _settle_held(
        "outbox.send_held", actor_id, done_at=None, last_error=None, attempts=0, available_at=clock.now()
    )


@transactional
def drop_held(actor_id: int) -> int:
    """What is held was told already: it is done. Returns how many."""
    return _settle_held("outbox.drop_held", actor_id, last_error=None)


def _settle_held(action: str, actor_id: int, **values: object) -> int:
    held = db.session.execute(update(OutboxMessage).where(_CRITERIA[MessageState.HELD]).values(**values))
    count = int(held.rowcount)  # type: ignore[attr-defined]
    if count:
        audit.record(actor_id, action, "outbox", "held", {"messages": count})
    return count
