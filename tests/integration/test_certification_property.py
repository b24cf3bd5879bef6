"""Random walks through the chain: every step the rules allow is taken, every other is refused by the command and leaves
nothing behind. What is allowed is written here once more, from 国开办发〔2020〕11号 and domain.md, not read from the code."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from certification.applications.commands import answer_return, submit_application, withdraw_application
from certification.applications.models import Application, ApplicationStep
from certification.certificates.models import Certificate
from certification.notices.commands import close_due_notices
from certification.reviews.commands import answer_household, decide
from certification.reviews.rules import Decision
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.working_days import add_working_days
from tests.factories import builders, certifying

START = datetime(2026, 11, 3, 9, 0, tzinfo=BUSINESS_ZONE)
LEVELS = {
    "village_confirmation": "village",
    "town_review": "town",
    "county_review": "county",
    "city_review": "city",
}
NEXT = {"town_review": "county_review", "county_review": "public_notice", "city_review": "certified"}
#: who is an official of what; ``two_posts`` sits at two levels of the same place
POSTS: dict[str, tuple[str, ...]] = {
    "village": (builders.VILLAGE,),
    "other_village": (builders.VILLAGE_OF_SAME_TOWN,),
    "foreign_village": (builders.VILLAGE_OF_OTHER_COUNTY,),
    "town": (builders.TOWN,),
    "two_posts": (builders.TOWN, builders.COUNTY),
    "county": (builders.COUNTY,),
    "foreign_county": (builders.OTHER_COUNTY,),
    "city": (builders.CITY,),
    "village_and_city": (builders.VILLAGE, builders.CITY),
}
LEVEL_OF_POST = {
    builders.VILLAGE: "village",
    builders.VILLAGE_OF_SAME_TOWN: "village",
    builders.VILLAGE_OF_OTHER_COUNTY: "village",
    builders.TOWN: "town",
    builders.COUNTY: "county",
    builders.OTHER_COUNTY: "county",
    builders.CITY: "city",
}
HERE = frozenset({builders.VILLAGE, builders.TOWN, builders.COUNTY, builders.CITY})
VILLAGES = (builders.VILLAGE, builders.VILLAGE_OF_SAME_TOWN)
taken: set[tuple[str, str]] = set()


class Chain(RuleBasedStateMachine):
    """One application, everybody around it, and what must be true of it by the rules."""

    people: dict[str, Actor]
    traveller: time_machine.Traveller

    @initialize()
    def an_application(self) -> None:
        self.traveller.move_to(START, tick=False)
        self.case = certifying.case(VILLAGES)
        self.stranger = builders.owner_of(builders.supplier())
        self.state, self.returned_from, self.steps = "draft", "", 0
        self.answers: dict[int, bool | None] = {}
        self.answered_by: dict[int, str] = {}
        self.village_of = dict(zip(self.case.households, VILLAGES, strict=True))
        self.spoken: dict[str, set[str]] = {name: set() for name in POSTS}
        self.notice_ends = START.date()

    # what may be done

    def tries(self, action: str, allowed: bool, act: Callable[[], object]) -> bool:
        """Do it; whether it was allowed. A refused one raises a DomainError and changes nothing."""
        if allowed:
            taken.add((self.state, action))
            act()
            return True
        with pytest.raises(DomainError):
            act()
        return False

    def step_to(self, state: str) -> None:
        self.state, self.steps = state, self.steps + 1

    def pass_if_confirmed(self) -> None:
        if self.state == "village_confirmation" and all(self.answers.values()):
            self.step_to("town_review")

    def may_speak(self, name: str, level: str) -> bool:
        return not self.spoken[name] - {level}

    @rule(who=st.sampled_from(("owner", "stranger")))
    def submit(self, who: str) -> None:
        actor = self.case.owner if who == "owner" else self.stranger
        allowed = who == "owner" and self.state == "draft"
        if self.tries("submit", allowed, lambda: submit_application(actor, self.case.application)):
            self.answers = dict.fromkeys(self.case.households)
            self.step_to("village_confirmation")

    @rule(
        name=st.sampled_from(sorted(POSTS)),
        index=st.integers(0, 1),
        confirmed=st.sampled_from((True, True, False)),
    )
    def answer_for_a_household(self, name: str, index: int, confirmed: bool) -> None:
        household = self.case.households[index]
        allowed = (
            self.village_of[household] in POSTS[name]
            and self.state in LEVELS
            and (
                self.answers.get(household) is None
                or (self.state == "village_confirmation" and self.answered_by.get(household) == name)
            )
            and self.may_speak(name, "village")
        )

        def act() -> None:
            answer_household(self.people[name], self.case.application, household, confirmed, "不在协议上")

        if self.tries("answer", allowed, act):
            self.answers[household] = confirmed
            self.answered_by[household] = name
            self.spoken[name].add("village")
            self.pass_if_confirmed()

    @rule(
        name=st.sampled_from(sorted(POSTS)),
        decision=st.sampled_from((*Decision, Decision.APPROVE, Decision.APPROVE)),
    )
    def decide_it(self, name: str, decision: Decision) -> None:
        level = LEVELS.get(self.state, "")
        posts = {LEVEL_OF_POST[post] for post in POSTS[name] if post in HERE}
        # a village whose household is asked about is one of the application's villages
        if builders.VILLAGE_OF_SAME_TOWN in POSTS[name] and self.answers:
            posts.add("village")
        allowed = (
            level in posts
            and self.may_speak(name, level)
            and (level != "village" or decision is Decision.RETURN)
            and (decision is not Decision.APPROVE or all(self.answers.values()))
        )

        def act() -> None:
            check = certifying.site_check() if self.state == "county_review" else None
            decide(self.people[name], self.case.application, decision, "看过材料", check=check)

        if not self.tries(decision.value, allowed, act):
            return
        self.spoken[name].add(level)
        if decision is Decision.APPROVE:
            self.step_to(NEXT[self.state])
        elif decision is Decision.RETURN:
            self.returned_from = self.state
            self.step_to("returned")
        else:
            self.step_to("rejected")
        if self.state == "public_notice":
            self.notice_ends = add_working_days(clock.today(), 5)

    @rule(who=st.sampled_from(("owner", "owner", "stranger")))
    def answer_the_return(self, who: str) -> None:
        actor = self.case.owner if who == "owner" else self.stranger
        allowed = who == "owner" and self.state == "returned"
        if self.tries(
            "answer_return", allowed, lambda: answer_return(actor, self.case.application, "已补正")
        ):
            self.answers = {each: answer or None for each, answer in self.answers.items()}
            self.step_to(self.returned_from)
            self.pass_if_confirmed()

    @rule(who=st.sampled_from(("stranger", "stranger", "stranger", "owner")), sure=st.integers(0, 3))
    def withdraw(self, who: str, sure: int) -> None:
        if who == "owner" and sure:  # walks that end at once say little
            return
        actor = self.case.owner if who == "owner" else self.stranger
        allowed = who == "owner" and self.state not in ("certified", "rejected", "withdrawn")
        if self.tries(
            "withdraw", allowed, lambda: withdraw_application(actor, self.case.application, "不办了")
        ):
            self.step_to("withdrawn")

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.traveller.shift(timedelta(days=days))
        close_due_notices()
        if self.state == "public_notice" and clock.today() > self.notice_ends:
            taken.add((self.state, "close"))
            self.step_to("city_review")

    def go_on(self, dice: int) -> None:
        """What would be done next if all went well, so that walks come far; the rules above still judge it."""
        open_households = [
            index for index, each in enumerate(self.case.households) if not self.answers.get(each)
        ]
        if self.state == "draft":
            self.submit("owner")
        elif self.state == "returned":
            self.answer_the_return("owner")
        elif self.state == "public_notice":
            self.days_pass(dice % 4 + 1)
        elif self.state in LEVELS and dice == 11:  # now and then one is sent back
            self.decide_it(self.official_of_level(LEVELS[self.state], 0), Decision.RETURN)
        elif self.state in LEVELS and open_households:
            index = open_households[0]
            self.answer_for_a_household(("village", "other_village")[index], index, confirmed=True)
        elif self.state in LEVELS:
            self.decide_it(self.official_of_level(LEVELS[self.state], dice), Decision.APPROVE)

    def official_of_level(self, level: str, dice: int) -> str:
        names = [name for name in POSTS if level in {LEVEL_OF_POST[post] for post in POSTS[name]}]
        return names[dice % len(names)]

    go_on_1 = rule(dice=st.integers(0, 11))(lambda self, dice: self.go_on(dice))
    go_on_2 = rule(dice=st.integers(0, 11))(lambda self, dice: self.go_on(dice))
    go_on_3 = rule(dice=st.integers(0, 11))(lambda self, dice: self.go_on(dice))
    go_on_4 = rule(dice=st.integers(0, 11))(lambda self, dice: self.go_on(dice))

    @invariant()
    def it_stands_where_the_rules_say(self) -> None:
        if not hasattr(self, "case"):
            return
        db.session.rollback()
        db.session.expire_all()
        state, steps, certificates = db.session.execute(
            select(
                Application.state,
                select(func.count())
                .where(ApplicationStep.application_id == Application.id)
                .correlate(Application)
                .scalar_subquery(),
                select(func.count())
                .where(Certificate.application_id == Application.id)
                .correlate(Application)
                .scalar_subquery(),
            ).where(Application.id == self.case.application)
        ).one()
        assert state.value == self.state
        assert steps == self.steps
        assert certificates == (self.state == "certified")


def test_only_what_the_rules_allow_ever_happens(
    app: Flask, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    Chain.traveller = freeze("2026-11-03 09:00")
    Chain.people = {
        name: builders.user(f"p_{name}", *((Role.OFFICIAL, ScopeKind.REGION, post) for post in posts))
        for name, posts in POSTS.items()
    }
    taken.clear()
    run_state_machine_as_test(
        Chain,
        settings=settings(
            max_examples=20,
            stateful_step_count=60,
            deadline=None,
            database=None,
            derandomize=True,  # whether a walk comes far must not depend on the day
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    # a walk that never got far would prove little
    assert {state for state, _ in taken} >= {"draft", "returned", "public_notice", *LEVELS}
    assert ("city_review", "approve") in taken
