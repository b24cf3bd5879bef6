"""Messages, links to mail addresses, cards that are passed on and watched promises for the access walk."""

from collections.abc import Iterator

from sqlalchemy import select

from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.accounts import password_resets
from marketplace.accounts.email_links import link_token
from marketplace.accounts.models import User
from marketplace.helping.models import HelpCard
from marketplace.kernel.db import db
from marketplace.messages.models import Message
from tests.support.access_rules import Thing
from tests.support.things import rows


def messages() -> Iterator[Thing]:
    found = rows(Message.id, Message.user_id)[:200]
    return (Thing({"message_id": message_id}, buyer=user_id) for message_id, user_id in found)


def help_cards() -> Iterator[Thing]:
    return (Thing({"token": token}) for (token,) in rows(HelpCard.token))


def email_links() -> Iterator[Thing]:
    """Good for whoever reads that box; a link to an address that is another one by now is nobody's."""
    for user_id, address in rows(User.id, User.email):
        if address is not None:
            yield Thing({"token": link_token(user_id, address)})
            yield Thing({"token": link_token(user_id, f"old.{address}")}, ours=False)


def reset_links() -> Iterator[Thing]:
    """Good for whoever reads that box; one from before the last change of password is nobody's."""
    for user_id, version in rows(User.id, User.session_version)[:5]:
        yield Thing({"token": password_resets.link_token(user_id, version)})
        yield Thing({"token": password_resets.link_token(user_id, version - 1)}, ours=False)


def watched_certificates() -> Iterator[Thing]:
    """Those whose promise is held against the ledger."""
    for row in db.session.scalars(select(Certificate)):
        open_now = row.state in {CertificateState.IN_FORCE, CertificateState.SUSPENDED}
        yield Thing({"certificate_id": row.id}, region=row.region_code, ours=open_now)
