"""Reading people: one query for a request's person and grants."""

from dataclasses import dataclass

from sqlalchemy import and_, select

from marketplace.accounts.models import RoleAssignment, User
from marketplace.accounts.policies import Actor, Grant
from marketplace.kernel.db import db


@dataclass(frozen=True)
class FoundUser:
    actor: Actor
    display_name: str
    session_version: int


def load_session_user(user_id: int) -> FoundUser | None:
    """An enabled person with the grants in force, in one query; None otherwise."""
    rows = db.session.execute(
        select(
            User.display_name,
            User.session_version,
            RoleAssignment.role,
            RoleAssignment.scope_kind,
            RoleAssignment.scope_id,
        )
        .outerjoin(
            RoleAssignment, and_(RoleAssignment.user_id == User.id, RoleAssignment.revoked_at.is_(None))
        )
        .where(User.id == user_id, User.is_enabled)
    ).all()
    if not rows:
        return None
    grants = tuple(Grant(row.role, row.scope_kind, row.scope_id) for row in rows if row.role is not None)
    return FoundUser(Actor(user_id, grants), rows[0].display_name, rows[0].session_version)


def load_actor(user_id: int) -> Actor | None:
    """The actor of an enabled person, for commands run outside a request."""
    found = load_session_user(user_id)
    return None if found is None else found.actor


def display_names(user_ids: set[int]) -> dict[int, str]:
    """Names to show beside steps and events."""
    if not user_ids:
        return {}
    return dict(db.session.execute(select(User.id, User.display_name).where(User.id.in_(user_ids))).all())
