"""A village answers an application one household at a time, without a script; who may not is kept out by the command."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from certification.applications.models import Application, HouseholdConfirmation
from certification.applications.rules import ConfirmationAnswer
from certification.applications.workflow import ApplicationState
from certification.linkage.models import LinkageAgreement
from certification.reviews.commands import answer_household
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.parties.rules import SupplierKind
from tests.factories import builders
from tests.factories.certifying import Case, case, officials, walk
from tests.support.clients import Client
from tests.support.counting import statements

Enter = Callable[[Actor], Client]


@pytest.fixture
def enter(app: Flask) -> Enter:
    def make(actor: Actor) -> Client:
        made = app.test_client()
        assert isinstance(made, Client)
        builders.sign_in(made, actor)
        return made

    return make


@pytest.fixture
def made(app: Flask) -> Case:
    """Three households of one village and one of another, waiting for their villages."""
    three = (builders.VILLAGE,) * 3
    asked = case((*three, builders.VILLAGE_OF_SAME_COUNTY))
    walk(asked, officials(), ApplicationState.VILLAGE_CONFIRMATION)
    return asked


def address(made: Case, household: int | None = None) -> str:
    return f"/review/applications/{made.application}/households" + (f"/{household}" if household else "")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found, name
    return found[1]


def say(client: Client, url: str, **said: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page."""
    page = client.get(url).get_data(as_text=True)
    data = {"csrf_token": hidden(page, "csrf_token"), "question": hidden(page, "question"), **said}
    answer = client.post(url, data=data)
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)


def word_on(household: int) -> ConfirmationAnswer | None:
    return db.session.scalars(
        select(HouseholdConfirmation.answer).where(HouseholdConfirmation.household_id == household)
    ).one()


def test_one_after_the_other_skipped_mended_and_summed_up(made: Case, enter: Enter) -> None:
    village = enter(builders.official_of(builders.VILLAGE, "asks"))
    first, second, third, _away = made.households
    page = village.get(address(made, second)).get_data(as_text=True)
    assert "第 2 户" in page
    assert "共 3 户" in page  # the other village's is none of its business
    assert "王**" in page
    assert "王建国" not in page
    assert f'href="{address(made, first)}"' in page
    assert f'href="{address(made, third)}"' in page
    # skipping the second: the third, then round to the first
    assert say(village, address(made, third), answer="confirmed")[1] == address(made, first)
    status, _where, page = say(village, address(made, first), answer="refused", note=" ")
    assert (status, word_on(first)) == (422, None)
    assert 'aria-invalid="true"' in page
    assert say(village, address(made, first), answer="refused", note="没签过")[1] == address(made, second)
    assert say(village, address(made, second), answer="confirmed")[1] == address(made)
    summary = village.get(address(made)).get_data(as_text=True)
    assert "2 / 3 户已确认，1 户不属实" in summary
    assert "没签过" in summary
    assert "去退回申请" in summary
    assert say(village, address(made, first), answer="confirmed")[0] == 303
    assert "3 / 3 户已确认" in village.get(address(made)).get_data(as_text=True)


def test_what_is_promised_is_said_in_yuan_a_unit_for_this_household(made: Case, enter: Enter) -> None:
    page = enter(builders.official_of(builders.VILLAGE)).get(address(made, made.households[0]))
    text = page.get_data(as_text=True)
    assert "¥1.00" in text  # a fifth of ¥20, by four households
    assert "这一户 1 股，大伙一共 4 股" in text
    assert "净销售额" not in text


def test_neither_button_is_no_answer_and_what_was_typed_stays(made: Case, enter: Enter) -> None:
    village, household = enter(builders.official_of(builders.VILLAGE)), made.households[0]
    for said in ({}, {"answer": "yes"}):
        status, _where, page = say(village, address(made, household), note="已经搬走的人家", **said)
        assert (status, word_on(household)) == (422, None)
        assert "已经搬走的人家" in page


def test_terms_changed_since_the_page_was_read_are_not_confirmed_by_it(made: Case, enter: Enter) -> None:
    official, household = builders.official_of(builders.VILLAGE), made.households[0]
    village = enter(official)
    old = hidden(village.get(address(made, household)).get_data(as_text=True), "question")
    db.session.execute(
        update(HouseholdConfirmation)
        .where(HouseholdConfirmation.household_id == household)
        .values(asked={"terms": [["dividend", 100, 0]], "shares": 1})
    )
    db.session.commit()
    status, _where, page = say(village, address(made, household), answer="confirmed", question=old)
    assert (status, word_on(household)) == (409, None)
    assert "刚改过这一户的条款" in page
    with pytest.raises(Conflict):
        answer_household(official, made.application, household, confirmed=True, question="")
    assert say(village, address(made, household), answer="confirmed")[0] == 303


@pytest.mark.parametrize("place", [builders.VILLAGE_OF_SAME_TOWN, builders.OTHER_COUNTY, builders.COUNTY])
def test_other_places_find_nothing(made: Case, enter: Enter, place: str) -> None:
    stranger = enter(builders.official_of(place))
    assert stranger.get(address(made)).status_code == 404
    assert stranger.get(address(made, made.households[0])).status_code == 404


def test_a_village_finds_only_its_own_households(made: Case, enter: Enter) -> None:
    there = enter(builders.official_of(builders.VILLAGE_OF_SAME_COUNTY))
    assert there.get(address(made, made.households[-1])).status_code == 200
    assert there.get(address(made, made.households[0])).status_code == 404


@pytest.mark.parametrize("part", ["supplier", "leading_enterprise", "household"])
def test_who_has_a_part_in_it_answers_nothing(made: Case, enter: Enter, part: str) -> None:
    leader = builders.supplier(kind=SupplierKind.LEADING_ENTERPRISE)
    db.session.execute(
        update(LinkageAgreement)
        .where(LinkageAgreement.id == made.agreement)
        .values(leading_enterprise_id=leader)
    )
    db.session.commit()
    grants: dict[str, tuple[Role, ScopeKind, object]] = {
        "supplier": (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, made.supplier),
        "leading_enterprise": (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, leader),
        "household": (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, made.households[1]),
    }
    official = (Role.OFFICIAL, ScopeKind.REGION, builders.VILLAGE)
    concerned = builders.user("concerned", official, grants[part])
    household = made.households[0]
    with pytest.raises(Forbidden):
        answer_household(concerned, made.application, household, confirmed=True)
    page = enter(concerned).get(address(made, household)).get_data(as_text=True)
    assert "这份申请与您有关" in page
    assert 'name="answer"' not in page
    assert word_on(household) is None


def test_the_signed_paper_is_at_hand(made: Case, enter: Enter) -> None:
    village = enter(builders.official_of(builders.VILLAGE))
    assert "没有附签过字的协议" in village.get(address(made, made.households[0])).get_data(as_text=True)
    paper = builders.document()
    db.session.execute(
        update(LinkageAgreement).where(LinkageAgreement.id == made.agreement).values(document_id=paper)
    )
    db.session.commit()
    opened = f"/review/applications/{made.application}/documents/{paper}"
    assert opened in village.get(address(made, made.households[0])).get_data(as_text=True)


def test_an_application_that_left_the_levels_takes_no_answer(made: Case, enter: Enter) -> None:
    village, household = enter(builders.official_of(builders.VILLAGE)), made.households[0]
    page = village.get(address(made, household)).get_data(as_text=True)
    data = {"csrf_token": hidden(page, "csrf_token"), "question": hidden(page, "question")}
    db.session.execute(update(Application).values(state=ApplicationState.WITHDRAWN))
    db.session.commit()
    sent = village.post(address(made, household), data={**data, "answer": "confirmed"})
    assert (sent.status_code, word_on(household)) == (409, None)


def test_both_pages_ask_few_questions(made: Case, enter: Enter) -> None:
    village = enter(builders.official_of(builders.VILLAGE))
    for url in (address(made, made.households[0]), address(made)):
        village.get(url)
        with statements() as asked:
            village.get(url)
        assert len(asked) <= 10, asked
