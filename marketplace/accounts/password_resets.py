"""A forgotten password: a link to the confirmed mail address, good for half an hour and for one use.

Whoever asks learns nothing of the account: an unknown name, one without an address and one whose letter is on its way
are answered alike. The second factor is still asked for afterwards.
"""

from typing import Any

from itsdangerous import BadSignature
from sqlalchemy import select, update

from marketplace.accounts.commands import (
    count_failures,
    end_all_sessions,
    find_user,
    forgive_failures,
    name_subject,
    record_failure,
)
from marketplace.accounts.models import User
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.rules import check_password
from marketplace.kernel import audit, crypto, mail, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.signing import dated_signing
from marketplace.kernel.transaction import transactional

#: The outbox topic of the letter; carries a person's id only.
TOPIC = "accounts.password_reset"
MINUTES = 30
#: letters to one account within ``rules.WINDOW``
MOST_LETTERS = 3
_MAX_LENGTH = 300


@transactional
def ask(identifier: str) -> None:
    """Have a letter written where there is somebody to write to."""
    user = find_user(identifier)
    subject = crypto.lookup_digest("password-reset", name_subject(identifier))
    may_send = count_failures(subject) < MOST_LETTERS
    record_failure([subject])
    if user is not None and user.is_enabled and user.email_confirmed_at is not None and may_send:
        audit.record(user.id, "accounts.reset_asked", "user", user.id)
        outbox.enqueue(TOPIC, {"user_id": user.id})


def link_token(user_id: int, session_version: int) -> str:
    """Dead once the password was changed, or the person has logged out everywhere."""
    return str(dated_signing(TOPIC).dumps([user_id, session_version]))


def send_link(payload: dict[str, Any]) -> None:
    """The outbox handler."""
    user = db.session.get(User, payload["user_id"])
    if user is None or not user.is_enabled or user.email is None or user.email_confirmed_at is None:
        return
    token = link_token(user.id, user.session_version)
    mail.send(
        mail.Letter(
            number=f"reset-{user.id}-{crypto.lookup_digest('reset-letter', token)[:12]}",
            to=user.email,
            title="重设密码",
            text=f"有人说忘了您账号的密码。是您本人的话，请在 {MINUTES} 分钟内打开下面的链接，设一个新密码。\n"
            "不是您本人，请不用理会：密码没有变，没有这个链接谁也改不了。",
            path=mail.path_to("accounts.reset", token=token),
            link_label="设新密码",
            why="这封信由系统自动发出，请不要回复。",
        )
    )


def read_link(token: str) -> int:
    """Whose it is. Raises NotFound for an altered, used or old one."""
    try:
        user_id, version = dated_signing(TOPIC).loads(token[:_MAX_LENGTH], max_age=MINUTES * 60)
    except BadSignature as error:
        raise NotFound("accounts.reset_link") from error
    current = select(User.session_version).where(User.id == int(user_id), User.is_enabled)
    if db.session.scalar(current) != version:
        raise NotFound("accounts.reset_link")
    return int(user_id)


def reset(token: str, password: str, refused: frozenset[str] = frozenset()) -> None:
    """A new password by a link; every session ends. Raises NotFound, and InvalidInput at ``password``."""
    read_link(token)
    check_password(password, refused)
    _store(token, hash_password(password))


@transactional
def _store(token: str, hashed: str) -> None:
    user_id = read_link(token)
    user = db.session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    read_link(token)  # another tab may have used it while this one waited
    db.session.execute(update(User).where(User.id == user_id).values(password_hash=hashed))
    forgive_failures(
        [crypto.lookup_digest("login-name", name) for name in (user.username, user.mobile) if name]
    )
    end_all_sessions(user_id, user_id, "accounts.password_reset")
