"""Reading people: one query for a request's person and grants; lists for who administers them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, literal, select

from marketplace.accounts.models import LoginSession, Role, RoleAssignment, ScopeKind, SecondFactor, User
from marketplace.accounts.policies import Actor, Grant
from marketplace.kernel import clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import normalise_mobile
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of


@dataclass(frozen=True)
class FoundUser:
    actor: Actor
    display_name: str
    session_version: int
    #: what ``waiting`` counted
    waiting: int = 0
    has_factor: bool = False
    #: the session that was asked for, and when it was last seen doing something
    session_id: int | None = None
    session_seen_at: datetime | None = None


_SESSION = (LoginSession.id.label("session_id"), LoginSession.seen_at)
#: A number to be had with the person in the same statement, for an id: rooms above know what waits for somebody.
Waiting = Callable[[ColumnElement[int]], ColumnElement[int]]


@cache
def _session_user(waiting: Waiting | None, in_session: bool) -> Select[*tuple[Any, ...]]:
    """What every request of a person asks, put together once: that took as long as asking it. To be given ``person``,
    and in a session ``key_digest`` and ``moment``."""
    person = bindparam("person", type_=Integer)
    asked: Select[*tuple[Any, ...]] = (
        select(
            User.display_name,
            User.session_version,
            RoleAssignment.role,
            RoleAssignment.scope_kind,
            RoleAssignment.scope_id,
            (waiting(person) if waiting is not None else literal(0)).label("waiting"),
            SecondFactor.confirmed_at,
            *(_SESSION if in_session else ()),
        )
        .outerjoin(
            RoleAssignment, and_(RoleAssignment.user_id == User.id, RoleAssignment.revoked_at.is_(None))
        )
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(User.id == person, User.is_enabled)
    )
    if not in_session:
        return asked
    return asked.join(LoginSession, LoginSession.user_id == User.id).where(
        LoginSession.key_digest == bindparam("key_digest"),
        LoginSession.session_version == User.session_version,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > bindparam("moment"),
    )


def load_session_user(
    user_id: int, waiting: Waiting | None = None, key_digest: str | None = None
) -> FoundUser | None:
    """An enabled person with the grants in force, in one query; None otherwise. With ``key_digest`` only while that
    session of theirs lives."""
    asked = _session_user(waiting, key_digest is not None)
    given = {"key_digest": key_digest, "moment": clock.now()} if key_digest is not None else {}
    rows = db.session.execute(asked, {"person": user_id, **given}).all()
    if not rows:
        return None
    first = rows[0]
    return FoundUser(
        Actor(
            user_id,
            tuple(Grant(row.role, row.scope_kind, row.scope_id) for row in rows if row.role is not None),
        ),
        first.display_name,
        first.session_version,
        first.waiting or 0,
        has_factor=first.confirmed_at is not None,
        session_id=first.session_id if key_digest is not None else None,
        session_seen_at=first.seen_at if key_digest is not None else None,
    )


def load_actor(user_id: int) -> Actor | None:
    """The actor of an enabled person, for commands run outside a request."""
    found = load_session_user(user_id)
    return None if found is None else found.actor


def display_names(user_ids: set[int]) -> dict[int, str]:
    """Names to show beside steps and events."""
    if not user_ids:
        return {}
    return dict(db.session.execute(select(User.id, User.display_name).where(User.id.in_(user_ids))).all())


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account as an admin sees it; the mobile number only when it has one, in clear in no list."""

    id: int
    username: str | None
    mobile: str | None
    display_name: str
    is_enabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class GrantRow:
    id: int
    user_id: int
    role: Role
    scope_kind: ScopeKind
    scope_id: str
    granted_by: int | None
    granted_at: datetime


_USER = (User.id, User.username, User.mobile, User.display_name, User.is_enabled, User.created_at)


def get_user(user_id: int) -> UserRow:
    """Raises NotFound."""
    row = db.session.execute(select(*_USER).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound
    return UserRow(*row)


def users_page(
    *, page: int, text: str = "", role: Role | None = None, enabled: bool | None = None
) -> Page[UserRow]:
    """Accounts, newest first. ``text`` is a whole mobile number, or a part of the user name or of what they are called:
    numbers are encrypted."""
    criteria: list[ColumnElement[bool]] = []
    mobile = normalise_mobile(text) if text else None
    if mobile:
        criteria.append(User.mobile_digest == crypto.lookup_digest("mobile", mobile))
    elif text:
        criteria.append(
            User.username.contains(text.lower(), autoescape=True)
            | User.display_name.contains(text, autoescape=True)
        )
    if role is not None:
        criteria.append(
            exists().where(
                RoleAssignment.user_id == User.id,
                RoleAssignment.role == role,
                RoleAssignment.revoked_at.is_(None),
            )
        )
    if enabled is not None:
        criteria.append(User.is_enabled.is_(enabled))
    total = db.session.scalar(select(func.count()).select_from(User).where(*criteria)) or 0
    rows = db.session.execute(
        select(*_USER).where(*criteria).order_by(User.id.desc()).limit(PAGE_SIZE).offset(offset_of(page))
    )
    return Page([UserRow(*row) for row in rows], page, total)


def grants_of(user_ids: set[int]) -> dict[int, list[GrantRow]]:
    """Roles in force by person, oldest first."""
    found: dict[int, list[GrantRow]] = {user_id: [] for user_id in user_ids}
    rows = db.session.execute(
        select(
            RoleAssignment.id,
            RoleAssignment.user_id,
            RoleAssignment.role,
            RoleAssignment.scope_kind,
            RoleAssignment.scope_id,
            RoleAssignment.granted_by,
            RoleAssignment.granted_at,
        )
        .where(RoleAssignment.user_id.in_(user_ids), RoleAssignment.revoked_at.is_(None))
        .order_by(RoleAssignment.id)
    )
    for row in rows:
        found[row[1]].append(GrantRow(*row))
    return found


def users_named(text: str) -> set[int]:
    """Ids of people whose user name is this or whose display name holds it, at most 200; to filter records by."""
    return set(
        db.session.scalars(
            select(User.id)
            .where((User.username == text.lower()) | User.display_name.contains(text, autoescape=True))
            .limit(200)
        )
    )


def find_user_id(identifier: str) -> int | None:
    """The enabled account with exactly this user name or mobile number, or None."""
    mobile = normalise_mobile(identifier.strip())
    match = (
        User.mobile_digest == crypto.lookup_digest("mobile", mobile)
        if mobile
        else User.username == identifier.strip().lower()
    )
    return db.session.scalar(select(User.id).where(match, User.is_enabled))


def count_users() -> int:
    return db.session.scalar(select(func.count()).select_from(User)) or 0


def holders(roles: Collection[Role], kind: ScopeKind, scope_ids: Collection[str | int]) -> set[int]:
    """Enabled people who hold one of the roles in one of the scopes now: whom something there concerns. One query."""
    ids = [str(each) for each in scope_ids]
    if not ids:
        return set()
    return set(
        db.session.scalars(
            select(RoleAssignment.user_id)
            .join(User, User.id == RoleAssignment.user_id)
            .where(
                RoleAssignment.role.in_(list(roles)),
                RoleAssignment.scope_kind == kind,
                RoleAssignment.scope_id.in_(ids),
                RoleAssignment.revoked_at.is_(None),
                User.is_enabled,
            )
            .distinct()
        )
    )


def sellers_of(supplier_id: int) -> set[int]:
    """Enabled people who act for a supplier now. One query."""
    return holders([Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF], ScopeKind.SUPPLIER, [supplier_id])
