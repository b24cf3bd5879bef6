"""Bearer tokens of the API: issued for a password, known by their digest only, ended with the person's sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import delete, or_, select, update

from marketplace.accounts.commands import LoginTry, authenticate, forgive_failures
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.queries import FoundUser, load_session_user
from marketplace.accounts.second_factor import must_have, prove
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional

LIFETIME = timedelta(days=30)
#: Lets people and scanners recognise one that lies where it should not.
PREFIX = "xfs_"
#: A longer text is none of ours, whatever it is.
MAX_LENGTH = 100


@dataclass(frozen=True)
class IssuedToken:
    """``token`` is told this once; only its digest is kept."""

    user_id: int
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedToken({self.user_id})"


def _digest(token: str) -> str:
    return crypto.lookup_digest("api-token", token)


def log_in_for_token(login: LoginTry, code: str = "", *, factor_required: bool = False) -> IssuedToken:
    """A token for a name, a password, and a code where the person has a second factor; throttled and refused exactly as
    the login page is (``commands.authenticate``, ``second_factor.prove``).

    Raises Forbidden ("accounts.factor_first") for who must set one up at the shop's pages before anything else.
    """
    proven = authenticate(login)
    found = load_session_user(proven.user_id)
    if factor_required and found is not None and must_have(found.actor) and not found.has_factor:
        raise Forbidden("accounts.factor_first")
    if proven.needs_code and not code:
        raise InvalidInput("accounts.code_needed", field="code")
    if proven.needs_code:
        prove(proven.user_id, code)
    return _issue(proven.user_id, proven.subjects)


@transactional
def _issue(user_id: int, subjects: list[str]) -> IssuedToken:
    forgive_failures(subjects)
    version = db.session.scalar(select(User.session_version).where(User.id == user_id, User.is_enabled))
    if version is None:
        raise NotFound
    moment = clock.now()
    ended = or_(
        ApiToken.expires_at <= moment, ApiToken.session_version != version, ApiToken.revoked_at.is_not(None)
    )
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user_id, ended))
    issued = IssuedToken(user_id, PREFIX + token_urlsafe(32), moment + LIFETIME)
    db.session.add(
        ApiToken(
            user_id=user_id,
            token_digest=_digest(issued.token),
            session_version=version,
            issued_at=moment,
            expires_at=issued.expires_at,
        )
    )
    audit.record(user_id, "accounts.token_issue", "user", user_id)
    return issued


def find_holder(token: str) -> FoundUser | None:
    """Whose token this is, while it and the sessions of its time live. Two queries."""
    if not token or len(token) > MAX_LENGTH:
        return None
    row = db.session.execute(
        select(ApiToken.user_id, ApiToken.session_version).where(
            ApiToken.token_digest == _digest(token),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > clock.now(),
        )
    ).first()
    found = load_session_user(row.user_id) if row is not None else None
    if row is None or found is None or found.session_version != row.session_version:
        return None
    return found


@transactional
def revoke_token(user_id: int, token: str) -> None:
    """End one token. Raises NotFound for one that is somebody else's or none."""
    token_id = db.session.scalar(
        update(ApiToken)
        .where(
            ApiToken.token_digest == _digest(token),
            ApiToken.user_id == user_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .returning(ApiToken.id)
    )
    if token_id is None:
        raise NotFound
    audit.record(user_id, "accounts.token_revoke", "user", user_id)
