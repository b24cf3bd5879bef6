"""Stories: written by one, published by another, shown only while the household allows it."""

from collections.abc import Callable

import pytest
from flask import Flask

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, DomainError, IllegalTransition, InvalidInput, NotFound
from marketplace.parties.consents import consents_of, record_consent, withdraw_consent
from marketplace.parties.rules import ConsentPurpose
from marketplace.regions.rules import town_code_of
from marketplace.stories import queries
from marketplace.stories.commands import StoryDraft, decide_story, submit_story
from marketplace.stories.workflow import StoryState
from tests.factories import builders as build

pytestmark = pytest.mark.both_databases
BODY = "坡上的果园分成七块，哪块先熟、哪块耐放，心里有本账。摘之前先尝三遍，糖度够了才动剪子，箱子上写着是哪块地、哪一天摘的。"
BODY += "冬天剪枝，园子里常有人来看。"
TITLE = "先尝三遍再动剪子"


def draft(**changes: object) -> StoryDraft:
    return StoryDraft(**{"title": TITLE, "body": BODY, **changes})  # type: ignore[arg-type]


@pytest.fixture
def village(app: Flask) -> Actor:
    return build.official_of(build.VILLAGE, "village-official")


@pytest.fixture
def town(app: Flask) -> Actor:
    return build.official_of(town_code_of(build.VILLAGE), "town-official")


def home_of(household: int) -> Actor:
    return build.user(f"home-{household}", (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, household))


def refused(error: type[DomainError], code: str, act: Callable[[], object]) -> None:
    with pytest.raises(error) as caught:
        act()
    assert caught.value.code == code


def test_a_villages_story_goes_before_the_public_by_a_second_person(village: Actor, town: Actor) -> None:
    story = submit_story(village, draft(village_code=build.VILLAGE), None)
    assert queries.newest(5) == []
    refused(Conflict, "stories.own", lambda: decide_story(village, story, "publish"))
    elsewhere = build.official_of(town_code_of(build.OTHER_COUNTY), "elsewhere")
    with pytest.raises(NotFound):
        decide_story(elsewhere, story, "publish")
    refused(InvalidInput, "stories.reason", lambda: decide_story(town, story, "return", "差"))
    decide_story(town, story, "return", "再写写怎么挑果子")
    with pytest.raises(IllegalTransition):
        decide_story(town, story, "publish")
    submit_story(village, draft(village_code=build.VILLAGE), None, story_id=story)
    decide_story(town, story, "publish")
    assert [row.id for row in queries.of_village(build.VILLAGE, 5)] == [story]
    # rewritten, it waits again
    submit_story(village, draft(village_code=build.VILLAGE, title="改过的题目"), None, story_id=story)
    assert queries.newest(5) == []
    decide_story(village, story, "withdraw", "不想登了，另写")
    assert queries.get_of_region(town, story).state is StoryState.WITHDRAWN
    with pytest.raises(IllegalTransition):
        submit_story(village, draft(village_code=build.VILLAGE), None, story_id=story)


def test_a_households_story_lives_as_long_as_its_consent(village: Actor, town: Actor) -> None:
    supplier = build.supplier(village_code=build.VILLAGE)
    household = build.household(supplier_id=supplier)
    owner, home = build.owner_of(supplier), home_of(household)
    of_house = draft(household_id=household, supplier_id=supplier)
    refused(Conflict, "stories.no_consent", lambda: submit_story(owner, of_house, None))
    record_consent(home, household, ConsentPurpose.STORY, clock.today(), None)
    story = submit_story(owner, of_house, None)
    decide_story(town, story, "publish")
    assert queries.get_readable(None, story).is_public
    assert queries.public_page(1, None).total == 1
    consent = consents_of(household)[0]
    withdraw_consent(home, consent.id)
    with pytest.raises(NotFound):
        queries.get_readable(None, story)
    assert queries.newest(5) == []
    assert queries.get_readable(owner, story).is_allowed is False
    assert queries.get_readable(home, story).id == story
    with pytest.raises(NotFound):
        queries.get_readable(build.user("nobody-special"), story)
    refused(Conflict, "stories.no_consent", lambda: submit_story(owner, of_house, None, story_id=story))
    # consent that comes before the decision but is gone at it does not count
    record_consent(home, household, ConsentPurpose.STORY, clock.today(), None)
    assert queries.get_readable(None, story).id == story  # published it was, and it is allowed again
    submit_story(owner, of_house, None, story_id=story)
    withdraw_consent(home, consents_of(household)[0].id)
    refused(Conflict, "stories.no_consent", lambda: decide_story(town, story, "publish"))


def test_whose_is_what(village: Actor) -> None:
    supplier, other = build.supplier(village_code=build.VILLAGE), build.supplier()
    owner, stranger = build.owner_of(supplier), build.owner_of(other)
    linked, unlinked = build.household(supplier_id=supplier), build.household()
    for household in (linked, unlinked):
        record_consent(home_of(household), household, ConsentPurpose.STORY, clock.today(), None)
    assert [each.id for each in queries.households_to_write_about(supplier_id=supplier)] == [linked]
    for actor, asked in (
        (owner, draft(household_id=unlinked, supplier_id=supplier)),
        (stranger, draft(household_id=linked, supplier_id=supplier)),
        (stranger, draft(household_id=linked, supplier_id=other)),
        (stranger, draft(village_code=build.VILLAGE)),
        (village, draft(village_code=build.VILLAGE, supplier_id=supplier)),
    ):
        with pytest.raises(NotFound):
            submit_story(actor, asked, None)
    story = submit_story(owner, draft(household_id=linked, supplier_id=supplier), None)
    with pytest.raises(NotFound):
        submit_story(stranger, draft(household_id=linked, supplier_id=supplier), None, story_id=story)
    with pytest.raises(NotFound):  # a story does not change hands
        submit_story(owner, draft(village_code=build.VILLAGE, supplier_id=supplier), None, story_id=story)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": "短"}, "stories.length"),
        ({"body": "太短了"}, "stories.length"),
        ({"body": BODY + "电话 19900001234"}, "stories.number"),
        ({"body": BODY + "日子可怜"}, "stories.begging"),
        ({"village_code": "610000000000"}, "stories.village"),
    ],
)
def test_what_is_not_taken(village: Actor, changes: dict[str, str], code: str) -> None:
    refused(
        InvalidInput,
        code,
        lambda: submit_story(village, draft(**{"village_code": build.VILLAGE, **changes}), None),
    )
