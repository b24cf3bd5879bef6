"""A person's mail address: written, confirmed by the link that was sent there, changed, removed."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.models import User
from marketplace.kernel import audit, clock, crypto, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.mail import check_address
from marketplace.kernel.transaction import transactional

#: The outbox topic of the letter that asks for a confirmation; carries a person's id only.
CONFIRM_TOPIC = "accounts.confirm_email"
#: days a link is good for
LINK_DAYS = 3


@dataclass(frozen=True, slots=True)
class OwnEmail:
    """``address`` None: there is none."""

    address: str | None = field(repr=False)
    confirmed_at: datetime | None

    @property
    def is_waiting(self) -> bool:
        return self.address is not None and self.confirmed_at is None


def email_of(user_id: int) -> OwnEmail:
    """Raises NotFound."""
    row = db.session.execute(
        select(User.email, User.email_confirmed_at).where(User.id == user_id, User.is_enabled)
    ).one_or_none()
    if row is None:
        raise NotFound
    return OwnEmail(*row)


def digest_of(address: str) -> str:
    """What a link says of the address it was sent to."""
    return crypto.lookup_digest("email", address.lower())


def _get(user_id: int) -> User:
    user = db.session.get(User, user_id, with_for_update=True)
    if user is None or not user.is_enabled:
        raise NotFound
    return user


@transactional
def set_email(user_id: int, text: str) -> None:
    """Take an address and send a link there; until it is opened no mail goes anywhere. The same address again sends the
    link again. Raises InvalidInput at ``email``, NotFound."""
    address = check_address(text)
    user = _get(user_id)
    if user.email == address and user.email_confirmed_at is not None:
        return
    if user.email != address:
        user.email, user.email_confirmed_at = address, None
        audit.record(user_id, "accounts.email_set", "user", user_id)
    outbox.enqueue(CONFIRM_TOPIC, {"user_id": user_id})


@transactional
def remove_email(user_id: int) -> None:
    """No more mail. Links that are still about lead nowhere."""
    user = _get(user_id)
    if user.email is None:
        return
    user.email, user.email_confirmed_at = None, None
    audit.record(user_id, "accounts.email_remove", "user", user_id)


def check_link(user_id: int, digest: str) -> None:
    """Raises NotFound for a link to an address that is another one by now, or none."""
    own = email_of(user_id)
    if own.address is None or digest_of(own.address) != digest:
        raise NotFound("accounts.email_link")


@transactional
def confirm_email(user_id: int, digest: str) -> None:
    """Whoever opened the link reads that box. Twice is once. Raises NotFound when the address is another one by now."""
    user = _get(user_id)
    if user.email is None or digest_of(user.email) != digest:
        raise NotFound("accounts.email_link")
    if user.email_confirmed_at is None:
        user.email_confirmed_at = clock.now()
        audit.record(user_id, "accounts.email_confirm", "user", user_id)
