"""Random walks over a certificate: every step the rules allow is taken, every other is refused by the command and leaves
nothing behind. What is allowed is written here once more, from domain.md, not read from the code."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from catalog.products.models import Listing
from catalog.products.queries import visible_clause
from certification.applications.commands import submit_application, withdraw_application
from certification.applications.drafts import DraftFacts, save_draft
from certification.applications.models import Application
from certification.applications.queries import missing_codes
from certification.applications.workflow import ApplicationState
from certification.certificates.commands import (
    expire_certificates,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from certification.certificates.models import Certificate, CertificateStep
from certification.certificates.queries import in_force
from certification.certificates.renewals import start_change, start_renewal
from certification.certificates.rules import StopCause
from certification.notices.commands import close_due_notices
from certification.reviews.commands import decide
from certification.reviews.rules import Decision
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from tests.factories import builders, certifying

START = datetime(2026, 11, 3, 9, 0, tzinfo=BUSINESS_ZONE)
#: the city's officials and no others; a foreign city or county, the lower levels, the holder and the platform have no say
PEOPLE = ("city", "county", "town", "village", "other_city", "other_county", "owner", "admin")
taken: set[tuple[str, str]] = set()


class Life(RuleBasedStateMachine):
    """``versions`` are the states the rules say; ``until`` the last day of the newest."""

    traveller: time_machine.Traveller

    @initialize()
    def a_certificate(self) -> None:
        self.traveller.move_to(START, tick=False)
        self.case, self.officials = certifying.case(), certifying.officials()
        self.people: dict[str, Actor] = {
            "city": self.officials.city,
            "county": self.officials.county,
            "town": self.officials.town,
            "village": self.officials.village,
            "other_city": builders.official_of("610400000000"),
            "other_county": builders.official_of(builders.OTHER_COUNTY),
            "owner": self.case.owner,
            "admin": builders.admin(),
        }
        self.stranger = builders.owner_of(builders.supplier())
        certifying.walk(self.case, self.officials, ApplicationState.PUBLIC_NOTICE)
        self.traveller.shift(timedelta(days=9))
        close_due_notices()
        decide(self.officials.city, self.case.application, Decision.APPROVE, "同意认定")
        self.listing = builders.listing(self.case.product)
        self.versions = ["in_force"]
        self.steps = 1
        self.open: int | None = None
        self.kind = ""

    @property
    def newest(self) -> Certificate:
        db.session.rollback()
        db.session.expire_all()
        return db.session.scalars(
            select(Certificate)
            .where(Certificate.product_id == self.case.product)
            .order_by(Certificate.version.desc())
            .limit(1)
        ).one()

    def tries(self, action: str, allowed: bool, act: Callable[[], object]) -> bool:
        """Do it; whether it was allowed. A refused one raises a DomainError and changes nothing."""
        if allowed:
            taken.add((self.versions[-1], action))
            act()
            self.steps += action in {"suspend", "reinstate", "revoke"}
            return True
        with pytest.raises(DomainError):
            act()
        return False

    @rule(
        who=st.sampled_from((*PEOPLE, "city", "city", "city")),
        cause=st.sampled_from(tuple(StopCause)),
        said=st.sampled_from(("抽检不合格", "抽检不合格", "查")),
    )
    def suspend(self, who: str, cause: StopCause, said: str) -> None:
        allowed = who == "city" and len(said) > 3 and self.versions[-1] == "in_force"
        held = self.newest.id
        if self.tries("suspend", allowed, lambda: suspend_certificate(self.people[who], held, said, cause)):
            self.versions[-1] = "suspended"

    @rule(who=st.sampled_from((*PEOPLE, "city", "city", "city")))
    def reinstate(self, who: str) -> None:
        held = self.newest.id
        allowed = who == "city" and self.versions[-1] == "suspended"
        if self.tries(
            "reinstate", allowed, lambda: reinstate_certificate(self.people[who], held, "整改合格")
        ):
            self.versions[-1] = "in_force"

    @rule(who=st.sampled_from((*PEOPLE, "city", "city")), sure=st.integers(0, 3))
    def revoke(self, who: str, sure: int) -> None:
        if who == "city" and sure > 1:
            return  # a revoked one does little more: let most walks go on
        held = self.newest.id
        allowed = who == "city" and self.versions[-1] in {"in_force", "suspended"}
        if self.tries(
            "revoke",
            allowed,
            lambda: revoke_certificate(self.people[who], held, "弄虚作假", StopCause.OTHER),
        ):
            self.versions[-1] = "revoked"

    @rule(days=st.sampled_from((1, 1, 7, 30, 330, 760)))
    def time_passes(self, days: int) -> None:
        self.traveller.shift(timedelta(days=days))
        self.the_job_runs()

    def the_job_runs(self) -> None:
        """It marks what is past its last day; here, and whatever earlier walks left."""
        ends = self.newest.valid_until < clock.today()
        expire_certificates()
        if ends and self.versions[-1] in {"in_force", "suspended"}:
            taken.add((self.versions[-1], "expire"))
            self.versions[-1] = "expired"
            self.steps += 1

    @rule()
    def nothing_is_reinstated_past_its_last_day(self) -> None:
        """The night is over and the job has not run yet: what was suspended stays so, then expires."""
        if self.versions[-1] != "suspended":
            return
        held = self.newest
        self.traveller.shift(timedelta(days=(held.valid_until - clock.today()).days + 1))
        with pytest.raises(DomainError):
            reinstate_certificate(self.people["city"], held.id, "整改合格")
        self.the_job_runs()
        assert self.versions[-1] == "expired"

    @rule(who=st.sampled_from(("owner", "owner", "stranger", "city")))
    def ask_to_renew(self, who: str) -> None:
        held = self.newest
        left = (held.valid_until - clock.today()).days
        allowed = (
            who == "owner"
            and self.open is None
            and self.versions[-1] in {"in_force", "expired"}
            and -180 <= left <= 90
        )
        self.asks(who, "renew", allowed, lambda actor: start_renewal(actor, held.id))

    @rule(who=st.sampled_from(("owner", "owner", "stranger", "city")))
    def ask_to_change(self, who: str) -> None:
        held = self.newest.id
        allowed = who == "owner" and self.open is None and self.versions[-1] == "in_force"
        self.asks(who, "change", allowed, lambda actor: start_change(actor, held, "改用新的礼盒"))

    def asks(self, who: str, action: str, allowed: bool, ask: Callable[[Actor], int]) -> None:
        actor = self.stranger if who == "stranger" else self.people[who]
        if self.tries(action, allowed, lambda: ask(actor)):
            self.kind = action
            self.open = db.session.scalars(select(func.max(Application.id))).one()

    @rule()
    def what_was_asked_is_reviewed(self) -> None:
        """To the city's desk, which can't issue over a suspension or a revocation; then it is taken back."""
        if self.open is None:
            return
        application, self.open = self.open, None
        save_draft(self.case.owner, application, DraftFacts(pledged=True, package="新礼盒 4斤"))
        if missing_codes(db.session.get_one(Application, application)):  # the agreement has ended meanwhile
            withdraw_application(self.case.owner, application)
            return
        submit_application(self.case.owner, application)
        self.to_the_city(application)
        # the years of a review: nobody says the certificate is still what it was
        allowed = self.versions[-1] in {"in_force", "expired"}
        if self.tries(
            f"certify_{self.kind}",
            allowed,
            lambda: decide(self.officials.city, application, Decision.APPROVE, "同意"),
        ):
            if self.versions[-1] == "in_force":
                self.versions[-1] = "superseded"
                self.steps += 1
            self.versions.append("in_force")
            self.steps += 1
        else:
            withdraw_application(self.case.owner, application)

    def what_has_ended_stays_so(self) -> None:
        """Nobody has a way back from the end but a renewal; who may do anything at all tries each."""
        self.suspend(who="city", cause=StopCause.FOOD_SAFETY, said="又抽检不合格")
        self.reinstate(who="city")
        self.revoke(who="city", sure=0)
        self.ask_to_change(who="owner")

    @rule(dice=st.integers(0, 3))
    def it_goes_well(self, dice: int) -> None:
        """Left to chance alone, few walks would come to a second version."""
        if self.versions[-1] == "revoked":
            self.what_has_ended_stays_so()
        elif dice == 0:
            self.suspend(who="city", cause=StopCause.PRICE, said="价格不公道")
        elif self.versions[-1] == "suspended":
            self.reinstate(who="city")
        elif self.open is not None:
            self.what_was_asked_is_reviewed()
        elif dice == 1:
            self.ask_to_change(who="owner")
        else:
            left = (self.newest.valid_until - clock.today()).days
            self.time_passes(days=max(left - 60, 1))
            self.ask_to_renew(who="owner")

    def waits_in(self, application: int) -> ApplicationState:
        return db.session.get_one(Application, application, populate_existing=True).state

    def to_the_city(self, application: int) -> None:
        if self.waits_in(application) is ApplicationState.TOWN_REVIEW:
            decide(self.officials.town, application, Decision.APPROVE, "同意变更")
        check = certifying.site_check()
        decide(self.officials.county, application, Decision.APPROVE, "情况属实", check=check)
        if self.waits_in(application) is ApplicationState.PUBLIC_NOTICE:
            self.traveller.shift(timedelta(days=16))  # also over a new year or a long holiday
            close_due_notices()
            self.the_job_runs()
        assert self.waits_in(application) is ApplicationState.CITY_REVIEW

    @invariant()
    def it_stands_where_the_rules_say(self) -> None:
        db.session.rollback()
        rows = db.session.execute(
            select(Certificate.version, Certificate.state, Certificate.number, Certificate.stop_cause)
            .where(Certificate.product_id == self.case.product)
            .order_by(Certificate.version)
        ).all()
        assert [(version, state.value) for version, state, _, _ in rows] == list(enumerate(self.versions, 1))
        assert len({number for _, _, number, _ in rows}) == 1
        for _, state, _, cause in rows:
            assert cause is None or state.value in {"suspended", "revoked", "expired"}
        assert self.versions.count("in_force") <= 1
        assert (self.case.product in in_force([self.case.product])) == ("in_force" in self.versions)
        on_sale = db.session.scalar(select(Listing.id).where(Listing.id == self.listing, visible_clause()))
        assert on_sale is None or "in_force" in self.versions
        if on_sale is not None:
            taken.add(("listing", "sold"))

    @invariant()
    def what_is_asked_is_open_once(self) -> None:
        waiting = db.session.scalars(
            select(Application.id).where(
                Application.product_id == self.case.product,
                Application.state.not_in(
                    (ApplicationState.CERTIFIED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)
                ),
            )
        ).all()
        assert list(waiting) == ([] if self.open is None else [self.open])

    @invariant()
    def every_step_says_who_and_why(self) -> None:
        steps = db.session.scalars(
            select(CertificateStep)
            .join(Certificate, Certificate.id == CertificateStep.certificate_id)
            .where(Certificate.product_id == self.case.product)
            .order_by(CertificateStep.id)
        ).all()
        assert len(steps) == self.steps
        for step in steps:
            assert step.at is not None
            assert (step.actor_id is None) == (step.action == "expire")
            assert step.reason or step.action == "issue"
        last = {step.certificate_id: step.to_state for step in steps}
        states = select(Certificate.id, Certificate.state).where(Certificate.product_id == self.case.product)
        assert last == dict(db.session.execute(states).all())


def test_only_what_the_rules_allow_ever_happens(
    app: Flask, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    Life.traveller = freeze("2026-11-03 09:00")
    taken.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12,
            stateful_step_count=24,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    # a walk that never got far would prove little
    assert {action for _, action in taken} >= {
        *(
            "suspend",
            "reinstate",
            "revoke",
            "expire",
            "change",
            "certify_change",
            "renew",
            "certify_renew",
            "sold",
        )
    }
