"""Where people of the demo are signed in besides the browser it is looked at with."""

from datetime import timedelta

from sqlalchemy import select, update

from marketplace.accounts.devices import device_words, network_words
from marketplace.accounts.models import LoginSession, User
from marketplace.accounts.sessions import Browser, open_session
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional

#: login, what its browser calls itself, its address, hours since it signed in and since it was last seen
SIGNED_IN = (
    ("buyer", "iPhone; AppleWebKit MicroMessenger/8.0", "203.0.113.24", 70, 3),
    ("buyer", "Windows NT 10.0 Chrome/120.0 Safari/537.36 Edg/120.0", "198.51.100.8", 200, 150),
    ("admin", "Windows NT 10.0 Chrome/120.0 Safari/537.36", "198.51.100.30", 26, 2),
)


@transactional
def load_sessions() -> None:
    now = clock.now()
    for login, agent, address, started, seen in SIGNED_IN:
        user_id = db.session.scalars(select(User.id).where(User.username == login)).one()
        open_session(user_id, Browser(device_words(agent), network_words(address)), remember=True)
        newest = (
            select(LoginSession.id)
            .where(LoginSession.user_id == user_id)
            .order_by(LoginSession.id.desc())
            .limit(1)
        )
        db.session.execute(
            update(LoginSession)
            .where(LoginSession.id == newest.scalar_subquery())
            .values(started_at=now - timedelta(hours=started), seen_at=now - timedelta(hours=seen))
        )
