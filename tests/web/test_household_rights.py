"""What a household decides for itself: its consents, its bank card; and that nobody else's are there."""

import io
import re
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.linkage.models import LinkageAgreement, LinkageTerm
from certification.linkage.rules import LinkageMode
from certification.linkage.workflow import AgreementState
from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties import consents
from marketplace.parties.bank_changes import confirm_change
from marketplace.parties.models import BankChange, HouseholdConsent
from marketplace.parties.rules import ConsentPurpose
from tests.factories import builders, certifying
from tests.support.clients import Client
from tests.support.counting import statements

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TICK = {"agreed": "y"}
CARD = "6200000000001234"


@pytest.fixture
def household(app: Flask) -> int:
    return certifying.case().households[0]


@pytest.fixture
def home(app: Flask, household: int) -> Client:
    made = app.test_client()
    assert isinstance(made, Client)
    builders.sign_in(made, builders.user("at-home", (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, household)))
    return made


def post(client: Client, url: str, data: Mapping[str, object] | None = None) -> tuple[int, str]:
    page = client.get("/household/rights").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    answer = client.post(url, data={**(data or {}), "csrf_token": token[1]})
    return answer.status_code, answer.get_data(as_text=True)


def test_a_consent_is_given_and_taken_back_at_home(home: Client, household: int) -> None:
    assert post(home, f"/household/{household}/consents/story")[0] == 303
    assert not consents.has_consent(household, ConsentPurpose.STORY)  # without the tick nothing was said
    assert post(home, f"/household/{household}/consents/story", TICK)[0] == 303
    assert consents.has_consent(household, ConsentPurpose.STORY)
    assert not consents.has_consent(household, ConsentPurpose.PICTURE)
    consent = db.session.scalars(select(HouseholdConsent.id)).one()
    page = home.get("/household/rights").get_data(as_text=True)
    assert page.count("同意了") == 1
    assert "您自己在这里点的" in page
    assert post(home, f"/household/consents/{consent}/withdraw")[0] == 303
    assert not consents.has_consent(household, ConsentPurpose.STORY)
    assert "收回过的" in home.get("/household/rights").get_data(as_text=True)
    assert post(home, f"/household/{household}/consents/everything", TICK)[0] == 404


def test_another_household_is_not_there(home: Client, household: int, app: Flask) -> None:
    other = builders.household()
    owner = builders.user("elsewhere", (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, other))
    theirs = consents.record_consent(owner, other, ConsentPurpose.STORY, clock.today(), None)
    assert post(home, f"/household/{other}/consents/story", TICK)[0] == 404
    assert post(home, f"/household/consents/{theirs}/withdraw")[0] == 404
    assert post(home, f"/household/{other}/account", {"bank_name": "某行", "bank_account": CARD})[0] == 404
    assert consents.has_consent(other, ConsentPurpose.STORY)


def test_another_card_counts_once_the_village_said_so(home: Client, household: int) -> None:
    url = f"/household/{household}/account"
    status, page = post(home, url, {"bank_name": "示例农商银行", "bank_account": CARD})
    assert status == 422
    assert "示例农商银行" in page  # what was typed is kept
    asked = {"bank_name": "示例农商银行", "bank_account": CARD, "proof": (io.BytesIO(PDF), "卡.pdf")}
    assert post(home, url, asked)[0] == 303
    page = home.get("/household/rights").get_data(as_text=True)
    assert "等村干部核对" in page
    assert CARD not in page
    change = db.session.scalars(select(BankChange.id)).one()
    assert post(home, f"/household/accounts/{change}/withdraw")[0] == 303
    again = {"bank_name": "示例农商银行", "bank_account": CARD, "proof": (io.BytesIO(PDF), "卡.pdf")}
    assert post(home, url, again)[0] == 303
    newest = db.session.scalars(select(BankChange.id).order_by(BankChange.id.desc())).first()
    assert newest is not None
    confirm_change(builders.official_of(builders.VILLAGE), newest)
    assert "换好了" in home.get("/household/rights").get_data(as_text=True)


def test_it_asks_a_fixed_number_of_questions(home: Client) -> None:
    home.get("/household/rights")
    with statements() as asked:
        home.get("/household/rights")
    assert len(asked) <= 8, asked


def test_the_signed_paper_of_a_consent_opens_at_home_and_nowhere_else(
    home: Client, household: int, app: Flask
) -> None:
    official, other = builders.official_of(builders.VILLAGE), builders.household()
    signed = consents.record_consent(
        official, household, ConsentPurpose.STORY, clock.today(), certifying.paper()
    )
    foreign = consents.record_consent(
        official, other, ConsentPurpose.STORY, clock.today(), certifying.paper()
    )
    page = home.get("/household/rights").get_data(as_text=True)
    assert f"/household/consents/{signed}/paper" in page
    with home.get(f"/household/consents/{signed}/paper") as opened:
        assert (opened.status_code, opened.mimetype) == (200, "application/pdf")
    assert home.get(f"/household/consents/{foreign}/paper").status_code == 404


def test_it_says_who_works_with_it_and_what_that_brings(home: Client, household: int) -> None:
    page = home.get("/household/rights").get_data(as_text=True)
    assert "现在没有正在执行的协议" in page  # linked, and the application is still a draft
    db.session.execute(update(LinkageAgreement).values(state=AgreementState.ACTIVE))
    db.session.execute(delete(LinkageTerm))
    agreement = db.session.scalars(select(LinkageAgreement.id)).one()
    db.session.add(LinkageTerm(agreement_id=agreement, mode=LinkageMode.DIVIDEND, share_bp=1200))
    db.session.execute(
        update(Application).values(agreement_id=agreement, state=ApplicationState.CERTIFIED, price_fen=2000)
    )
    db.session.commit()
    page = home.get("/household/rights").get_data(as_text=True)
    assert "入股分红" in page
    assert "您家大约 ¥2.40" in page
    assert "净销售额" not in page
    with statements() as asked:
        home.get("/household/rights")
    assert len(asked) <= 8, asked
