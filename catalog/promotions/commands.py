"""Making, changing and taking away home slots and hot words. The platform's admin alone; everything is on record."""

from datetime import date
from typing import Any

from catalog.promotions import rules
from catalog.promotions.models import HomeSlot, HotWord
from catalog.promotions.rules import SlotFacts, WordFacts
from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_picture
from marketplace.kernel.transaction import transactional


def _require_admin(actor: Actor) -> None:
    if not actor.has_role(Role.ADMIN):
        raise Forbidden


@transactional
def save_slot(actor: Actor, slot_id: int | None, facts: SlotFacts, picture: Upload | None = None) -> int:
    """Make a slot (``slot_id`` None) or change one; returns its id. Without ``picture`` the old one stays.

    Raises Forbidden, NotFound, InvalidInput at the field; a new slot needs a picture.
    """
    _require_admin(actor)
    rules.check_slot(facts)
    slot = HomeSlot() if slot_id is None else _slot(slot_id)
    if picture is not None:
        slot.media_id = _stored(picture, actor.user_id)
    elif slot_id is None:
        raise InvalidInput("home.picture", field="picture")
    for name in SlotFacts.__dataclass_fields__:
        setattr(slot, name, getattr(facts, name))
    slot.changed_at = clock.now()
    db.session.add(slot)
    db.session.flush()
    action = "home.slot_add" if slot_id is None else "home.slot_edit"
    detail = {"title": facts.title, "target": facts.target, **_days(facts.starts_on, facts.ends_on)}
    audit.record(actor.user_id, action, "home_slot", slot.id, detail)
    return slot.id


def _stored(picture: Upload, user_id: int) -> int:
    with at_field("picture"):
        return store_picture(picture, user_id).id


@transactional
def remove_slot(actor: Actor, slot_id: int) -> None:
    """Raises Forbidden, NotFound."""
    _require_admin(actor)
    slot = _slot(slot_id)
    audit.record(actor.user_id, "home.slot_remove", "home_slot", slot_id, {"title": slot.title})
    db.session.delete(slot)


@transactional
def save_word(actor: Actor, word_id: int | None, facts: WordFacts) -> int:
    """Fix a hot word or change one; returns its id. Raises Forbidden, NotFound, InvalidInput at the field."""
    _require_admin(actor)
    rules.check_word(facts)
    word = HotWord() if word_id is None else _word(word_id)
    for name in WordFacts.__dataclass_fields__:
        setattr(word, name, getattr(facts, name))
    word.changed_at = clock.now()
    db.session.add(word)
    db.session.flush()
    action = "home.word_add" if word_id is None else "home.word_edit"
    detail = {"word": facts.word, **_days(facts.starts_on, facts.ends_on)}
    audit.record(actor.user_id, action, "hot_word", word.id, detail)
    return word.id


@transactional
def remove_word(actor: Actor, word_id: int) -> None:
    """Raises Forbidden, NotFound."""
    _require_admin(actor)
    word = _word(word_id)
    audit.record(actor.user_id, "home.word_remove", "hot_word", word_id, {"word": word.word})
    db.session.delete(word)


def _slot(slot_id: int) -> HomeSlot:
    slot = db.session.get(HomeSlot, slot_id)
    if slot is None:
        raise NotFound
    return slot


def _word(word_id: int) -> HotWord:
    word = db.session.get(HotWord, word_id)
    if word is None:
        raise NotFound
    return word


def _days(starts_on: date, ends_on: date) -> dict[str, Any]:
    return {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
