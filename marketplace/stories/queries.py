"""Reading stories. What the public sees asks for the consents each time, so that one withdrawn counts at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db, read
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, offset_of
from marketplace.parties.household_queries import HouseholdCard, card_of, card_select
from marketplace.parties.models import Household, HouseholdConsent, SupplierHousehold
from marketplace.parties.rules import ConsentPurpose
from marketplace.regions.queries import RegionRow, rows_of, within
from marketplace.stories.models import Story
from marketplace.stories.rules import lead, version_of
from marketplace.stories.workflow import StoryState

WORDS = Path(__file__).parent / "data" / "undignified_words.txt"
PER_PAGE = 12
#: a longer list to choose from is no help
MOST_HOUSEHOLDS = 200


@cache
def undignified_words() -> tuple[str, ...]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class StoryRow:
    """``has_picture`` says that there is one; ``shows_picture`` that the household, if it is one's, allows it now;
    ``is_allowed`` the same of the story itself."""

    id: int
    village_code: str
    household_id: int | None
    supplier_id: int | None
    title: str
    body: str
    state: StoryState
    written_by: int
    written_at: datetime
    decided_at: datetime | None
    reason: str
    picture_id: int | None
    is_allowed: bool
    shows_picture: bool

    @property
    def lead(self) -> str:
        return lead(self.body)

    @property
    def version(self) -> str:
        return version_of(self.written_at)

    @property
    def is_public(self) -> bool:
        return self.state is StoryState.PUBLISHED and self.is_allowed


def _consent(purpose: ConsentPurpose) -> ColumnElement[bool]:
    live = exists().where(
        HouseholdConsent.household_id == Story.household_id,
        HouseholdConsent.purpose == purpose,
        HouseholdConsent.withdrawn_at.is_(None),
    )
    return or_(Story.household_id.is_(None), live)


def public_clause() -> ColumnElement[bool]:
    """Criterion: published, and allowed by the household it is of."""
    return and_(Story.state == StoryState.PUBLISHED, _consent(ConsentPurpose.STORY))


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        Story.id,
        Story.village_code,
        Story.household_id,
        Story.supplier_id,
        Story.title,
        Story.body,
        Story.state,
        Story.written_by,
        Story.written_at,
        Story.decided_at,
        Story.reason,
        Story.picture_id,
        _consent(ConsentPurpose.STORY),
        and_(Story.picture_id.is_not(None), _consent(ConsentPurpose.PICTURE)),
    )


def _rows(statement: Select[*tuple[Any, ...]], **given: Any) -> list[StoryRow]:
    return [StoryRow(*row) for row in read(statement, given)]


@cache
def _newest(of: InstrumentedAttribute[Any] | None = None) -> Select[*tuple[Any, ...]]:
    """To be given ``most``, and ``whose`` where it is those of something. The home page asks it of every visitor."""
    criteria = [public_clause()] if of is None else [public_clause(), of == bindparam("whose")]
    newest_first = _select().where(*criteria).order_by(Story.decided_at.desc(), Story.id.desc())
    return newest_first.limit(bindparam("most", type_=Integer))


def newest(limit: int) -> list[StoryRow]:
    """What the public may read, newest first. One statement."""
    return _rows(_newest(), most=limit)


def of_village(village_code: str, limit: int) -> list[StoryRow]:
    return _rows(_newest(Story.village_code), whose=village_code, most=limit)


def of_supplier(supplier_id: int, limit: int) -> list[StoryRow]:
    """Those the supplier wrote."""
    return _rows(_newest(Story.supplier_id), whose=supplier_id, most=limit)


def public_page(number: int, within_region: RegionRow | None) -> Page[StoryRow]:
    """Two statements."""
    criteria = [public_clause()]
    if within_region is not None:
        criteria.append(within(Story.village_code, within_region))
    return _page(number, criteria, Story.decided_at.desc())


def _page(number: int, criteria: Sequence[ColumnElement[bool]], order: ColumnElement[Any]) -> Page[StoryRow]:
    total = db.session.scalar(select(func.count()).select_from(Story).where(*criteria)) or 0
    statement = _select().where(*criteria).order_by(order, Story.id.desc())
    return Page(_rows(statement.limit(PER_PAGE).offset(offset_of(number, PER_PAGE))), number, total, PER_PAGE)


def get_readable(actor: Actor | None, story_id: int) -> StoryRow:
    """A public one; and any for its writer's supplier, the officials over its village and the household itself.

    Raises NotFound.
    """
    allowed = [public_clause()]
    if actor is not None:
        allowed += [
            _in_regions(actor),
            Story.supplier_id.in_(actor.supplier_ids),
            Story.household_id.in_(actor.household_ids),
        ]
    found = _rows(_select().where(Story.id == story_id, or_(*allowed)))
    if not found:
        raise NotFound
    return found[0]


def get_of_region(actor: Actor, story_id: int) -> StoryRow:
    """One of the villages in an official's regions, in any state. Raises NotFound."""
    found = _rows(_select().where(Story.id == story_id, _in_regions(actor)))
    if not found:
        raise NotFound
    return found[0]


def _in_regions(actor: Actor, column: InstrumentedAttribute[str] = Story.village_code) -> ColumnElement[bool]:
    regions = rows_of(actor.official_regions).values()
    return or_(false(), *(within(column, region) for region in regions))


def desk_page(actor: Actor, number: int, state: StoryState | None) -> Page[StoryRow]:
    """Of the villages in an official's regions. Two statements."""
    criteria = [_in_regions(actor)]
    if state is not None:
        criteria.append(Story.state == state)
    return _page(number, criteria, Story.written_at.desc())


def count_waiting(actor: Actor) -> int:
    """Those an official may decide on: not his own. One statement."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Story)
            .where(_in_regions(actor), Story.state == StoryState.SUBMITTED, Story.written_by != actor.user_id)
        )
        or 0
    )


def suppliers_page(supplier_id: int, number: int) -> Page[StoryRow]:
    """All a supplier wrote. Two statements."""
    return _page(number, [Story.supplier_id == supplier_id], Story.written_at.desc())


def households_to_write_about(
    *, supplier_id: int | None = None, actor: Actor | None = None
) -> list[HouseholdCard]:
    """Those that allow it: of a supplier, else of an official's regions. Masked. One statement."""
    live = exists().where(
        HouseholdConsent.household_id == Household.id,
        HouseholdConsent.purpose == ConsentPurpose.STORY,
        HouseholdConsent.withdrawn_at.is_(None),
    )
    statement = card_select().where(live).order_by(Household.code).limit(MOST_HOUSEHOLDS)
    if supplier_id is not None:
        linked = exists().where(
            SupplierHousehold.household_id == Household.id, SupplierHousehold.supplier_id == supplier_id
        )
        statement = statement.where(linked)
    elif actor is not None:
        statement = statement.where(_in_regions(actor, Household.village_code))
    return [card_of(row) for row in db.session.execute(statement)]


def about_households(household_ids: Sequence[int]) -> list[StoryRow]:
    """What is written about them and not withdrawn, whoever may read it. One statement."""
    statement = _select().where(Story.household_id.in_(household_ids), Story.state != StoryState.WITHDRAWN)
    return _rows(statement.order_by(Story.written_at.desc()))
