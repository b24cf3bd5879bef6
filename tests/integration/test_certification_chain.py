"""The chain of certification on both databases: its way, its scopes, its separation of duties, its returns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from certification.applications.commands import (
    answer_return,
    change_agreement,
    change_product,
    sign_as_sponsor,
    start_application,
    submit_application,
    withdraw_application,
)
from certification.applications.drafts import DraftFacts, save_draft
from certification.applications.models import Application, ApplicationStep
from certification.applications.queries import missing_codes
from certification.applications.workflow import ApplicationState
from certification.certificates.commands import reinstate_certificate, revoke_certificate, suspend_certificate
from certification.certificates.models import Certificate
from certification.certificates.queries import in_force
from certification.certificates.rules import StopCause
from certification.linkage.commands import AgreementFacts, create_agreement
from certification.linkage.queries import terms_in_force
from certification.linkage.rules import LinkageMode, Member, Term
from certification.notices.commands import close_due_notices
from certification.notices.models import PublicNotice
from certification.products.commands import ProductFacts
from certification.reviews.commands import answer_household, decide
from certification.reviews.rules import Decision
from certification.reviews.scope import get_visible
from certification.reviews.worklist import Filters, count_waiting, reviewed_by, work_list
from marketplace.accounts.models import Role, RoleAssignment, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.transaction import transaction
from marketplace.parties.rules import SupplierKind
from tests.factories import builders, certifying
from tests.factories.certifying import case, officials, site_check, walk

pytestmark = pytest.mark.usefixtures("app")
Freeze = Callable[[str], time_machine.Traveller]


def state(application_id: int) -> ApplicationState:
    db.session.rollback()
    return db.session.execute(select(Application.state).where(Application.id == application_id)).scalar_one()


def test_from_draft_to_certificate(freeze: Freeze) -> None:
    clock_hand = freeze("2026-11-24 10:00")
    made, people = case((builders.VILLAGE, builders.VILLAGE)), officials()
    walk(made, people, ApplicationState.PUBLIC_NOTICE)
    notice = db.session.execute(select(PublicNotice)).scalar_one()
    assert (notice.starts_on, notice.ends_on) == (date(2026, 11, 24), date(2026, 12, 1))
    assert terms_in_force([made.product]) == {}

    clock_hand.move_to(clock.local_day_start(date(2026, 12, 1)))
    assert close_due_notices() == 0
    clock_hand.move_to(clock.local_day_start(date(2026, 12, 2)))
    assert close_due_notices() == 1
    assert close_due_notices() == 0
    assert decide(people.city, made.application, Decision.APPROVE, "同意认定") is ApplicationState.CERTIFIED

    certificate = db.session.execute(select(Certificate)).scalar_one()
    assert certificate.number == "西扶认〔2026〕0001号"
    assert (certificate.valid_from, certificate.valid_until) == (date(2026, 12, 2), date(2028, 12, 1))
    assert certificate.facts["households"] == 2
    assert certificate.facts["price_fen"] == 2000
    assert in_force([made.product])[made.product].number == certificate.number
    assert terms_in_force([made.product])[made.product].agreement_id == made.agreement
    steps = db.session.scalars(select(ApplicationStep.action).order_by(ApplicationStep.id)).all()
    assert steps == ["submit", "pass_village", "approve", "approve", "close_notice", "approve"]
    audited = db.session.scalars(
        select(AuditEntry.action).where(
            AuditEntry.subject == "application", AuditEntry.action.like("applications.%")
        )
    ).all()
    assert {f"applications.{step}" for step in steps} <= set(audited)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        (ApplicationState.TOWN_REVIEW, builders.COUNTY),
        (ApplicationState.TOWN_REVIEW, builders.CITY),
        (ApplicationState.TOWN_REVIEW, builders.VILLAGE),
        (ApplicationState.COUNTY_REVIEW, builders.TOWN),
        (ApplicationState.COUNTY_REVIEW, builders.CITY),
        (ApplicationState.VILLAGE_CONFIRMATION, builders.TOWN),
    ],
)
def test_no_level_does_anothers_work(at: ApplicationState, who: str) -> None:
    made = case()
    walk(made, officials(), at)
    with pytest.raises((Forbidden, IllegalTransition)):
        decide(builders.official_of(who), made.application, Decision.RETURN, "退回", check=site_check())
    assert state(made.application) is at


@pytest.mark.parametrize(
    "place",
    [builders.VILLAGE_OF_SAME_TOWN, "610124101000", builders.OTHER_COUNTY, builders.VILLAGE_OF_OTHER_COUNTY],
)
def test_who_is_from_elsewhere_finds_nothing(place: str) -> None:
    made = case()
    walk(made, officials(), ApplicationState.TOWN_REVIEW)
    stranger = builders.official_of(place)
    with pytest.raises(NotFound):
        get_visible(stranger, made.application)
    with pytest.raises(NotFound):
        decide(stranger, made.application, Decision.APPROVE, "同意")
    assert work_list(stranger, Filters()).total == 0
    with pytest.raises(NotFound):
        submit_application(builders.owner_of(builders.supplier()), made.application)


def test_each_household_is_answered_by_its_own_village() -> None:
    made, people = case((builders.VILLAGE, builders.VILLAGE_OF_SAME_COUNTY)), officials()
    other = builders.official_of(builders.VILLAGE_OF_SAME_COUNTY)
    submit_application(made.owner, made.application)
    home, away = made.households
    with pytest.raises(NotFound):
        answer_household(people.village, made.application, away, confirmed=True)
    answer_household(people.village, made.application, home, confirmed=False, note="按错了")
    with pytest.raises(Conflict):  # a colleague does not overrule what was said
        answer_household(builders.official_of(builders.VILLAGE), made.application, home, confirmed=True)
    answer_household(people.village, made.application, home, confirmed=True)
    assert state(made.application) is ApplicationState.VILLAGE_CONFIRMATION
    assert work_list(other, Filters()).total == 1
    answer_household(other, made.application, away, confirmed=True)
    assert state(made.application) is ApplicationState.TOWN_REVIEW
    assert work_list(other, Filters()).total == 0
    assert reviewed_by(other).total == 1


def test_a_refused_household_sends_it_back_and_is_asked_again() -> None:
    made, people = case((builders.VILLAGE, builders.VILLAGE)), officials()
    submit_application(made.owner, made.application)
    first, second = made.households
    with pytest.raises(InvalidInput):
        answer_household(people.village, made.application, first, confirmed=False)
    answer_household(people.village, made.application, first, confirmed=False, note="已搬走")
    answer_household(people.village, made.application, second, confirmed=True)
    assert state(made.application) is ApplicationState.VILLAGE_CONFIRMATION
    decide(people.village, made.application, Decision.RETURN, "请换掉搬走的这户")
    change_agreement(made.owner, made.agreement, certifying.facts([second]))
    save_draft(made.owner, made.application, DraftFacts(promised_households=1))
    answer_return(made.owner, made.application, "换掉了")
    assert state(made.application) is ApplicationState.TOWN_REVIEW


@pytest.mark.parametrize(
    ("at", "who"),
    [(ApplicationState.TOWN_REVIEW, "town"), (ApplicationState.COUNTY_REVIEW, "county")],
)
def test_an_answer_comes_back_to_the_level_that_returned_it(at: ApplicationState, who: str) -> None:
    made, people = case(), officials()
    walk(made, people, at)
    decide(getattr(people, who), made.application, Decision.RETURN, "请补充说明")
    row = db.session.get_one(Application, made.application)
    assert (row.state, row.returned_from) == (ApplicationState.RETURNED, who)
    with pytest.raises(InvalidInput):
        answer_return(made.owner, made.application, "")
    answer_return(made.owner, made.application, "补好了")
    assert state(made.application) is at
    assert db.session.get_one(Application, made.application).returned_from is None


@pytest.mark.parametrize("change", ["joined", "terms"])
def test_changed_households_are_confirmed_again_before_the_level_goes_on(change: str) -> None:
    made, people = case(), officials()
    walk(made, people, ApplicationState.TOWN_REVIEW)
    decide(people.town, made.application, Decision.RETURN, "再带一户")
    if change == "joined":
        members = [*made.households, builders.household(supplier_id=made.supplier)]
        change_agreement(made.owner, made.agreement, certifying.facts(members))
    else:
        members = made.households
        change_agreement(made.owner, made.agreement, certifying.facts(members, share_bp=100))
    answer_return(made.owner, made.application, "加了一户")
    assert state(made.application) is ApplicationState.TOWN_REVIEW
    with pytest.raises(Conflict) as refused:
        decide(people.town, made.application, Decision.APPROVE, "同意")
    assert (refused.value.code, refused.value.params["count"]) == ("reviews.households_unconfirmed", 1)
    assert work_list(people.village, Filters()).total == 1
    answer_household(people.village, made.application, members[-1], confirmed=True)
    assert state(made.application) is ApplicationState.TOWN_REVIEW
    assert decide(people.town, made.application, Decision.APPROVE, "同意") is ApplicationState.COUNTY_REVIEW


def with_region(actor: Actor, region: str) -> Actor:
    """The same person, an official of one more region."""
    with transaction():
        builders.added(
            RoleAssignment(
                user_id=actor.user_id,
                role=Role.OFFICIAL,
                scope_kind=ScopeKind.REGION,
                scope_id=region,
                granted_at=clock.now(),
            )
        )
    from marketplace.accounts.queries import load_actor

    found = load_actor(actor.user_id)
    assert found is not None
    return found


def test_nobody_reviews_at_two_levels() -> None:
    made, people = case(), officials()
    both = with_region(people.town, builders.COUNTY)
    walk(made, people, ApplicationState.COUNTY_REVIEW)
    with pytest.raises(Forbidden) as refused:
        decide(both, made.application, Decision.APPROVE, "同意", check=site_check())
    assert refused.value.code == "reviews.two_levels"
    village_too = with_region(people.village, builders.COUNTY)
    with pytest.raises(Forbidden):
        decide(village_too, made.application, Decision.APPROVE, "同意", check=site_check())


def test_nobody_reviews_what_it_has_a_part_in() -> None:
    supplier = builders.supplier()
    owner = with_region(builders.owner_of(supplier), builders.TOWN)
    made = case(supplier=supplier, owner=owner)
    walk(made, officials(), ApplicationState.TOWN_REVIEW)
    colleague = with_region(builders.owner_of(supplier), builders.TOWN)
    head = with_region(builders.head_of(made.households[0]), builders.TOWN)
    for person in (owner, colleague, head):
        with pytest.raises(Forbidden) as refused:
            decide(person, made.application, Decision.APPROVE, "同意")
        assert refused.value.code == "reviews.own_application"
    assert state(made.application) is ApplicationState.TOWN_REVIEW


def test_twenty_approvals_at_once_make_one_transition(app: Flask) -> None:
    made, people = case(), officials()
    walk(made, people, ApplicationState.TOWN_REVIEW)
    db.session.rollback()
    start = Barrier(20)

    def approve(_: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                decide(people.town, made.application, Decision.APPROVE, "同意")
            except DomainError:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(approve, range(20))) == 1
    assert state(made.application) is ApplicationState.COUNTY_REVIEW
    taken = select(func.count()).where(ApplicationStep.from_state == ApplicationState.TOWN_REVIEW)
    assert db.session.scalar(taken) == 1


def test_a_county_approves_only_on_a_check_and_an_accepted_price() -> None:
    made, people = case(price_fen=3000), officials()
    assert "price_reason" in missing_codes(db.session.get_one(Application, made.application))
    with pytest.raises(Conflict) as incomplete:
        submit_application(made.owner, made.application)
    assert incomplete.value.params["codes"] == ["price_reason"]
    save_draft(made.owner, made.application, DraftFacts(price_reason="礼盒与手提袋成本 7.50 元"))
    walk(made, people, ApplicationState.COUNTY_REVIEW)
    with pytest.raises(InvalidInput) as refused:
        decide(people.county, made.application, Decision.APPROVE, "同意")
    assert (refused.value.code, refused.value.field) == ("reviews.check_missing", "bureau")
    with pytest.raises(InvalidInput) as refused:
        decide(people.county, made.application, Decision.APPROVE, "同意", check=site_check())
    assert (refused.value.field, refused.value.params["percent"]) == ("price_accepted", 50)
    decide(people.county, made.application, Decision.APPROVE, "同意", check=site_check(), price_accepted=True)
    assert state(made.application) is ApplicationState.PUBLIC_NOTICE


def test_a_pilot_household_needs_its_sponsors_signature_on_what_it_submits() -> None:
    sponsor = builders.supplier(name="担保合作社（示例）")
    household = builders.household()
    pilot = builders.supplier(
        kind=SupplierKind.PILOT_HOUSEHOLD, name="示范户", sponsor_id=sponsor, household_id=household
    )
    owner, signer = builders.owner_of(pilot), builders.owner_of(sponsor)
    product = builders.product(pilot)
    facts = AgreementFacts(
        (Term(LinkageMode.OWN, sponsor_fee_fen=200),), (Member(household),), clock.today(), date(2030, 1, 1)
    )
    agreement = create_agreement(owner, pilot, product, facts)
    application = start_application(owner, product)
    certifying.complete(owner, application, agreement)
    with pytest.raises(Conflict) as refused:
        submit_application(owner, application)
    assert refused.value.params["codes"] == ["sponsor_signature"]
    with pytest.raises(NotFound):
        sign_as_sponsor(owner, application)
    sign_as_sponsor(signer, application)
    save_draft(owner, application, DraftFacts(promised_income_fen=1))
    with pytest.raises(Conflict):
        submit_application(owner, application)
    sign_as_sponsor(signer, application)
    submit_application(owner, application)
    assert state(application) is ApplicationState.VILLAGE_CONFIRMATION
    town_and_sponsor = with_region(builders.owner_of(sponsor), builders.VILLAGE)
    with pytest.raises(Forbidden):
        answer_household(town_and_sponsor, application, household, confirmed=True)


def test_what_is_under_review_stays_as_it_is() -> None:
    made = case()
    submit_application(made.owner, made.application)
    product = ProductFacts("别的", "fruit", builders.VILLAGE, "斤")
    for change in (
        lambda: save_draft(made.owner, made.application, DraftFacts(price_fen=1)),
        lambda: change_agreement(made.owner, made.agreement, certifying.facts(made.households)),
        lambda: change_product(made.owner, made.product, product),
        lambda: start_application(made.owner, made.product),
    ):
        with pytest.raises(Conflict):
            change()


def test_a_certificate_is_suspended_reinstated_and_revoked_by_the_city_only(freeze: Freeze) -> None:
    certificate_of = builders.saleable()
    product, certificate = certificate_of["product"], certificate_of["certificate"]
    city, county = builders.official_of(builders.CITY), builders.official_of(builders.COUNTY)
    with pytest.raises(NotFound):
        suspend_certificate(county, certificate, "抽检不合格", StopCause.OTHER)
    with pytest.raises(InvalidInput):
        suspend_certificate(city, certificate, " ", StopCause.OTHER)
    suspend_certificate(city, certificate, "抽检不合格", StopCause.OTHER)
    assert in_force([product]) == {}
    reinstate_certificate(city, certificate, "复检合格")
    assert product in in_force([product])
    revoke_certificate(city, certificate, "弄虚作假", StopCause.OTHER)
    with pytest.raises(IllegalTransition):
        reinstate_certificate(city, certificate, "不能恢复")


def test_a_second_certification_is_the_next_version_of_the_same_number(freeze: Freeze) -> None:
    hand = freeze("2026-11-24 10:00")
    made, people = case(), officials()
    walk(made, people, ApplicationState.PUBLIC_NOTICE)
    hand.move_to(clock.local_day_start(date(2026, 12, 3)))
    close_due_notices()
    decide(people.city, made.application, Decision.APPROVE, "同意")
    again = start_application(made.owner, made.product)
    agreement = create_agreement(made.owner, made.supplier, made.product, certifying.facts(made.households))
    certifying.complete(made.owner, again, agreement)
    made.application = again
    walk(made, people, ApplicationState.PUBLIC_NOTICE)
    hand.move_to(clock.local_day_start(date(2026, 12, 15)))
    close_due_notices()
    decide(people.city, again, Decision.APPROVE, "同意")
    rows = db.session.execute(
        select(Certificate.number, Certificate.version, Certificate.state).order_by(Certificate.version)
    ).all()
    assert [(row.version, row.state.value) for row in rows] == [(1, "superseded"), (2, "in_force")]
    assert len({row.number for row in rows}) == 1
    assert terms_in_force([made.product])[made.product].agreement_id == agreement


def test_figures_of_a_work_list(freeze: Freeze) -> None:
    hand = freeze("2026-11-24 10:00")
    made, people = case(), officials()
    walk(made, people, ApplicationState.TOWN_REVIEW)
    assert count_waiting(people.town).overdue == 0
    hand.move_to(clock.local_day_start(date(2026, 12, 4)))
    counts = count_waiting(people.town)
    assert (counts.total, counts.overdue) == (1, 1)
    row = work_list(people.town, Filters(due="overdue")).items[0]
    assert (row.tone, row.overdue_days, row.town) == ("late", 3, "马召镇")
    assert work_list(people.town, Filters(due="soon")).items == []
    withdraw_application(made.owner, made.application)
    assert count_waiting(people.town).total == 0
