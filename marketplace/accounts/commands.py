"""Writing people: registering, logging in, roles, and ending sessions everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.events import SignedIn
from marketplace.accounts.models import (
    KnownDevice,
    LoginAttempt,
    Role,
    RoleAssignment,
    ScopeKind,
    SecondFactor,
    User,
)
from marketplace.accounts.passwords import hash_password, verify_password
from marketplace.accounts.rules import MAX_PER_NAME, WINDOW, check_password, check_username, must_wait
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


def name_subject(identifier: str) -> str:
    """What was typed as a name, as attempts are counted by it."""
    username, mobile = _identify(identifier)
    return mobile or username or ""


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


def count_failures(subject: str) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(LoginAttempt)
            .where(LoginAttempt.subject_digest == subject, LoginAttempt.at > clock.now() - WINDOW)
        )
        or 0
    )


def find_user(identifier: str) -> User | None:
    username, mobile = _identify(identifier)
    match = User.mobile_digest == mobile_digest(mobile) if mobile else User.username == username
    return db.session.scalars(select(User).where(match)).first()


def find_device(user_id: int, token: str | None) -> str | None:
    """The digest of a browser this account knows, else None."""
    if not token:
        return None
    digest = crypto.lookup_digest("device", token)
    known = db.session.scalar(
        select(KnownDevice.id).where(KnownDevice.user_id == user_id, KnownDevice.token_digest == digest)
    )
    return digest if known else None


@transactional
def record_failure(subjects: list[str]) -> None:
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.at < clock.now() - WINDOW))
    db.session.add_all(LoginAttempt(subject_digest=subject, at=clock.now()) for subject in subjects)


@transactional
def forgive_failures(subjects: list[str]) -> None:
    """Who proved who they are starts counting anew."""
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.subject_digest.in_(subjects)))


@dataclass(frozen=True)
class Proven:
    """Who gave the right password. ``device`` is the digest of a browser the account knows; ``subjects`` are the
    counters of failures that may be cleared now; with ``needs_code`` a password is not enough."""

    user_id: int
    device: str | None
    subjects: list[str]
    needs_code: bool = False


@dataclass(frozen=True)
class Trust:
    """A browser that need not show its second factor again until a moment; ``words`` tell it from others."""

    words: str
    until: datetime


@transactional
def record_login(proven: Proven, login: LoginTry, trust: Trust | None = None) -> str:
    """Note that somebody has proved who they are, and by which browser they are known from now on: its device token."""
    forgive_failures(proven.subjects)
    token = login.device_token if proven.device and login.device_token else new_token()
    digest = proven.device or crypto.lookup_digest("device", token)
    device = db.session.scalars(select(KnownDevice).where(KnownDevice.token_digest == digest)).first()
    if device is None:
        device = KnownDevice(user_id=proven.user_id, token_digest=digest)
        db.session.add(device)
    device.seen_at = clock.now()
    if trust is not None:
        device.words, device.trusted_until = trust.words, trust.until
    audit.record(proven.user_id, "accounts.login", "user", proven.user_id)
    publish(SignedIn(proven.user_id, login.cookies))
    return token


def _needs_code(user_id: int, device: str | None) -> bool:
    """Whether the person has a second factor, and this browser is not one that need not show it."""
    has_factor = db.session.scalar(
        select(SecondFactor.user_id).where(
            SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
        )
    )
    if has_factor is None:
        return False
    trusted = select(KnownDevice.id).where(
        KnownDevice.token_digest == (device or ""), KnownDevice.trusted_until > clock.now()
    )
    return db.session.scalar(trusted) is None


def authenticate(login: LoginTry) -> Proven:
    """Check a name and password, nothing more.

    Raises InvalidInput("accounts.login_failed") alike for an unknown account, a wrong password and a disabled account,
    and Conflict("accounts.wait") when there were too many failures.
    """
    user = find_user(login.identifier)
    # an unknown account is asked for all the same: nobody learns from the time it takes
    device = find_device(user.id if user is not None else 0, login.device_token)
    by_name = crypto.lookup_digest("login-name", name_subject(login.identifier))
    by_address = crypto.lookup_digest("login-address", login.address)
    failures_of_device = count_failures(device) if device else None
    if must_wait(count_failures(by_name), count_failures(by_address), failures_of_device):
        raise Conflict("accounts.wait", minutes=int(WINDOW.total_seconds() // 60))
    matches = verify_password(user.password_hash if user else None, login.password)
    if user is None or not matches or not user.is_enabled or login.password in login.refused:
        record_failure([by_address, device or by_name])
        raise InvalidInput("accounts.login_failed", field="password")
    subjects = [by_name, *([device] if device else [])]
    return Proven(user.id, device, subjects, _needs_code(user.id, device))


@transactional
def end_all_sessions(user_id: int, actor_id: int | None, action: str, *, keep_trusted: bool = False) -> None:
    """Make every session and token of a person end at its next request. Devices that need not show the second factor
    must again, unless ``keep_trusted``: who just logs out comes back."""
    db.session.execute(
        update(User).where(User.id == user_id).values(session_version=User.session_version + 1)
    )
    if not keep_trusted:
        trusted = update(KnownDevice).where(
            KnownDevice.user_id == user_id, KnownDevice.trusted_until.is_not(None)
        )
        db.session.execute(trusted.values(trusted_until=None))
    audit.record(actor_id, action, "user", user_id)


def require_own_password(user_id: int, password: str, field: str) -> None:
    """Ask whoever sits before a session that is open. Raises InvalidInput ("accounts.wrong_current") at ``field``, and
    Conflict ("accounts.wait") after too many wrong ones: an open session is no place to guess at the password."""
    subject = crypto.lookup_digest("own-password", str(user_id))
    if count_failures(subject) >= MAX_PER_NAME:
        raise Conflict("accounts.wait", minutes=int(WINDOW.total_seconds() // 60))
    stored = db.session.scalar(select(User.password_hash).where(User.id == user_id))
    if not verify_password(stored, password):
        record_failure([subject])
        raise InvalidInput("accounts.wrong_current", field=field)
    forgive_failures([subject])


def change_password(user_id: int, current: str, new: str, refused: frozenset[str] = frozenset()) -> None:
    """Replace one's password and end the other sessions; raises InvalidInput at ``current`` or ``password``, and what
    ``require_own_password`` does."""
    require_own_password(user_id, current, "current")
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
