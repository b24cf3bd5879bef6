"""Reading slots and hot words: what a day shows, and the lists of the desk. Rows, not ORM objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from catalog.promotions.models import HomeSlot, HotWord
from catalog.promotions.rules import SlotKind, Standing
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.paging import Page, offset_of

#: not yet over; more than this nobody schedules, and the home page must not read without end
MOST_READ = 200


@dataclass(frozen=True, slots=True)
class SlotRow:
    id: int
    kind: SlotKind
    title: str
    text: str
    token: str
    alt: str
    target: str
    position: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class WordRow:
    id: int
    word: str
    position: int
    starts_on: date
    ends_on: date


_SLOT: tuple[Any, ...] = (
    HomeSlot.id,
    HomeSlot.kind,
    HomeSlot.title,
    HomeSlot.text,
    Media.token,
    HomeSlot.alt,
    HomeSlot.target,
    HomeSlot.position,
    HomeSlot.starts_on,
    HomeSlot.ends_on,
)
_WORD = (HotWord.id, HotWord.word, HotWord.position, HotWord.starts_on, HotWord.ends_on)


@dataclass(frozen=True, slots=True)
class Forward:
    """Everything that is not over on the day it was read; what a day shows the rules pick out of it."""

    slots: list[SlotRow]
    words: list[WordRow]


def put_forward(since: date) -> Forward:
    """Slots and words that end on ``since`` or later. Two statements."""
    slots = db.session.execute(
        select(*_SLOT)
        .join(Media, Media.id == HomeSlot.media_id)
        .where(HomeSlot.ends_on >= since)
        .order_by(HomeSlot.position, HomeSlot.id)
        .limit(MOST_READ)
    )
    words = db.session.execute(
        select(*_WORD).where(HotWord.ends_on >= since).order_by(HotWord.position, HotWord.id).limit(MOST_READ)
    )
    return Forward([SlotRow(*row) for row in slots], [WordRow(*row) for row in words])


def _stands(model: type[HomeSlot] | type[HotWord], wanted: Standing, day: date) -> ColumnElement[bool]:
    if wanted is Standing.OVER:
        return model.ends_on < day
    if wanted is Standing.AHEAD:
        return model.starts_on > day
    return (model.starts_on <= day) & (model.ends_on >= day)


def _counts(model: type[HomeSlot] | type[HotWord]) -> Mapping[Standing | None, int]:
    day = clock.today()
    row = db.session.execute(
        select(
            *(func.count().filter(_stands(model, each, day)) for each in Standing), func.count()
        ).select_from(model)
    ).one()
    return dict(zip((*Standing, None), row, strict=True))


def count_slots() -> Mapping[Standing | None, int]:
    """By where they stand today; None is all of them."""
    return _counts(HomeSlot)


def count_words() -> Mapping[Standing | None, int]:
    return _counts(HotWord)


def _wanted(model: type[HomeSlot] | type[HotWord], wanted: Standing | None) -> list[ColumnElement[bool]]:
    return [] if wanted is None else [_stands(model, wanted, clock.today())]


def slot_page(wanted: Standing | None, page: int, total: int) -> Page[SlotRow]:
    """The desk's list: the newest schedule first, then by position. ``total`` is known from the counts."""
    rows = db.session.execute(
        select(*_SLOT)
        .join(Media, Media.id == HomeSlot.media_id)
        .where(*_wanted(HomeSlot, wanted))
        .order_by(HomeSlot.ends_on.desc(), HomeSlot.position, HomeSlot.id)
        .offset(offset_of(page))
        .limit(20)
    )
    return Page([SlotRow(*row) for row in rows], page, total)


def word_page(wanted: Standing | None, page: int, total: int) -> Page[WordRow]:
    rows = db.session.execute(
        select(*_WORD)
        .where(*_wanted(HotWord, wanted))
        .order_by(HotWord.ends_on.desc(), HotWord.position, HotWord.id)
        .offset(offset_of(page))
        .limit(20)
    )
    return Page([WordRow(*row) for row in rows], page, total)


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound
    return row


def get_slot(slot_id: int) -> SlotRow:
    """Raises NotFound."""
    statement = select(*_SLOT).join(Media, Media.id == HomeSlot.media_id).where(HomeSlot.id == slot_id)
    return SlotRow(*_found(db.session.execute(statement).first()))


def get_word(word_id: int) -> WordRow:
    """Raises NotFound."""
    return WordRow(*_found(db.session.execute(select(*_WORD).where(HotWord.id == word_id)).first()))
