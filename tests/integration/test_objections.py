"""Objections: who may say something, what the clock does meanwhile, who may decide, and what never happens."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from certification.applications.commands import withdraw_application
from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.certificates.models import Certificate
from certification.notices import objections
from certification.notices.commands import close_due_notices
from certification.notices.models import Objection, PublicNotice
from certification.notices.objections import SUBJECTS, Receipt, Statement
from certification.notices.workflow import OPEN, NoticeState, ObjectionState
from certification.reviews import objections as handling
from certification.reviews.commands import decide
from certification.reviews.rules import Decision
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.working_days import working_days_between
from marketplace.messages.models import Message
from tests.factories import builders, certifying
from tests.factories.certifying import Case, Officials

Freeze = Callable[[str], time_machine.Traveller]
MOBILE = "19900001234"


@pytest.fixture
def traveller(freeze: Freeze) -> time_machine.Traveller:
    return freeze("2026-11-03 09:00")


@pytest.fixture
def people(app: Flask, traveller: time_machine.Traveller) -> Officials:
    return certifying.officials()


@pytest.fixture
def case(people: Officials) -> Case:
    """In public notice from Tuesday 3 November to Tuesday the 10th."""
    found = certifying.case()
    certifying.walk(found, people, ApplicationState.PUBLIC_NOTICE)
    return found


def notice_of(case: Case) -> PublicNotice:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(
        select(PublicNotice).where(PublicNotice.application_id == case.application)
    ).one()


def state_of(case: Case) -> ApplicationState:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Application, case.application).state


def object_to(case: Case, mobile: str = MOBILE, user: Actor | None = None, **changed: Any) -> Receipt:
    said: dict[str, Any] = {
        "subject": SUBJECTS[2],
        "statement": "名册上的三户没有给合作社送过货。",
        "name": "周某某",
        "mobile": mobile,
        **changed,
    }
    return objections.lodge_objection(user.user_id if user else None, notice_of(case).id, Statement(**said))


def passes(traveller: time_machine.Traveller, days: int) -> None:
    traveller.shift(timedelta(days=days))
    close_due_notices()


def test_the_clock_stops_and_goes_on_for_the_days_that_were_left(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    passes(traveller, 2)  # Thursday the 5th: the third of five days has begun
    receipt = object_to(case)
    notice = notice_of(case)
    assert (notice.state, notice.days_left, notice.paused_on) == (NoticeState.PAUSED, 4, date(2026, 11, 5))
    assert db.session.get_one(Application, case.application).deadline_on is None
    passes(traveller, 20)
    assert state_of(case) is ApplicationState.PUBLIC_NOTICE
    second = builders.official_of(builders.COUNTY)
    handling.take_up(second, receipt.objection_id)
    handling.decide_objection(
        second,
        receipt.objection_id,
        upheld=False,
        findings="走访三户，都有送货单和签字。",
        reply="查无此事。",
    )
    notice = notice_of(case)
    assert (notice.state, notice.ends_on) == (NoticeState.OPEN, date(2026, 12, 1))  # Wed 25 Nov and four days
    passes(traveller, 6)
    assert state_of(case) is ApplicationState.PUBLIC_NOTICE
    passes(traveller, 1)
    assert state_of(case) is ApplicationState.CITY_REVIEW


def test_the_last_evening_still_counts_and_the_next_morning_does_not(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    traveller.move_to(traveller_moment("2026-11-10 23:59"), tick=False)
    other = certifying.case()
    certifying.walk(other, people, ApplicationState.PUBLIC_NOTICE)
    assert object_to(case).number.startswith("异〔2026〕")
    traveller.move_to(traveller_moment("2026-11-18 00:00"), tick=False)
    with pytest.raises(Conflict, match="notice_over"):
        object_to(other)


def traveller_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BUSINESS_ZONE)


def test_upheld_ends_the_application(people: Officials, case: Case) -> None:
    receipt = object_to(case)
    second = builders.official_of(builders.COUNTY)
    handling.take_up(second, receipt.objection_id)
    handling.decide_objection(
        second,
        receipt.objection_id,
        upheld=True,
        findings="三户均未送过货，名册是抄来的。",
        reply="查证属实。",
    )
    assert state_of(case) is ApplicationState.REJECTED
    assert notice_of(case).state is NoticeState.CLOSED
    with pytest.raises(IllegalTransition):
        decide(people.city, case.application, Decision.APPROVE, "同意")
    told = objections.follow_up(receipt.number, receipt.code)
    assert told is not None
    assert (told.state, told.reply) == (ObjectionState.UPHELD, "查证属实。")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("subject", {"subject": "随便"}),
        ("statement", {"statement": "不行"}),
        ("statement", {"statement": "长" * 2001}),
        ("name", {"name": " "}),
        ("evidence", {"evidence": [certifying.paper() for _ in range(6)]}),
    ],
)
def test_what_is_not_a_statement_stops_nothing(
    people: Officials, case: Case, field: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        object_to(case, **changed)
    assert refused.value.field == field
    assert notice_of(case).state is NoticeState.OPEN


def test_nobody_objects_twice_at_once_nor_six_times_a_day_nor_to_itself(
    people: Officials, case: Case
) -> None:
    object_to(case)
    with pytest.raises(Conflict, match="already"):
        object_to(case)
    with pytest.raises(Conflict, match="own"):
        object_to(case, "19900005678", case.owner)
    for _ in range(4):
        other = certifying.case()
        certifying.walk(other, people, ApplicationState.PUBLIC_NOTICE)
        object_to(other)
    last = certifying.case()
    certifying.walk(last, people, ApplicationState.PUBLIC_NOTICE)
    with pytest.raises(Conflict, match="too_many"):
        object_to(last)


def test_only_number_and_code_together_tell_anything(people: Officials, case: Case) -> None:
    receipt = object_to(case)
    assert (
        objections.follow_up(receipt.number, receipt.code[:-1] + ("a" if receipt.code[-1] != "a" else "b"))
        is None
    )
    assert objections.follow_up("异〔2026〕9999号", receipt.code) is None
    assert objections.follow_up("2026 0001", f" {receipt.code} ") is not None
    with pytest.raises(NotFound):
        objections.withdraw_objection(receipt.number, "nothing")
    objections.withdraw_objection(receipt.number, receipt.code)
    assert notice_of(case).state is NoticeState.OPEN
    with pytest.raises(IllegalTransition):
        objections.withdraw_objection(receipt.number, receipt.code)


def test_who_took_part_may_not_handle_it(people: Officials, case: Case) -> None:
    objector = builders.official_of(builders.COUNTY)
    receipt = object_to(case, user=objector)
    builders.official_of(builders.COUNTY)  # somebody apart: the city keeps out
    for refused in (people.county, objector, people.city):
        with pytest.raises(Forbidden):
            handling.take_up(refused, receipt.objection_id)
    for foreign in (people.village, people.town, builders.official_of(builders.OTHER_COUNTY)):
        with pytest.raises(NotFound):
            handling.take_up(foreign, receipt.objection_id)


def test_the_city_handles_it_where_the_county_has_nobody_apart(people: Officials, case: Case) -> None:
    receipt = object_to(case)
    handling.take_up(people.city, receipt.objection_id)
    with pytest.raises(Forbidden):
        handling.release(people.county, receipt.objection_id)
    handling.release(people.city, receipt.objection_id)


def test_who_objects_is_read_by_the_handler_only_and_on_record(people: Officials, case: Case) -> None:
    receipt = object_to(case)
    second, third = builders.official_of(builders.COUNTY), builders.official_of(builders.COUNTY)
    handling.take_up(second, receipt.objection_id)
    with pytest.raises(Forbidden):
        handling.contact_in_clear(third, receipt.objection_id, "和对方核实")
    with pytest.raises(InvalidInput):
        handling.contact_in_clear(second, receipt.objection_id, " ")
    assert handling.contact_in_clear(second, receipt.objection_id, "和对方核实") == ("周某某", MOBILE)
    seen = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action == "objections.contact")
    ).all()
    assert len(seen) == 1
    texts = [message.title + message.text for message in db.session.scalars(select(Message))]
    assert texts
    assert not any("周某某" in text or MOBILE in text for text in texts)
    raw = db.session.connection().exec_driver_sql("SELECT contact_name, contact_mobile FROM objections").one()
    assert "周某某".encode() not in bytes(raw[0])
    assert MOBILE.encode() not in bytes(raw[1])


def test_a_withdrawn_application_leaves_nothing_hanging(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    receipt = object_to(case)
    withdraw_application(case.owner, case.application, "不办了")
    second = builders.official_of(builders.COUNTY)
    handling.take_up(second, receipt.objection_id)
    handling.decide_objection(
        second,
        receipt.objection_id,
        upheld=True,
        findings="申报人已经撤回，不再核查。",
        reply="对方已撤回申报。",
    )
    assert state_of(case) is ApplicationState.WITHDRAWN


def test_what_a_county_puts_up_on_a_day_is_one_batch(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    same_day = certifying.case()
    certifying.walk(same_day, people, ApplicationState.PUBLIC_NOTICE)
    passes(traveller, 1)
    next_day = certifying.case()
    certifying.walk(next_day, people, ApplicationState.PUBLIC_NOTICE)
    assert [notice_of(each).batch for each in (case, same_day, next_day)] == [
        "610124-2026-001",
        "610124-2026-001",
        "610124-2026-002",
    ]


class Counting:
    """How many working days a notice has hung undisturbed, reckoned day by day and not from its dates."""

    def __init__(self, case: Case, traveller: time_machine.Traveller) -> None:
        self.case, self.traveller = case, traveller
        self.counted = 0

    def a_day_passes(self) -> None:
        """A day counts when it is over and nothing stopped the clock on it."""
        notice = notice_of(self.case)
        day = clock.today()
        if notice.state is NoticeState.OPEN and day > self.begun(notice):
            self.counted += working_days_between(day - timedelta(days=1), day)
        passes(self.traveller, 1)

    def begun(self, notice: PublicNotice) -> date:
        """The day it was put up, or went on, does not count."""
        resumed = db.session.scalars(
            select(AuditEntry.at)
            .where(AuditEntry.action == "notices.resume", AuditEntry.subject_id == str(notice.id))
            .order_by(AuditEntry.id.desc())
            .limit(1)
        ).first()
        return clock.local_date(resumed) if resumed else notice.starts_on


@pytest.mark.parametrize("seed", range(5))
def test_a_stopped_notice_never_ends_and_five_whole_days_are_always_counted(
    people: Officials, case: Case, traveller: time_machine.Traveller, seed: int
) -> None:
    """A random walk of days, objections, answers and withdrawals, and in the end all of them settled."""
    dice = random.Random(seed)
    county = [builders.official_of(builders.COUNTY) for _ in range(2)]
    counting = Counting(case, traveller)
    receipts: list[Receipt] = []
    for step in range(30):
        act = dice.choice(("day", "day", "object", "take", "decide", "withdraw"))
        if act == "day":
            counting.a_day_passes()
        with suppress(DomainError):
            if act == "object" and len(receipts) < 6:
                receipts.append(object_to(case, f"1990001{step:04d}"))
            elif receipts and act in {"take", "decide", "withdraw"}:
                settle(dice.choice(receipts), act, dice.choice(county))
        notice = notice_of(case)
        still_open = db.session.scalar(select(func.count()).where(Objection.state.in_(OPEN)))
        assert (notice.state is NoticeState.PAUSED) == bool(still_open)
        assert db.session.scalar(select(func.count(Certificate.id))) == 0
    for receipt in receipts:
        with suppress(DomainError):
            settle(receipt, "withdraw", county[0])
    for _ in range(12):
        counting.a_day_passes()
    assert state_of(case) is ApplicationState.CITY_REVIEW
    assert counting.counted == 5


def settle(receipt: Receipt, act: str, official: Actor) -> None:
    if act == "take":
        handling.take_up(official, receipt.objection_id)
    elif act == "decide":
        handling.decide_objection(
            official,
            receipt.objection_id,
            upheld=False,
            findings="查过了，没有这回事，都有单据。",
            reply="查无此事。",
        )
    else:
        objections.withdraw_objection(receipt.number, receipt.code)
