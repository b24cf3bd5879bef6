"""Writing people: registering, logging in, roles, and ending sessions everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.events import SignedIn
from marketplace.accounts.models import KnownDevice, LoginAttempt, Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.passwords import hash_password, verify_password
from marketplace.accounts.rules import WINDOW, check_password, check_username, must_wait
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.forms import normalise_mobile
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional


def mobile_digest(mobile: str) -> str:
    return crypto.lookup_digest("mobile", mobile)


def _identify(identifier: str) -> tuple[str | None, str | None]:
    """(username, mobile): what somebody typed is one or the other."""
    mobile = normalise_mobile(identifier.strip())
    return (None, mobile) if mobile else (identifier.strip().lower(), None)


@transactional
def _insert_user(user: User) -> int:
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("accounts.taken", field="identifier") from error
    audit.record(user.id, "accounts.register", "user", user.id)
    return user.id


def register_user(
    identifier: str, password: str, display_name: str, refused: frozenset[str] = frozenset()
) -> int:
    """A new member by user name or mobile number; raises InvalidInput or Conflict ("accounts.taken")."""
    username, mobile = _identify(identifier)
    if mobile is None:
        username = check_username(username or "")
    check_password(password, refused)
    hashed = hash_password(password)
    return _insert_user(
        User(
            username=username,
            mobile=mobile,
            mobile_digest=mobile_digest(mobile) if mobile else None,
            display_name=display_name.strip()[:40] or (username or "新会员"),
            password_hash=hashed,
            created_at=clock.now(),
        )
    )


@dataclass(frozen=True)
class LoginTry:
    """One attempt: what was typed, from where, on which browser (its device token, if it has one)."""

    identifier: str
    password: str = field(repr=False)
    address: str
    device_token: str | None = None
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    refused: frozenset[str] = frozenset()


def _failures(subject: str) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(LoginAttempt)
            .where(LoginAttempt.subject_digest == subject, LoginAttempt.at > clock.now() - WINDOW)
        )
        or 0
    )


def _find_user(identifier: str) -> User | None:
    username, mobile = _identify(identifier)
    match = User.mobile_digest == mobile_digest(mobile) if mobile else User.username == username
    return db.session.scalars(select(User).where(match)).first()


def _device_digest(user: User | None, token: str | None) -> str | None:
    """The digest of a browser this account knows, else None."""
    if user is None or not token:
        return None
    digest = crypto.lookup_digest("device", token)
    known = db.session.scalar(
        select(KnownDevice.id).where(KnownDevice.user_id == user.id, KnownDevice.token_digest == digest)
    )
    return digest if known else None


@transactional
def _record_failure(subjects: list[str]) -> None:
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.at < clock.now() - WINDOW))
    db.session.add_all(LoginAttempt(subject_digest=subject, at=clock.now()) for subject in subjects)


@transactional
def forgive_failures(subjects: list[str]) -> None:
    """Who proved who they are starts counting anew."""
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.subject_digest.in_(subjects)))


@transactional
def _record_success(proven: "Proven", login: LoginTry) -> str:
    forgive_failures(proven.subjects)
    token = login.device_token if proven.device and login.device_token else new_token()
    if proven.device:
        db.session.execute(
            update(KnownDevice).where(KnownDevice.token_digest == proven.device).values(seen_at=clock.now())
        )
    else:
        digest = crypto.lookup_digest("device", token)
        db.session.add(KnownDevice(user_id=proven.user_id, token_digest=digest, seen_at=clock.now()))
    audit.record(proven.user_id, "accounts.login", "user", proven.user_id)
    publish(SignedIn(proven.user_id, login.cookies))
    return token


@dataclass(frozen=True)
class Proven:
    """Who gave the right password. ``device`` is the digest of a browser the account knows; ``subjects`` are the
    counters of failures that may be cleared now."""

    user_id: int
    device: str | None
    subjects: list[str]


def authenticate(login: LoginTry) -> Proven:
    """Check a name and password, nothing more.

    Raises InvalidInput("accounts.login_failed") alike for an unknown account, a wrong password and a disabled account,
    and Conflict("accounts.wait") when there were too many failures.
    """
    user = _find_user(login.identifier)
    device = _device_digest(user, login.device_token)
    username, mobile = _identify(login.identifier)
    by_name = crypto.lookup_digest("login-name", mobile or username or "")
    by_address = crypto.lookup_digest("login-address", login.address)
    failures_of_device = _failures(device) if device else None
    if must_wait(_failures(by_name), _failures(by_address), failures_of_device):
        raise Conflict("accounts.wait", minutes=int(WINDOW.total_seconds() // 60))
    matches = verify_password(user.password_hash if user else None, login.password)
    if user is None or not matches or not user.is_enabled or login.password in login.refused:
        _record_failure([by_address, device or by_name])
        raise InvalidInput("accounts.login_failed", field="password")
    return Proven(user.id, device, [by_name, *([device] if device else [])])


def log_in(login: LoginTry) -> tuple[int, str]:
    """(user id, device token to keep in the browser). Raises what ``authenticate`` does."""
    proven = authenticate(login)
    return proven.user_id, _record_success(proven, login)


@transactional
def end_all_sessions(user_id: int, actor_id: int | None, action: str) -> None:
    """Make every session of a person end at its next request."""
    db.session.execute(
        update(User).where(User.id == user_id).values(session_version=User.session_version + 1)
    )
    audit.record(actor_id, action, "user", user_id)


def change_password(user_id: int, current: str, new: str, refused: frozenset[str] = frozenset()) -> None:
    """Replace one's password and end the other sessions; raises InvalidInput at ``current`` or ``password``."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    if not verify_password(user.password_hash, current):
        raise InvalidInput("accounts.wrong_current", field="current")
    check_password(new, refused)
    _store_password(user_id, hash_password(new))


@transactional
def _store_password(user_id: int, hashed: str) -> None:
    db.session.execute(update(User).where(User.id == user_id).values(password_hash=hashed))
    end_all_sessions(user_id, user_id, "accounts.change_password")


@transactional
def grant_role(
    user_id: int,
    role: Role,
    scope_kind: ScopeKind,
    scope_id: str,
    actor_id: int | None,
    reason: str | None = None,
) -> None:
    """Give a role within a scope, once; the person's sessions end so that the new one knows it."""
    same = select(RoleAssignment.id).where(
        RoleAssignment.user_id == user_id,
        RoleAssignment.role == role,
        RoleAssignment.scope_kind == scope_kind,
        RoleAssignment.scope_id == scope_id,
        RoleAssignment.revoked_at.is_(None),
    )
    if db.session.scalar(same) is not None:
        return
    db.session.add(
        RoleAssignment(
            user_id=user_id,
            role=role,
            scope_kind=scope_kind,
            scope_id=scope_id,
            granted_by=actor_id,
            granted_at=clock.now(),
        )
    )
    audit.record(actor_id, "accounts.grant", "user", user_id, {"role": role, "scope": scope_id}, reason)
    if actor_id != user_id:
        end_all_sessions(user_id, actor_id, "accounts.sessions_end")


@transactional
def revoke_role(assignment_id: int, actor_id: int | None, reason: str | None = None) -> None:
    """Take a role away; the person's sessions end. Raises NotFound."""
    assignment = db.session.get(RoleAssignment, assignment_id)
    if assignment is None or assignment.revoked_at is not None:
        raise NotFound
    assignment.revoked_at = clock.now()
    detail = {"role": assignment.role, "scope": assignment.scope_id}
    audit.record(actor_id, "accounts.revoke", "user", assignment.user_id, detail, reason)
    end_all_sessions(assignment.user_id, actor_id, "accounts.sessions_end")
