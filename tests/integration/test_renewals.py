"""Versions of an application, going on from a certificate, words taken over, several at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from certification.applications.commands import answer_return, submit_application, submit_several
from certification.applications.copying import copy_into, start_applications
from certification.applications.drafts import DraftFacts, add_evidence, remove_evidence, save_draft
from certification.applications.models import Application, ApplicationStep, HouseholdConfirmation
from certification.applications.queries import evidence_of, missing_codes
from certification.applications.versions import changes_since
from certification.applications.workflow import ApplicationState
from certification.certificates.commands import expire_certificates, revoke_certificate, suspend_certificate
from certification.certificates.models import Certificate
from certification.certificates.queries import in_force
from certification.certificates.renewals import start_change, start_renewal
from certification.certificates.rules import StopCause
from certification.certificates.workflow import CertificateState
from certification.linkage.commands import create_agreement
from certification.notices.commands import close_due_notices
from certification.notices.models import PublicNotice
from certification.products.models import DeclaredProduct
from certification.reviews.commands import answer_household, decide
from certification.reviews.rules import Decision
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from tests.factories import builders, certifying
from tests.factories.certifying import Case, Officials
from tests.support.clients import Client

Freeze = Callable[[str], time_machine.Traveller]


@pytest.fixture
def traveller(freeze: Freeze) -> time_machine.Traveller:
    return freeze("2026-11-03 09:00")


@pytest.fixture
def people(app: Flask, traveller: time_machine.Traveller) -> Officials:
    return certifying.officials()


@pytest.fixture
def case(people: Officials, traveller: time_machine.Traveller) -> Case:
    """Certified on Wednesday 11 November for two years."""
    found = certifying.case()
    certifying.walk(found, people, ApplicationState.PUBLIC_NOTICE)
    traveller.shift(timedelta(days=8))
    close_due_notices()
    decide(people.city, found.application, Decision.APPROVE, "同意认定")
    return found


def certificate_of(case: Case) -> Certificate:
    db.session.rollback()
    return db.session.scalars(
        select(Certificate)
        .where(Certificate.product_id == case.product)
        .order_by(Certificate.version.desc())
        .limit(1)
    ).one()


def state_of(application: int) -> ApplicationState:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Application, application).state


def pledge(case: Case, application: int, **more: Any) -> None:
    save_draft(case.owner, application, DraftFacts(pledged=True, **more))


def near_its_end(case: Case, traveller: time_machine.Traveller, days: int = 40) -> None:
    until = certificate_of(case).valid_until
    traveller.shift(timedelta(days=(until - clock.today()).days - days))


def test_what_changed_since_the_return_is_told(people: Officials, traveller: time_machine.Traveller) -> None:
    case = certifying.case()
    submit_application(case.owner, case.application)
    assert changes_since(case.application) == []
    answer_household(people.village, case.application, case.households[0], confirmed=True)
    decide(people.town, case.application, Decision.RETURN, "包装规格写清楚")
    save_draft(case.owner, case.application, DraftFacts(package="10斤一箱", price_fen=1980))
    removed = evidence_of(case.application)[0]
    remove_evidence(case.owner, case.application, removed.id)
    add_evidence(case.owner, case.application, removed.kind, [certifying.paper()], "十一月的报告")
    answer_return(case.owner, case.application, "改好了")
    told = {change.label: change for change in changes_since(case.application)}
    assert (told["包装规格"].before, told["包装规格"].after) == ("5斤一箱", "10斤一箱")
    assert (told["申报价"].before, told["申报价"].after) == ("¥20.00", "¥19.80")
    assert told["材料"].is_list
    assert "十一月的报告" in told["材料"].added[0]
    assert "产品" not in told


def test_a_renewal_of_the_same_terms_goes_to_county_and_city_only(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    with pytest.raises(Conflict, match="too_early"):
        start_renewal(case.owner, certificate_of(case).id)
    near_its_end(case, traveller)
    old = certificate_of(case)
    renewal = start_renewal(case.owner, old.id)
    with pytest.raises(Conflict, match="already_open"):
        start_change(case.owner, old.id, "换成新包装")
    assert missing_codes(db.session.get_one(Application, renewal)) == ["pledge"]
    pledge(case, renewal)
    submit_application(case.owner, renewal)
    assert state_of(renewal) is ApplicationState.COUNTY_REVIEW
    kept = db.session.scalars(
        select(HouseholdConfirmation).where(HouseholdConfirmation.application_id == renewal)
    ).one()
    assert kept.note.startswith("条款没有变")
    assert old.product_id in in_force([old.product_id])
    decide(people.county, renewal, Decision.APPROVE, "情况没有变化", check=certifying.site_check())
    assert state_of(renewal) is ApplicationState.CITY_REVIEW
    until = old.valid_until
    decide(people.city, renewal, Decision.APPROVE, "同意续期")
    new = certificate_of(case)
    assert (new.number, new.version) == (old.number, 2)
    assert new.valid_until > until + timedelta(days=720)  # no day is lost by asking early
    db.session.expire_all()
    assert db.session.get_one(Certificate, old.id).state is CertificateState.SUPERSEDED
    taken = db.session.scalars(
        select(ApplicationStep.action)
        .where(ApplicationStep.application_id == renewal)
        .order_by(ApplicationStep.id)
    ).all()
    assert taken == ["submit_short", "approve_short", "approve"]


def test_a_renewal_with_another_household_goes_the_whole_way(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    near_its_end(case, traveller)
    renewal = start_renewal(case.owner, certificate_of(case).id)
    newcomer = builders.household(builders.VILLAGE, supplier_id=case.supplier)
    agreement = create_agreement(
        case.owner, case.supplier, case.product, certifying.facts([*case.households, newcomer])
    )
    pledge(case, renewal, agreement_id=agreement)
    submit_application(case.owner, renewal)
    assert state_of(renewal) is ApplicationState.VILLAGE_CONFIRMATION
    answers = dict(
        db.session.execute(
            select(HouseholdConfirmation.household_id, HouseholdConfirmation.answer).where(
                HouseholdConfirmation.application_id == renewal
            )
        ).all()
    )
    assert answers[newcomer] is None
    assert answers[case.households[0]] is not None  # confirmed under the very same terms before
    answer_household(people.village, renewal, newcomer, confirmed=True)
    assert state_of(renewal) is ApplicationState.TOWN_REVIEW


def test_a_change_leaves_the_old_version_in_force_until_the_new_one(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    old = certificate_of(case)
    with pytest.raises(InvalidInput):
        start_change(case.owner, old.id, " ")
    with pytest.raises(NotFound):
        start_change(builders.owner_of(builders.supplier()), old.id, "换成新包装")
    change = start_change(case.owner, old.id, "改用可降解的礼盒")
    pledge(case, change, package="可降解礼盒 4斤")
    submit_application(case.owner, change)
    assert state_of(change) is ApplicationState.TOWN_REVIEW  # every household's word stands
    decide(people.town, change, Decision.APPROVE, "同意变更")
    decide(people.county, change, Decision.APPROVE, "同意变更", check=certifying.site_check())
    assert old.product_id in in_force([old.product_id])
    traveller.shift(timedelta(days=9))
    close_due_notices()
    until = old.valid_until
    decide(people.city, change, Decision.APPROVE, "同意变更")
    new = certificate_of(case)
    assert (new.version, new.valid_until, new.facts["package"]) == (2, until, "可降解礼盒 4斤")
    assert [change.label for change in changes_since(change, case.application)] == ["包装规格"]


def test_a_change_of_the_name_is_nobodys_until_it_is_certified(
    people: Officials, case: Case, traveller: time_machine.Traveller, client: Client
) -> None:
    old = certificate_of(case)
    change = start_change(case.owner, old.id, "按新标准改叫法")
    before = db.session.get_one(DeclaredProduct, case.product).name
    words = {"name": "翠香猕猴桃（树熟）", "standard": "GB/T 40743-2021", "grade": "特级"}
    with pytest.raises(InvalidInput, match=r"products\.name"):
        pledge(case, change, product_words={**words, "name": " "})
    pledge(case, change, product_words=words)
    submit_application(case.owner, change)
    told = {row.label: row.after for row in changes_since(change, case.application)}
    assert told == {"产品": words["name"], "执行标准": words["standard"]}  # a grade is not for a change
    decide(people.town, change, Decision.APPROVE, "同意变更")
    decide(people.county, change, Decision.APPROVE, "同意变更", check=certifying.site_check())
    [notice] = db.session.scalars(select(PublicNotice.id).where(PublicNotice.application_id == change)).all()
    assert f"产品改为 {words['name']}" in client.get(f"/notices/{notice}").get_data(as_text=True)
    traveller.shift(timedelta(days=9))
    close_due_notices()
    db.session.expire_all()
    assert db.session.get_one(DeclaredProduct, case.product).name == before
    decide(people.city, change, Decision.APPROVE, "同意变更")
    product = db.session.get_one(DeclaredProduct, case.product, populate_existing=True)
    assert (product.name, product.standard) == (words["name"], words["standard"])
    new = certificate_of(case)
    assert (new.facts["product"], new.facts["standard"]) == (words["name"], words["standard"])
    assert db.session.get_one(Certificate, old.id).facts["product"] == before


def test_a_first_application_renames_nothing(people: Officials, traveller: time_machine.Traveller) -> None:
    case = certifying.case()
    save_draft(case.owner, case.application, DraftFacts(product_words={"name": "别的名字"}))
    assert db.session.get_one(Application, case.application).product_changes == {}


def test_a_new_version_does_not_end_a_suspension(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    change = start_change(case.owner, certificate_of(case).id, "改用可降解的礼盒")
    pledge(case, change)
    submit_application(case.owner, change)
    decide(people.town, change, Decision.APPROVE, "同意变更")
    decide(people.county, change, Decision.APPROVE, "同意变更", check=certifying.site_check())
    traveller.shift(timedelta(days=9))
    close_due_notices()
    suspend_certificate(people.city, certificate_of(case).id, "抽检不合格", StopCause.FOOD_SAFETY)
    with pytest.raises(Conflict, match="suspended_first"):
        decide(people.city, change, Decision.APPROVE, "同意变更")
    assert state_of(change) is ApplicationState.CITY_REVIEW
    revoke_certificate(people.city, certificate_of(case).id, "查实造假", StopCause.BENEFIT)
    with pytest.raises(Conflict, match="revoked"):
        decide(people.city, change, Decision.APPROVE, "同意变更")


def test_an_expired_certificate_keeps_its_number_for_half_a_year(
    people: Officials, case: Case, traveller: time_machine.Traveller
) -> None:
    old = certificate_of(case)
    traveller.shift(timedelta(days=(old.valid_until - clock.today()).days + 30))
    expire_certificates()
    renewal = start_renewal(case.owner, old.id)
    assert db.session.get_one(Application, renewal).certificate_number == old.number
    traveller.shift(timedelta(days=200))
    with pytest.raises(Conflict, match="too_late"):
        start_renewal(case.owner, old.id)


def test_words_are_taken_over_and_never_the_pledge(people: Officials, case: Case) -> None:
    other = builders.product(case.supplier, origin_code=builders.VILLAGE)
    third = builders.product(case.supplier, origin_code=builders.VILLAGE)
    drafts = start_applications(case.owner, [other, third])
    copy_into(case.owner, drafts[0], case.application)
    copied = db.session.get_one(Application, drafts[0])
    assert (copied.package, copied.price_fen, copied.agreement_id) == ("5斤一箱", 2000, None)
    assert copied.pledged_at is None
    assert {row.kind.value for row in evidence_of(copied.id)} == {"conformity_pledge"}
    copy_into(case.owner, drafts[0], case.application)
    assert len(evidence_of(copied.id)) == 1
    stranger = certifying.case()
    with pytest.raises(NotFound):
        copy_into(case.owner, drafts[0], stranger.application)
    with pytest.raises(Conflict):
        start_applications(case.owner, [builders.product(case.supplier), third])
    assert (
        len(db.session.scalars(select(Application.id).where(Application.supplier_id == case.supplier)).all())
        == 3
    )


def test_of_several_each_complete_one_is_handed_in(
    people: Officials, traveller: time_machine.Traveller
) -> None:
    ready = certifying.case()
    second = certifying.case(owner=ready.owner, supplier=ready.supplier)
    [empty] = start_applications(ready.owner, [builders.product(ready.supplier)])
    results = submit_several(ready.owner, [ready.application, empty, second.application])
    assert results == {ready.application: None, empty: "applications.incomplete", second.application: None}
    assert state_of(empty) is ApplicationState.DRAFT
    assert state_of(second.application) is ApplicationState.VILLAGE_CONFIRMATION
