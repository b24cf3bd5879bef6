"""Closing one's own account (个人信息保护法 第四十七条): who somebody is goes at once. What was bought stays with the
orders for as long as the law keeps trade records (电子商务法 第三十一条: at least three years).
"""

from sqlalchemy import delete, select, update

from marketplace.accounts.commands import end_all_sessions, require_own_password
from marketplace.accounts.events import AccountClosing
from marketplace.accounts.models import (
    Address,
    ApiToken,
    Invitation,
    KnownDevice,
    LoginSession,
    RecoveryCode,
    RoleAssignment,
    SecondFactor,
    User,
)
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.events import publish
from marketplace.kernel.transaction import transactional

CLOSED_NAME = "已注销的会员"
#: no password hashes to it
_NO_PASSWORD = "closed"  # noqa: S105


def close_account(user_id: int, password: str) -> None:
    """For good. Raises what ``require_own_password`` does, Conflict ``accounts.close_roles`` for who still holds a
    role, and what other rooms have against it (``AccountClosing``): nothing is changed then."""
    require_own_password(user_id, password, "password")
    _close(user_id)


@transactional
def _close(user_id: int) -> None:
    user = db.session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
    held = select(RoleAssignment.id).where(
        RoleAssignment.user_id == user_id, RoleAssignment.revoked_at.is_(None)
    )
    if db.session.scalar(held.limit(1)) is not None:
        raise Conflict("accounts.close_roles")
    publish(AccountClosing(user_id))
    for owned in (Address, ApiToken, KnownDevice, LoginSession, RecoveryCode, SecondFactor):
        db.session.execute(delete(owned).where(owned.user_id == user_id))
    # the inviter wrote down a name
    db.session.execute(update(Invitation).where(Invitation.accepted_by == user_id).values(invitee=""))
    user.username = user.mobile = user.mobile_digest = user.email = user.email_confirmed_at = None
    user.display_name, user.password_hash, user.is_enabled = CLOSED_NAME, _NO_PASSWORD, False
    db.session.flush()
    end_all_sessions(user_id, user_id, "accounts.close")
