"""Who is signed in where: one row for each browser, to be seen and ended by its owner.

Reading a page writes nothing. A session is seen when something is done with it, and that is noted once an hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update

from marketplace.accounts.models import ApiToken, LoginSession, User
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional

#: A browser that was told to stay signed in, and one that was not (it forgets by itself when it is closed).
LIFETIME_REMEMBERED = timedelta(days=365)
LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Browser:
    """What is kept of where somebody signs in: words, nothing exact."""

    device: str
    network: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: int
    device: str
    network: str
    started_at: datetime
    seen_at: datetime


def key_digest(key: str) -> str:
    return crypto.lookup_digest("login-session", key)


@transactional
def open_session(user_id: int, browser: Browser, *, remember: bool = False) -> str:
    """The key of a new session; what is over of the person's old ones is cleared away. Raises NotFound for nobody or
    somebody disabled."""
    version = db.session.scalar(select(User.session_version).where(User.id == user_id, User.is_enabled))
    if version is None:
        raise NotFound
    moment = clock.now()
    over = or_(
        LoginSession.session_version != version,
        LoginSession.ended_at.is_not(None),
        LoginSession.expires_at <= moment,
    )
    db.session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, over))
    key = new_token()
    db.session.add(
        LoginSession(
            user_id=user_id,
            key_digest=key_digest(key),
            session_version=version,
            device=browser.device,
            network=browser.network,
            started_at=moment,
            seen_at=moment,
            expires_at=moment + (LIFETIME_REMEMBERED if remember else LIFETIME),
        )
    )
    return key


def _live(user_id: int) -> tuple[ColumnElement[bool], ...]:
    version = select(User.session_version).where(User.id == user_id).scalar_subquery()
    return (
        LoginSession.user_id == user_id,
        LoginSession.session_version == version,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > clock.now(),
    )


def live_sessions(user_id: int) -> list[SessionRow]:
    """Newest first. One query."""
    rows = db.session.execute(
        select(
            LoginSession.id,
            LoginSession.device,
            LoginSession.network,
            LoginSession.started_at,
            LoginSession.seen_at,
        )
        .where(*_live(user_id))
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
        .limit(100)
    )
    return [SessionRow(*row) for row in rows]


def count_tokens(user_id: int) -> int:
    """Programs that act for the person by a token of the API."""
    return len(
        db.session.scalars(
            select(ApiToken.id)
            .join(User, User.id == ApiToken.user_id)
            .where(
                ApiToken.user_id == user_id,
                ApiToken.session_version == User.session_version,
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > clock.now(),
            )
        ).all()
    )


@transactional
def note_seen(session_id: int) -> None:
    db.session.execute(update(LoginSession).where(LoginSession.id == session_id).values(seen_at=clock.now()))


@transactional
def end_one(user_id: int, session_id: int) -> None:
    """End a session of one's own. Raises NotFound for somebody else's and for one that is over."""
    ended = db.session.scalar(
        update(LoginSession)
        .where(LoginSession.id == session_id, *_live(user_id))
        .values(ended_at=clock.now())
        .returning(LoginSession.id)
    )
    if ended is None:
        raise NotFound
    audit.record(user_id, "accounts.session_end", "user", user_id)


@transactional
def end_others(user_id: int, kept_id: int) -> None:
    """End every session but this one, and every token."""
    moment = clock.now()
    db.session.execute(
        update(LoginSession).where(*_live(user_id), LoginSession.id != kept_id).values(ended_at=moment)
    )
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=moment)
    )
    audit.record(user_id, "accounts.sessions_end_others", "user", user_id)
