"""What an operator of the machine does to accounts from its command line: the first admin of a new shop comes this way.

Who may run commands there may do anything, so there is no actor: the record says nobody, and why.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from marketplace.accounts.commands import end_all_sessions, grant_role, register_user, revoke_role
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.rules import check_password
from marketplace.accounts.second_factor import drop
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.transaction import transactional


@dataclass(frozen=True, slots=True)
class Scope:
    kind: ScopeKind
    id: str


def find_account(username: str) -> int:
    """By user name, disabled ones too. Raises NotFound."""
    user_id = db.session.scalar(select(User.id).where(User.username == username.strip().lower()))
    if user_id is None:
        raise NotFound
    return user_id


@transactional
def create_account(
    username: str,
    name: str,
    password: str,
    grants: list[tuple[Role, Scope]],
    reason: str,
    refused: frozenset[str],
) -> int:
    """A new account with its roles; raises InvalidInput or Conflict as registering does."""
    user_id = register_user(username, password, name, refused)
    audit.record(None, "accounts.create", "user", user_id, reason=reason)
    for role, scope in grants:
        grant_role(user_id, role, scope.kind, scope.id, None, reason)
    return user_id


@transactional
def grant(user_id: int, role: Role, scope: Scope, reason: str) -> None:
    grant_role(user_id, role, scope.kind, scope.id, None, reason)


@transactional
def revoke(user_id: int, role: Role, scope: Scope, reason: str) -> None:
    """Raises NotFound where they do not hold it."""
    assignment_id = db.session.scalar(
        select(RoleAssignment.id).where(
            RoleAssignment.user_id == user_id,
            RoleAssignment.role == role,
            RoleAssignment.scope_kind == scope.kind,
            RoleAssignment.scope_id == scope.id,
            RoleAssignment.revoked_at.is_(None),
        )
    )
    if assignment_id is None:
        raise NotFound
    revoke_role(assignment_id, None, reason)


@transactional
def set_enabled(user_id: int, *, enabled: bool, reason: str) -> None:
    """Their sessions end either way."""
    db.session.execute(update(User).where(User.id == user_id).values(is_enabled=enabled))
    audit.record(None, "accounts.enable" if enabled else "accounts.disable", "user", user_id, reason=reason)
    end_all_sessions(user_id, None, "accounts.sessions_end")


@transactional
def reset_factor(user_id: int, reason: str) -> None:
    """For the last admin who lost the phone; their sessions end. Raises NotFound where there is none."""
    drop(user_id, None, "accounts.factor_reset", reason)


def set_password(user_id: int, password: str, reason: str, refused: frozenset[str]) -> None:
    """A new password for somebody who lost theirs; their sessions end. Raises InvalidInput for a weak one."""
    check_password(password, refused)
    _store(user_id, hash_password(password), reason)


@transactional
def _store(user_id: int, hashed: str, reason: str) -> None:
    db.session.execute(update(User).where(User.id == user_id).values(password_hash=hashed))
    audit.record(None, "accounts.set_password", "user", user_id, reason=reason)
    end_all_sessions(user_id, None, "accounts.sessions_end")
