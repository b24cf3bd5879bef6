"""Writing, publishing, sending back and withdrawing a story."""

from dataclasses import dataclass

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, keep_picture, render_picture
from marketplace.kernel.transaction import transactional
from marketplace.parties.consents import has_consent
from marketplace.parties.household_queries import is_linked
from marketplace.parties.models import Household, Supplier
from marketplace.parties.rules import ConsentPurpose
from marketplace.regions.queries import find_region, rows_of
from marketplace.regions.rules import RegionLevel, is_within
from marketplace.stories import rules
from marketplace.stories.models import Story
from marketplace.stories.queries import undignified_words
from marketplace.stories.workflow import STORY, StoryState


@dataclass(frozen=True, slots=True)
class StoryDraft:
    """``supplier_id`` is the supplier it is written for, None for an official's own. A household's story is of the
    village it lives in, whatever ``village_code`` says."""

    title: str
    body: str
    village_code: str = ""
    household_id: int | None = None
    supplier_id: int | None = None


@transactional
def submit_story(
    actor: Actor, draft: StoryDraft, picture: Upload | None, *, story_id: int | None = None
) -> int:
    """Hand in a new story, or the same one rewritten: a published one is gone until it is published again.

    Raises NotFound for a place, a household or a story that is none of the actor's, Conflict ``stories.no_consent`` or
    ``stories.no_picture_consent`` while the household does not allow it, IllegalTransition for a withdrawn one,
    InvalidInput at ``title``, ``body``, ``picture`` or ``subject``.
    """
    village_code = _place_of(actor, draft)
    title, body = _checked(draft)
    if picture is not None:
        _require_picture_consent(draft.household_id)
    story = _written_by_us(actor, story_id) if story_id is not None else Story(state=StoryState.SUBMITTED)
    if story_id is not None and (story.supplier_id, story.household_id) != (
        draft.supplier_id,
        draft.household_id,
    ):
        raise NotFound
    if story_id is not None:
        story.state = STORY.next(story.state, "submit")
    else:
        story.household_id, story.supplier_id = draft.household_id, draft.supplier_id
        db.session.add(story)
    story.village_code, story.title, story.body = village_code, title, body
    story.written_by, story.written_at, story.reason = actor.user_id, clock.now(), ""
    if picture is not None:
        with at_field("picture"):
            story.picture_id = keep_picture(render_picture(picture), actor.user_id, public=False).id
    db.session.flush()
    audit.record(actor.user_id, "story.submit", "story", story.id, {"household": draft.household_id})
    return story.id


@transactional
def decide_story(actor: Actor, story_id: int, action: str, reason: str = "", seen: str | None = None) -> None:
    """``publish`` or ``return`` by an official over the village who neither wrote it nor works for who did;
    ``withdraw`` by those who wrote it, too. All but publishing take a reason. ``seen`` is the version the official
    had before him; None publishes whatever it says now.

    Raises NotFound, Conflict ``stories.own``, ``stories.no_consent`` and ``stories.seen_other``, IllegalTransition,
    InvalidInput at ``reason``.
    """
    story = db.session.get(Story, story_id, with_for_update=True)
    if story is None or not (_is_over(actor, story.village_code) or _is_ours(actor, story)):
        raise NotFound
    if action != "withdraw":
        if not _is_over(actor, story.village_code):
            raise NotFound
        if _is_ours(actor, story):
            raise Conflict("stories.own")
    reason = rules.clean(reason)
    least, most = rules.REASON
    if action != "publish" and not least <= len(reason) <= most:
        raise InvalidInput("stories.reason", field="reason", least=least, most=most)
    after = STORY.next(story.state, action)
    if after is StoryState.PUBLISHED:
        _require_consent(story.household_id)
        if seen not in (None, rules.version_of(story.written_at)):
            raise Conflict("stories.seen_other")
    story.state, story.reason = after, reason
    story.decided_by, story.decided_at = actor.user_id, clock.now()
    audit.record(actor.user_id, f"story.{action}", "story", story.id, reason=reason or None)


def _place_of(actor: Actor, draft: StoryDraft) -> str:
    """The village the story is of, when the actor may write about it."""
    if draft.supplier_id is not None and not actor.acts_for_supplier(draft.supplier_id):
        raise NotFound
    if draft.household_id is None:
        region = find_region(draft.village_code)
        if region is None or region.level is not RegionLevel.VILLAGE:
            raise InvalidInput("stories.village", field="subject")
        if not _may_write_of(actor, draft.supplier_id, region.code):
            raise NotFound
        return region.code
    household = db.session.get(Household, draft.household_id)
    if household is None or not (
        is_linked(draft.supplier_id, household.id)
        if draft.supplier_id is not None
        else _is_over(actor, household.village_code)
    ):
        raise NotFound
    _require_consent(household.id)
    return household.village_code


def _may_write_of(actor: Actor, supplier_id: int | None, village_code: str) -> bool:
    if supplier_id is None:
        return _is_over(actor, village_code)
    return db.session.get_one(Supplier, supplier_id).village_code == village_code


def _is_over(actor: Actor, village_code: str) -> bool:
    regions = rows_of(actor.official_regions).values()
    return any(is_within(village_code, region.code, region.level) for region in regions)


def _is_ours(actor: Actor, story: Story) -> bool:
    """The writer, or whoever acts for the supplier it was written for."""
    return story.written_by == actor.user_id or (
        story.supplier_id is not None and actor.acts_for_supplier(story.supplier_id)
    )


def _written_by_us(actor: Actor, story_id: int) -> Story:
    story = db.session.get(Story, story_id, with_for_update=True)
    if story is None or not _is_ours(actor, story):
        raise NotFound
    return story


def _require_consent(household_id: int | None) -> None:
    if household_id is not None and not has_consent(household_id, ConsentPurpose.STORY):
        raise Conflict("stories.no_consent", field="subject")


def _require_picture_consent(household_id: int | None) -> None:
    if household_id is not None and not has_consent(household_id, ConsentPurpose.PICTURE):
        raise Conflict("stories.no_picture_consent", field="picture")


def _checked(draft: StoryDraft) -> tuple[str, str]:
    title, body = " ".join(rules.clean(draft.title).split()), rules.clean(draft.body)
    for name, text, (least, most) in (("title", title, rules.TITLE), ("body", body, rules.BODY)):
        if not least <= len(text) <= most:
            raise InvalidInput("stories.length", field=name, least=least, most=most)
        if rules.has_number(text):
            raise InvalidInput("stories.number", field=name)
        found = rules.begging(text, undignified_words())
        if found:
            raise InvalidInput("stories.begging", field=name, words="、".join(found))
    return title, body
