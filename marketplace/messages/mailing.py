"""The worker's letter for a message: what it says, and a link to it in the box. Nothing else leaves the house."""

from typing import Any

from sqlalchemy import select, update

from marketplace.accounts.models import User
from marketplace.kernel import clock, mail
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message


def send(payload: dict[str, Any]) -> None:
    """The outbox handler. One that was sent is not sent again; an address that was removed or changed meanwhile gets
    none. A carrier that is down raises, and the outbox comes again."""
    row = db.session.execute(
        select(
            Message.id, Message.title, Message.text, Message.mailed_at, User.email, User.email_confirmed_at
        )
        .join(User, User.id == Message.user_id)
        .where(Message.id == payload["message_id"], User.is_enabled)
    ).one_or_none()
    db.session.rollback()  # whoever carries it may take his time: no transaction waits for him
    if row is None or row.mailed_at is not None or row.email is None or row.email_confirmed_at is None:
        return
    if not mail.is_on():
        return
    mail.send(
        mail.Letter(
            number=f"message-{row.id}",
            to=row.email,
            title=row.title,
            text=row.text,
            path=mail.path_to("messages.show", message_id=row.id),
            link_label="在站内打开",
            why="您选了把这类通知也寄到邮箱；登录后在“消息”里可以改。",
        )
    )
    with transaction() as session:
        session.execute(
            update(Message)
            .where(Message.id == row.id, Message.mailed_at.is_(None))
            .values(mailed_at=clock.now())
        )
