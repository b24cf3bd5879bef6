"""Stories: objects of the access test, as in ``things``. ``submitted`` says that everybody may read one."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.parties.models import HouseholdConsent
from marketplace.parties.rules import ConsentPurpose
from marketplace.stories.models import Story
from marketplace.stories.workflow import StoryState
from tests.support.access_rules import Thing, household_member, prefix_of, seller
from tests.support.things import rows


def _live(purpose: ConsentPurpose) -> set[int]:
    columns = HouseholdConsent.household_id, HouseholdConsent.purpose, HouseholdConsent.withdrawn_at
    return {household for household, said, gone in rows(*columns) if said is purpose and gone is None}


def stories() -> Iterator[Thing]:
    allowed = _live(ConsentPurpose.STORY)
    for row in db.session.scalars(select(Story)):
        consented = row.household_id is None or row.household_id in allowed
        yield Thing(
            {"story_id": row.id},
            supplier=row.supplier_id,
            region=row.village_code,
            households=frozenset({row.household_id} if row.household_id else ()),
            submitted=row.state is StoryState.PUBLISHED and consented,
        )


def pictures() -> Iterator[Thing]:
    allowed = _live(ConsentPurpose.PICTURE)
    shown = {
        row.id
        for row in db.session.scalars(select(Story).where(Story.picture_id.is_not(None)))
        if row.household_id is None or row.household_id in allowed
    }
    for thing in stories():
        if thing.args["story_id"] in shown:
            thing.args["width"] = 320
            yield thing


def for_officials() -> Iterator[Thing]:
    return (Thing({"story_id": story}, region=code) for story, code in rows(Story.id, Story.village_code))


def written_by_officials() -> Iterator[Thing]:
    columns = Story.id, Story.supplier_id, Story.written_by
    return (
        Thing({"story_id": story}, buyer=None if supplier else writer, ours=supplier is None)
        for story, supplier, writer in rows(*columns)
    )


def reader(actor: Actor | None, thing: Thing) -> bool:
    """Everybody while it is public; else its supplier, the officials over its village and the household."""
    if thing.submitted or actor is None:
        return thing.submitted
    scopes = [prefix_of(code) for code in actor.official_regions]
    over = any(thing.region.startswith(scope) for scope in scopes)
    return over or seller(actor, thing) or household_member(actor, thing)
