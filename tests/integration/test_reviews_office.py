"""The work around reviewing: lists in few statements, late work, who has it in hand, own wordings, a post handed over, and
twenty hands on one button."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from certification.applications import steps
from certification.applications.commands import answer_return
from certification.applications.models import Application, ApplicationStep, CountyCheck
from certification.applications.workflow import APPLICATION, ApplicationState
from certification.notices.models import PublicNotice
from certification.reviews import handover, supervision, templates
from certification.reviews.commands import decide
from certification.reviews.rules import Decision
from certification.reviews.worklist import Filters, count_waiting, work_list
from marketplace.accounts.queries import load_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from tests.factories import builders, certifying
from tests.factories.certifying import Case, Officials
from tests.support.counting import statements

Freeze = Callable[[str], time_machine.Traveller]
HANDS = 20


@pytest.fixture
def traveller(freeze: Freeze) -> time_machine.Traveller:
    return freeze("2026-11-03 09:00")


@pytest.fixture
def people(app: Flask, traveller: time_machine.Traveller) -> Officials:
    return certifying.officials()


def waiting_at(people: Officials, state: ApplicationState) -> Case:
    case = certifying.case()
    certifying.walk(case, people, state)
    return case


def told(user_id: int) -> list[str]:
    return list(
        db.session.scalars(select(Message.title).where(Message.user_id == user_id).order_by(Message.id))
    )


def test_a_work_list_takes_two_statements_however_long(people: Officials) -> None:
    for _ in range(4):
        waiting_at(people, ApplicationState.TOWN_REVIEW)
    town = people.town
    work_list(town, Filters())  # the places are known now
    with statements() as sent:
        page = work_list(town, Filters())
    assert len(sent) == 2
    assert page.total == 4
    assert {row.town for row in page.items} == {"马召镇"}
    with statements() as sent:
        assert count_waiting(town).total == 4
    assert len(sent) == 1


def test_a_list_is_narrowed_by_hand_and_kind(people: Officials) -> None:
    first = waiting_at(people, ApplicationState.TOWN_REVIEW)
    waiting_at(people, ApplicationState.TOWN_REVIEW)
    colleague = builders.official_of(builders.TOWN)
    supervision.take_in_hand(people.town, first.application)
    with pytest.raises(Conflict, match="in_other_hands"):
        supervision.take_in_hand(colleague, first.application)
    with pytest.raises(Conflict):
        supervision.put_down(colleague, first.application)
    with pytest.raises(Forbidden):
        supervision.take_in_hand(people.county, first.application)
    with pytest.raises(NotFound):
        supervision.take_in_hand(builders.official_of(builders.OTHER_COUNTY), first.application)
    seen = {
        hand: work_list(people.town, Filters(hand=hand)).total for hand in ("mine", "nobody", "others", "")
    }
    assert seen == {"mine": 1, "nobody": 1, "others": 0, "": 2}
    assert work_list(colleague, Filters(hand="others")).items[0].handled_by == people.town.user_id
    assert work_list(people.town, Filters(kind="renewal")).total == 0
    decide(people.town, first.application, Decision.APPROVE, "材料齐全")
    db.session.expire_all()
    assert db.session.get_one(Application, first.application).handled_by is None  # the next level begins anew


def test_each_step_is_told_to_who_waits_for_it(people: Officials) -> None:
    case = waiting_at(people, ApplicationState.TOWN_REVIEW)
    decide(people.town, case.application, Decision.RETURN, "检测报告过期了")
    mine = told(case.owner.user_id)
    assert mine[-1].endswith("退回补正")
    assert any("到了您这一级" in title for title in told(people.town.user_id))
    assert told(people.county.user_id) == []
    texts = db.session.scalars(select(Message.text)).all()
    assert not any("王建国" in text for text in texts)


def test_what_is_late_is_told_upwards_once_and_hurried_once_a_day(
    people: Officials, traveller: time_machine.Traveller
) -> None:
    case = waiting_at(people, ApplicationState.TOWN_REVIEW)
    assert supervision.escalate_overdue() == 0
    traveller.shift(timedelta(days=20))
    assert (supervision.escalate_overdue(), supervision.escalate_overdue()) == (1, 0)
    assert any("已逾期" in title for title in told(people.county.user_id))
    [row] = supervision.late_rows(people.county)
    assert (row.application_id, row.late > 5) == (case.application, True)
    assert supervision.late_rows(people.town) == []  # the town watches its villages, not itself
    assert supervision.late_rows(builders.official_of(builders.OTHER_COUNTY)) == []
    supervision.hurry(people.county, case.application)
    with pytest.raises(Conflict, match="hurried_today"):
        supervision.hurry(people.county, case.application)
    with pytest.raises(Conflict, match="not_late"):
        supervision.hurry(people.town, case.application)  # its own work, not that of a level below
    with pytest.raises(NotFound):
        supervision.hurry(people.village, case.application)
    assert any(title.startswith("催办") for title in told(people.town.user_id))
    offices = {(office.level, office.late) for office in supervision.office_rows(people.county)}
    assert ("镇办", 1) in offices or any(late == 1 for _, late in offices)


def test_own_wordings_are_ones_own(people: Officials) -> None:
    mine = templates.add_wording(people.town, "town", Decision.APPROVE, "产地属实，同意上报。")
    assert templates.wordings(people.town.user_id, "town")[0].text == "产地属实，同意上报。"
    assert all(row.id is None for row in templates.wordings(people.county.user_id, "town"))
    for refused in (("nation", "四个字啊"), ("town", "短")):
        with pytest.raises(InvalidInput):
            templates.add_wording(people.town, refused[0], Decision.APPROVE, refused[1])
    with pytest.raises(NotFound):
        templates.remove_wording(people.county, mine)
    templates.remove_wording(people.town, mine)


def test_a_post_goes_over_whole(people: Officials) -> None:
    case = waiting_at(people, ApplicationState.TOWN_REVIEW)
    supervision.take_in_hand(people.town, case.application)
    templates.add_wording(people.town, "town", Decision.APPROVE, "产地属实，同意上报。")
    successor = builders.user("successor")
    with pytest.raises(Forbidden):
        handover.hand_over(
            people.county, people.town.user_id, builders.TOWN, successor.user_id, "调任，请接手"
        )
    with pytest.raises(NotFound):
        handover.hand_over(
            people.town, people.town.user_id, builders.COUNTY, successor.user_id, "调任，请接手"
        )
    with pytest.raises(InvalidInput):
        handover.hand_over(
            people.town, people.town.user_id, builders.TOWN, people.town.user_id, "调任，请接手"
        )
    with pytest.raises(InvalidInput):
        handover.find_successor("nobody-here")
    assert handover.find_successor("successor") == successor.user_id
    handover.hand_over(people.town, people.town.user_id, builders.TOWN, successor.user_id, "调任，请接手")
    old, new = load_actor(people.town.user_id), load_actor(successor.user_id)
    assert old is not None
    assert new is not None
    assert (old.official_regions, new.official_regions) == ([], [builders.TOWN])
    db.session.expire_all()
    assert db.session.get_one(Application, case.application).handled_by == successor.user_id
    assert templates.wordings(successor.user_id, "town")[0].id is not None
    decide(new, case.application, Decision.APPROVE, "材料齐全")
    with pytest.raises(NotFound):
        decide(old, case.application, Decision.APPROVE, "还想再批")
    assert handover.handovers_of([builders.TOWN])[0].open_count == 1


def test_a_successor_who_took_part_is_said_to_be_barred(people: Officials) -> None:
    case = waiting_at(people, ApplicationState.TOWN_REVIEW)
    assert [row.barred for row in handover.open_work(builders.TOWN, people.village.user_id)] == [True]
    assert [row.barred for row in handover.open_work(builders.TOWN, case.owner.user_id)] == [True]
    assert [row.barred for row in handover.open_work(builders.TOWN, builders.user("fresh").user_id)] == [
        False
    ]


def approve_at_once(app: Flask, application_id: int, count: int) -> list[str]:
    """Twenty officials of one county press the button together; what each was answered."""
    actors = [builders.official_of(builders.COUNTY) for _ in range(count)]
    answers: list[str] = []
    ready = threading.Barrier(count)

    def press(actor: Any) -> None:
        with app.app_context():
            ready.wait(30)
            try:
                decide(actor, application_id, Decision.APPROVE, "现场与申报一致")
                answers.append("approved")
            except DomainError as error:
                answers.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


def checked_case(people: Officials) -> Case:
    """At the county, its site check kept already, so that an approval is one step."""
    case = waiting_at(people, ApplicationState.COUNTY_REVIEW)
    decide(people.county, case.application, Decision.RETURN, "补一张照片")
    answer_return(case.owner, case.application, "补好了")
    with transaction() as session:
        session.add(
            CountyCheck(
                application_id=case.application,
                bureau="周至县果业部门（示例）",
                bureau_opinion="符合标准",
                visited_on=clock.today(),
                people="孙某",
                place="三组果园",
                photo_id=None,
                by=people.county.user_id,
                at=clock.now(),
            )
        )
    return case


def transitions(case: Case) -> int:
    db.session.rollback()
    db.session.expire_all()
    return len(
        db.session.scalars(
            select(ApplicationStep.id).where(
                ApplicationStep.application_id == case.application,
                ApplicationStep.to_state == ApplicationState.PUBLIC_NOTICE,
            )
        ).all()
    )


def test_twenty_approvals_at_once_make_one_transition(app: Flask) -> None:
    case = checked_case(certifying.officials())
    answers = approve_at_once(app, case.application, HANDS)
    assert len(answers) == HANDS
    assert answers.count("approved") == 1
    assert transitions(case) == 1
    notices = db.session.scalars(
        select(PublicNotice.id).where(PublicNotice.application_id == case.application)
    ).all()
    assert len(notices) == 1


def test_with_the_guard_off_there_would_be_more(app: Flask) -> None:
    """The control: who writes the state that it read, whatever it is by now, makes two steps of one."""
    case = checked_case(certifying.officials())
    both_have_read = threading.Barrier(2)

    def press(actor: Any) -> None:
        with app.app_context():
            try:
                before = db.session.get_one(Application, case.application).state
                db.session.rollback()
                both_have_read.wait(30)
                after = APPLICATION.next(before, "approve")
                with transaction() as session:
                    session.execute(
                        update(Application).where(Application.id == case.application).values(state=after)
                    )
                    steps._record(case.application, "approve", before, after, actor.user_id, "同意")
            finally:
                db.session.remove()

    actors = [builders.official_of(builders.COUNTY) for _ in range(2)]
    threads = [threading.Thread(target=press, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert transitions(case) == 2
