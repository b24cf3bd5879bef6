"""Passing a year's card on, and taking it back."""

from sqlalchemy import delete, select

from marketplace.accounts.models import User
from marketplace.accounts.policies import Actor
from marketplace.helping.models import HelpCard
from marketplace.helping.queries import find_card, help_of
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional

LONGEST_NAME = 12


@transactional
def share_card(actor: Actor, year: int, shown_name: str) -> str:
    """The token of the card's own address; a card that is out already keeps it and takes the new name.

    Raises Conflict ``helping.nothing_yet`` for a year without income, InvalidInput at ``shown_name``.
    """
    name = " ".join(shown_name.split())
    if len(name) > LONGEST_NAME:
        raise InvalidInput("helping.name", field="shown_name", longest=LONGEST_NAME)
    # a second click at once finds the card that the first has made
    db.session.execute(select(User.id).where(User.id == actor.user_id).with_for_update())
    if not help_of(actor.user_id, year).villages:
        raise Conflict("helping.nothing_yet")
    card = find_card(actor.user_id, year)
    if card is None:
        card = HelpCard(user_id=actor.user_id, year=year, token=new_token(), made_at=clock.now())
        db.session.add(card)
    card.shown_name = name
    db.session.flush()
    audit.record(actor.user_id, "help_card.share", "help_card", card.id, {"year": year})
    return card.token


@transactional
def take_card_back(actor: Actor, year: int) -> None:
    """Its address is gone at the next request. Nothing happens where none is out."""
    card = find_card(actor.user_id, year)
    if card is not None:
        db.session.delete(card)
        audit.record(actor.user_id, "help_card.take_back", "help_card", card.id, {"year": year})


def forget_member(user_id: int) -> None:
    """Of an account that closes, in its transaction."""
    db.session.execute(delete(HelpCard).where(HelpCard.user_id == user_id))
