"""The pages of certification over HTTP: an applicant's steps, the officials' desk, the notice board, certificates."""

import io
import re
from collections.abc import Callable, Mapping
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from certification.applications.commands import sign_as_sponsor, start_application
from certification.applications.models import Application, ApplicationEvidence
from certification.applications.workflow import ApplicationState
from certification.certificates.models import Certificate
from certification.linkage.commands import AgreementFacts, create_agreement
from certification.linkage.models import LinkageAgreement, LinkageMember
from certification.linkage.rules import LinkageMode, Member, Term
from certification.notices.commands import close_due_notices
from certification.notices.models import PublicNotice
from certification.products.models import DeclaredProduct
from certification.reviews.commands import decide
from certification.reviews.rules import Decision
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import Household
from marketplace.parties.rules import SupplierKind
from tests.factories import builders, certifying
from tests.factories.certifying import case, officials, walk
from tests.support.clients import Client

Freeze = Callable[[str], time_machine.Traveller]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def enter(app: Flask) -> Callable[[Actor], Client]:
    """A browser of this person."""

    def make(actor: Actor) -> Client:
        made = app.test_client()
        assert isinstance(made, Client)
        builders.sign_in(made, actor)
        return made

    return make


def send(client: Client, url: str, data: Mapping[str, object], page: str | None = None) -> TestResponse:
    """Post a form with the token of the page it is on."""
    html = client.get(page or url).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found, html[:500]
    return client.post(url, data={**data, "csrf_token": found[1]})


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def declare(coop: Client) -> int:
    """A product by the form; its id."""
    facts = {"name": "翠香猕猴桃", "category_code": "fruit", "unit": "斤", "grade": "一级"}
    origin = [builders.COUNTY, builders.TOWN, builders.VILLAGE]
    picked = {f"origin_code_{place}": code for place, code in enumerate(origin, 1)}
    sent = send(coop, "/supplier/products/new", {**facts, **picked})
    assert sent.status_code == 302, text(sent)
    product = db.session.execute(select(DeclaredProduct)).scalar_one()
    assert product.origin_code == builders.VILLAGE
    return product.id


def agree(coop: Client, product_id: int, household: int) -> int:
    """A linkage agreement by the form, refused once; its id."""
    terms = {
        "product_id": product_id,
        "purchase": "y",
        "dividend": "y",
        "share_percent": "12.5",
        "household": household,
        f"shares_{household}": "3",
        "starts_on": clock.today().isoformat(),
        "ends_on": "2029-12-31",
    }
    refused = send(coop, "/supplier/agreements/new", {**terms, "share_percent": "0"})
    assert refused.status_code == 422
    assert "比例请填" in text(refused)
    assert send(coop, "/supplier/agreements/new", terms).status_code == 302
    assert db.session.execute(select(LinkageMember.shares)).scalar_one() == 3
    return db.session.execute(select(LinkageAgreement.id)).scalar_one()


def bring_evidence(coop: Client, url: str) -> None:
    """Every paper that is asked for; a fake picture is refused at the field."""
    papers = f"{url}?step=papers"
    for kind in ("test_report", "conformity_pledge", "linkage_scan"):
        upload = (io.BytesIO(PDF), "报告.pdf")
        added = send(coop, f"{url}/evidence", {"kind": kind, "file": upload}, page=papers)
        assert added.status_code == 302
    fake = (io.BytesIO(b"not a picture"), "a.png")
    refused = send(coop, f"{url}/evidence", {"kind": "product_picture", "file": fake}, page=papers)
    assert refused.status_code == 422
    assert "这不是能识别的图片" in text(refused)
    photo = (certifying.picture().stream, "a.png")
    send(coop, f"{url}/evidence", {"kind": "product_picture", "file": photo}, page=papers)


def test_an_applicant_goes_from_product_to_submission(enter: Callable[[Actor], Client]) -> None:
    builders.category()
    supplier = builders.supplier()
    household = builders.household(supplier_id=supplier)
    coop = enter(builders.owner_of(supplier))
    product_id = declare(coop)
    agreement_id = agree(coop, product_id, household)
    started = send(
        coop, "/supplier/applications/new", {"product_id": product_id}, page="/supplier/applications"
    )
    url = started.location.split("?")[0]
    assert "还差 12 项就能提交" in text(coop.get(url))
    half = {"price_fen": "20", "source_1": "城东市场", "fen_1": ""}
    assert send(coop, f"{url}?step=price", half).status_code == 422
    prices = {"price_fen": "20", "source_1": "城东市场", "fen_1": "19", "source_2": "超市", "fen_2": "21"}
    steps: list[tuple[str, dict[str, object]]] = [
        ("product", {"agreement_id": agreement_id, "package": "5斤一箱", "yearly_capacity": "2万箱"}),
        ("price", dict(prices)),
        ("linkage", {"promised_households": "1", "promised_income_fen": "5000", "pledged": "y"}),
    ]
    for step, data in steps:
        assert send(coop, f"{url}?step={step}", data).status_code == 302
    bring_evidence(coop, url)
    assert "都齐了" in text(coop.get(f"{url}?step=submit"))
    send(coop, f"{url}/submit", {}, page=f"{url}?step=submit")
    assert db.session.execute(select(Application.state)).scalar_one() is ApplicationState.VILLAGE_CONFIRMATION
    assert "撤回申请" in text(coop.get(url))


def test_what_is_another_suppliers_is_not_there(enter: Callable[[Actor], Client]) -> None:
    made = case()
    stranger = enter(builders.owner_of(builders.supplier()))
    evidence = db.session.scalars(select(ApplicationEvidence.id)).first()
    for url in (
        f"/supplier/products/{made.product}",
        f"/supplier/agreements/{made.agreement}",
        f"/supplier/agreements/{made.agreement}/edit",
        f"/supplier/applications/{made.application}",
        f"/supplier/applications/{made.application}/evidence/{evidence}",
        f"/supplier/applications/{made.application}/sign",
    ):
        assert stranger.get(url).status_code == 404, url


def test_officials_see_and_decide_only_what_is_theirs(enter: Callable[[Actor], Client]) -> None:
    made, people = case((builders.VILLAGE, builders.VILLAGE)), officials()
    walk(made, people, ApplicationState.VILLAGE_CONFIRMATION)
    url = f"/review/applications/{made.application}"
    village, town = enter(people.village), enter(people.town)
    assert "翠香猕猴桃" in text(village.get("/review"))
    page = text(village.get(url))
    assert "王**" in page
    assert "王建国" not in page
    assert "翠香猕猴桃" not in text(town.get("/review"))
    for household in made.households:
        address = f"{url}/households/{household}"
        mark = re.search(r'name="question" value="(\w+)"', text(village.get(address)))
        assert mark
        send(village, address, {"answer": "confirmed", "question": mark[1]})
    assert "翠香猕猴桃" in text(town.get("/review"))
    kept = send(town, url, {"decision": "approve", "opinion": "材料齐全"})
    assert kept.status_code == 422
    assert "没有利害关系" in text(kept)
    assert "材料齐全" in text(kept)
    done = send(town, url, {"decision": "approve", "opinion": "材料齐全", "disinterested": "y"})
    assert done.status_code == 302
    assert "翠香猕猴桃" in text(town.get("/review/past"))
    elsewhere = enter(builders.official_of(builders.OTHER_COUNTY))
    evidence = db.session.scalars(
        select(ApplicationEvidence.media_id).order_by(ApplicationEvidence.id)
    ).first()
    assert elsewhere.get(url).status_code == 404
    assert elsewhere.get(f"{url}/documents/{evidence}").status_code == 404
    county = enter(people.county)
    with county.get(f"{url}/documents/{evidence}") as opened:
        assert opened.status_code == 200
    assert county.get(f"{url}/documents/{builders.document()}").status_code == 404
    asked = send(county, url, {"decision": "approve", "opinion": "同意", "disinterested": "y"})
    assert asked.status_code == 422
    assert "请填行业部门" in text(asked)
    checked = {
        "decision": "approve",
        "opinion": "现场一致",
        "disinterested": "y",
        "bureau": "果业中心（示例）",
        "bureau_opinion": "符合标准",
        "visited_on": clock.today().isoformat(),
        "people": "孙某、周某",
        "place": "群兴村三组",
        "photo": (certifying.picture().stream, "a.png"),
    }
    assert send(county, url, checked).status_code == 302
    assert db.session.execute(select(PublicNotice.id)).scalar_one()


def test_the_board_and_the_certificate_show_no_person(
    client: Client, freeze: Freeze, enter: Callable[[Actor], Client]
) -> None:
    hand = freeze("2026-11-24 10:00")
    sponsor = builders.supplier(name="担保合作社（示例）")
    household = builders.household(name="李建设")
    pilot = builders.supplier(
        kind=SupplierKind.PILOT_HOUSEHOLD, name="李建设", sponsor_id=sponsor, household_id=household
    )
    owner = builders.owner_of(pilot)
    product = builders.product(pilot)
    own = (Term(LinkageMode.OWN, sponsor_fee_fen=200),)
    facts = AgreementFacts(own, (Member(household),), clock.today(), date(2030, 1, 1))
    agreement = create_agreement(owner, pilot, product, facts)
    made = certifying.Case(pilot, owner, [household], product, agreement, start_application(owner, product))
    certifying.complete(owner, made.application, agreement)
    sign_as_sponsor(builders.owner_of(sponsor), made.application)
    people = officials()
    walk(made, people, ApplicationState.PUBLIC_NOTICE)
    notice = db.session.execute(select(PublicNotice.id)).scalar_one()
    for url in ("/notices", f"/notices/{notice}"):
        page = text(client.get(url))
        assert "李建设" not in page
        assert "担保合作社（示例）" in page
        assert "¥5,000.00" not in page  # one family's income
    code = db.session.get_one(Household, household).code
    for words, is_found in (("李建设", False), (code, True), ("担保合作社", True)):
        board = text(client.get("/notices", query_string={"q": words}))
        assert (f"/notices/{notice}" in board) is is_found, "the board is searched by what it shows"
    hand.move_to(clock.local_day_start(date(2026, 12, 3)))
    close_due_notices()
    decide(people.city, made.application, Decision.APPROVE, "同意")
    certificate = db.session.execute(select(Certificate)).scalar_one()
    page = text(client.get(f"/certificates/{certificate.number}"))
    assert "证书有效" in page
    assert "李建设" not in page
    assert "不足 5 户，不公开总额" in page
    assert client.get(f"/certificates/{certificate.number}/print").status_code == 200
    assert client.get("/certificates?number=2026 1").location.endswith("0001%E5%8F%B7")
    assert client.get("/certificates?number=nothing").status_code == 404
    assert client.get("/certificates/no-such").status_code == 404
    stops_and_says_so(client, enter, people, certificate)


def stops_and_says_so(
    client: Client, enter: Callable[[Actor], Client], people: certifying.Officials, certificate: Certificate
) -> None:
    city = enter(people.city)
    url = f"/review/certificates/{certificate.id}"
    assert "写明原因" in text(send(city, url, {"action": "suspend", "reason": "", "cause": "other"}))
    assert "请选一个原因类别" in text(
        send(city, url, {"action": "suspend", "reason": "抽检不合格", "cause": ""})
    )
    stop = {"action": "suspend", "reason": "抽检不合格", "cause": "food_safety"}
    assert send(city, url, stop).status_code == 302
    page = text(client.get(f"/certificates/{certificate.number}"))
    assert "证书已暂停" in page
    assert "抽检不合格" in page
    county = enter(people.county)
    for official in (county, enter(people.town)):
        [link] = re.findall(r'class="row-a" href="([^"]+)"', text(official.get("/review/certificates")))
        assert official.get(link).status_code == 200, "a list leads to no page that isn't there"
    assert "暂停、恢复和撤销由市里办" in text(county.get(url))
    assert send(county, url, stop).status_code == 422
    assert enter(people.town).get(url).status_code == 404


@pytest.mark.parametrize("query", ["page=9999999999999", "county=x&q=%27", "state=ended", "page=-1&q=%25"])
def test_odd_addresses_of_the_board_are_answered(client: Client, query: str) -> None:
    assert client.get(f"/notices?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["due=x&place=1&category=x%27&page=0", "q=%25_", "place=610124000000&due=soon"]
)
def test_odd_filters_of_the_work_list_are_answered(enter: Callable[[Actor], Client], query: str) -> None:
    assert enter(builders.official_of(builders.COUNTY)).get(f"/review?{query}").status_code == 200
