"""Sessions and trusted devices for the access walk."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from marketplace.accounts.models import KnownDevice, LoginSession
from marketplace.accounts.sessions import Browser, open_session
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from tests.factories import builders
from tests.support.access_rules import Thing

#: so that nobody on the walk ends the session they walk in
ELSEWHERE = "示例设备"


@transactional
def sign_in_elsewhere(user_id: int) -> None:
    """Another browser of theirs, that need not show a code for a while."""
    open_session(user_id, Browser(ELSEWHERE, "203.0.113.*"))
    builders.added(
        KnownDevice(
            user_id=user_id,
            token_digest=f"elsewhere-{user_id}",
            seen_at=clock.now(),
            words=ELSEWHERE,
            trusted_until=clock.now() + timedelta(days=30),
        )
    )


def sessions() -> Iterator[Thing]:
    for row in db.session.scalars(select(LoginSession).where(LoginSession.device == ELSEWHERE)):
        yield Thing({"session_id": row.id}, buyer=row.user_id)


def trusted_devices() -> Iterator[Thing]:
    for row in db.session.scalars(select(KnownDevice).where(KnownDevice.words == ELSEWHERE)):
        yield Thing({"device_id": row.id}, buyer=row.user_id)
