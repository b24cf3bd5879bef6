"""Admission as people meet it: the wizard on a phone, the examination, papers and accounts, the village's word."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.parties import admission, bank_changes, queries
from marketplace.parties.bank_change_queries import open_change_of
from marketplace.parties.bank_changes import AccountDraft
from marketplace.parties.commands import SupplierDraft
from marketplace.parties.models import Household, Supplier, SupplierPaper
from marketplace.parties.rules import PaperKind, SupplierKind
from marketplace.parties.workflow import SupplierState
from tests.factories import builders, suppliers
from tests.support.clients import Client
from tests.support.counting import statements

#: statements of a list page for staff, with the person's own and the desk's counts
BUDGET = 12


def signed_in(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def post(client: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/my/password").text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **(fields or {})})


def picture() -> tuple[BytesIO, str]:
    return BytesIO(suppliers.PDF), "card.pdf"


@pytest.fixture
def admin(app: Flask) -> Client:
    return signed_in(app, builders.admin())


PLACE = {
    "village_code_1": builders.COUNTY,
    "village_code_2": builders.TOWN,
    "village_code_3": builders.VILLAGE,
}
BASICS = {
    "name": "王家果园示范户（示例）",
    "contact_name": "王示礼",
    "contact_mobile": "19900000101",
    **PLACE,
}
HOUSE = {"head_name": "王示礼", "id_number": suppliers.HOUSE.id_number, "people": "3", "status": "lifted"}
BANK = {
    "bank_name": "示例农商银行",
    "bank_account_name": "王示礼",
    "bank_account": "6200000000000001",
}


def test_a_pilot_applies_step_by_step_and_comes_back_where_it_stopped(app: Flask, admin: Client) -> None:
    sponsor_id = builders.supplier(name="担保合作社（示例）")
    sponsor = signed_in(app, builders.owner_of(sponsor_id))
    official = signed_in(app, builders.official_of(builders.VILLAGE))
    phone = signed_in(app, builders.user())
    assert phone.get("/supplier/pilot").location == "/supplier/pilot/new"
    refused = post(phone, "/supplier/pilot/new", {**BASICS, "contact_mobile": "123"})
    assert (refused.status_code, 'value="王示礼"' in refused.text) == (422, True)
    assert post(phone, "/supplier/pilot/new", BASICS).location == "/supplier/pilot/household"
    assert phone.get("/supplier/pilot").location == "/supplier/pilot/household"
    assert post(phone, "/supplier/pilot/household", HOUSE).location == "/supplier/pilot/sponsor"
    assert "6101**********" in phone.get("/supplier/pilot/household").text
    assert db.session.scalars(select(Household)).all() == []
    asked = post(phone, "/supplier/pilot/sponsor", {"sponsor_id": str(sponsor_id)})
    assert asked.location == "/supplier/pilot/bank"
    page = phone.get("/supplier/pilot/bank").text
    assert re.search(r'<input[^>]*type="file"[^>]*name="photo"[^>]*capture="environment"', page)
    assert post(phone, "/supplier/pilot/bank", {**BANK, "photo": picture()}).status_code == 302
    assert phone.get("/supplier/pilot").location == "/supplier/pilot/review"
    page = phone.get("/supplier/pilot/review").text
    assert "还差 1 项" in page
    assert "只等 担保合作社（示例） 点同意了" in page
    assert post(phone, "/supplier/pilot/review").status_code == 422

    pilot = queries.sponsored_by(sponsor_id)[0]
    answer = {f"p{pilot.id}-answer": "agree"}
    assert post(sponsor, f"/supplier/sponsored/{pilot.id}", answer).status_code == 302
    assert post(phone, "/supplier/pilot/review").location == "/supplier/papers"
    assert phone.get("/supplier/pilot/basics").status_code == 409

    page = official.get("/review/pilots").text
    assert "名册上没有" in page
    assert suppliers.HOUSE.id_number not in page
    path = f"/review/pilots/{pilot.id}"
    refused = post(official, f"{path}/refuse", {"reason": ""})
    assert (refused.status_code, "请写明" in refused.text) == (422, True)
    assert "待核实" in admin.get(f"/admin/suppliers/{pilot.id}").text
    assert post(official, f"{path}/confirm").status_code == 302
    for code in ("identity", "bank_proof"):
        verified = post(admin, f"/admin/suppliers/{pilot.id}/requirements/{code}/verify")
        assert verified.status_code == 302
    assert post(admin, f"/admin/suppliers/{pilot.id}/approve").status_code == 302
    assert queries.get_supplier(pilot.id).state is SupplierState.APPROVED


def test_the_wizard_is_for_pilots_only(app: Flask) -> None:
    owner, _ = suppliers.registered()
    client = signed_in(app, owner)
    for step in ("basics", "household", "sponsor", "bank", "review"):
        assert client.get(f"/supplier/pilot/{step}").status_code == 409
    assert client.get("/supplier/pilot").location == "/supplier/pilot/new"


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("household", {**HOUSE, "id_number": "610124189901010001"}, "校验位不对"),
        ("household", {**HOUSE, "people": "0"}, "之间的整数"),
        ("sponsor", {"sponsor_id": "999999"}, "请从名单里选"),
        ("bank", {**BANK, "bank_account": "12"}, "8 到 30 位"),
        ("bank", {**BANK, "photo": (BytesIO(b"no picture"), "a.jpg")}, "不是能识别的图片"),
    ],
)
def test_a_wrong_step_says_so_at_the_field(app: Flask, path: str, fields: dict[str, Any], words: str) -> None:
    builders.supplier()
    owner, _ = suppliers.registered(suppliers.PILOT)
    response = post(signed_in(app, owner), f"/supplier/pilot/{path}", fields)
    assert response.status_code == 422
    assert words in response.text


def test_the_examiner_goes_through_requirement_by_requirement(app: Flask, admin: Client) -> None:
    owner, supplier_id = suppliers.handed_in()
    client, path = signed_in(app, owner), f"/admin/suppliers/{supplier_id}"
    page = admin.get(path).text
    assert "还有 4 项没有核实" in page
    assert "通过入驻" not in page
    refused = post(admin, f"{path}/requirements/licence/send_back", {"reason": "不"})
    assert (refused.status_code, 'value="不"' in refused.text) == (422, True)
    assert (
        post(admin, f"{path}/requirements/licence/send_back", {"reason": "右下角没有拍全"}).status_code == 302
    )
    assert post(admin, f"{path}/requirements/bank/waive", {"reason": "图个省事"}).status_code == 409
    assert post(admin, f"{path}/requirements/lodging/verify").status_code == 404
    assert post(admin, f"{path}/return", {"reason": "一项要补，其余都好"}).status_code == 302
    page = client.get("/supplier/papers").text
    assert "右下角没有拍全" in page
    assert "要补的 1 项：营业执照或登记证" in page
    again = {"kind": "business_licence", "photo": picture()}
    assert post(client, "/supplier/papers/new", again).status_code == 302
    assert post(client, "/supplier/papers/submit").status_code == 302
    for code in ("identity", "licence", "bank_proof"):
        assert post(admin, f"{path}/requirements/{code}/verify").status_code == 302
    assert post(admin, f"{path}/requirements/members/waive", {"reason": "看过成员证明"}).status_code == 302
    assert "通过入驻" in admin.get(path).text
    assert post(admin, f"{path}/approve").status_code == 302
    page = client.get("/supplier/papers").text
    for word in ("已免除", "看过成员证明", "通过入驻", "退回补正"):
        assert word in page


def test_a_supplier_writes_why_it_has_no_such_paper(app: Flask) -> None:
    owner, _ = suppliers.registered(
        SupplierDraft(
            SupplierKind.RURAL_TOURISM, "山泉农家乐（示例）", builders.VILLAGE, "周示泉", "19900000101"
        )
    )
    client = signed_in(app, owner)
    assert "我们没有这一项" in client.get("/supplier/papers").text
    path = "/supplier/papers/statement?code=lodging"
    assert post(client, path, {"reason": ""}).status_code == 422
    assert post(client, path, {"reason": "只做餐饮，不住人"}).status_code == 302
    assert "只做餐饮，不住人" in client.get("/supplier/papers").text
    assert client.get("/supplier/papers/statement?code=members").status_code == 404


@transactional
def let_end(supplier_id: int, days: int, kind: PaperKind = PaperKind.BUSINESS_LICENCE) -> None:
    db.session.execute(
        update(SupplierPaper)
        .where(SupplierPaper.supplier_id == supplier_id, SupplierPaper.kind == kind)
        .values(expires_on=clock.today() + timedelta(days=days))
    )


@pytest.fixture
def member(app: Flask) -> tuple[Actor, int]:
    """Owner of an admitted cooperative with all its papers."""
    owner, supplier_id = suppliers.handed_in()
    admission.approve_supplier(suppliers.examined(supplier_id), supplier_id)
    return owner, supplier_id


@pytest.mark.parametrize(
    ("days", "words"), [(61, None), (55, "还有 55 天到期"), (0, "今天到期"), (-3, "过期 3 天")]
)
def test_an_ending_paper_is_shown_to_both(
    app: Flask, admin: Client, member: tuple[Actor, int], days: int, words: str | None
) -> None:
    owner, supplier_id = member
    let_end(supplier_id, days)
    pages = [
        signed_in(app, owner).get("/supplier/papers").text,
        admin.get(f"/admin/suppliers/{supplier_id}").text,
    ]
    for page in pages:
        assert (words or "有效期到") in page
        if words is None:
            assert "天到期" not in page


def test_a_paper_is_renewed_from_its_own_line(app: Flask, member: tuple[Actor, int]) -> None:
    owner, supplier_id = member
    let_end(supplier_id, 5)
    client = signed_in(app, owner)
    link = re.search(r'href="(/supplier/papers/new\?renews=\d+)">换新的', client.get("/supplier/papers").text)
    assert link
    assert "会留着备查" in client.get(link[1]).text
    ends = (clock.today() + timedelta(days=900)).isoformat()
    fields = {"kind": "business_licence", "expires_on": ends}
    assert post(client, link[1], {**fields, "upload": picture()}).status_code == 302
    page = client.get("/supplier/papers").text
    assert "换下来的旧证照" in page
    assert post(client, link[1], {**fields, "upload": picture()}).status_code == 422
    assert client.get("/supplier/papers/new?renews=999999").status_code == 404
    assert client.get("/supplier/papers/new?renews=x").status_code == 404


def test_papers_that_run_out_are_listed_with_counts_and_filters(
    admin: Client, member: tuple[Actor, int]
) -> None:
    _, supplier_id = member
    name = queries.get_supplier(supplier_id).name
    let_end(supplier_id, -20)
    page = admin.get("/admin/papers?ending=grace_over").text
    assert name in page
    assert re.search(r"过了宽限期，可暂停 <span class=\"num\">1</span>", page)
    assert name in admin.get("/admin/papers?ending=expired&kind=business_licence").text
    assert name not in admin.get("/admin/papers?ending=expired&kind=member_list").text
    assert name not in admin.get(f"/admin/papers?ending=expired&county={builders.OTHER_COUNTY}").text
    assert name not in admin.get("/admin/papers?ending=junk&page=10000000000000000000").text


def test_facts_are_confirmed_on_one_page_and_verified(
    app: Flask, admin: Client, member: tuple[Actor, int]
) -> None:
    owner, supplier_id = member
    client = signed_in(app, owner)
    assert post(client, "/supplier/papers/verification/confirm").status_code == 409
    set_due(supplier_id, 10)
    assert "去确认" in client.get("/supplier/papers").text
    staff = signed_in(app, builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id)))
    assert "都看过了" not in staff.get("/supplier/papers/verification").text
    assert post(staff, "/supplier/papers/verification/confirm").status_code == 403
    assert "都看过了" in client.get("/supplier/papers/verification").text
    assert post(client, "/supplier/papers/verification/confirm").status_code == 302
    path = f"/admin/suppliers/{supplier_id}"
    assert "复核通过" in admin.get(path).text
    assert post(admin, f"{path}/verify_return", {"reason": "电话打不通"}).status_code == 302
    assert "电话打不通" in client.get("/supplier/papers/verification").text
    assert post(client, "/supplier/papers/verification/confirm").status_code == 302
    assert post(admin, f"{path}/verify").status_code == 302
    assert "半年复核通过" in client.get("/supplier/papers").text
    set_due(supplier_id, -1)
    assert queries.get_supplier(supplier_id).name in admin.get("/admin/suppliers?due=overdue").text


@transactional
def set_due(supplier_id: int, days: int) -> None:
    row = db.session.get_one(Supplier, supplier_id)
    row.verify_due_on = clock.today() + timedelta(days=days)


def test_an_account_is_changed_by_asking(app: Flask, admin: Client, member: tuple[Actor, int]) -> None:
    owner, supplier_id = member
    client = signed_in(app, owner)
    fields = {
        "bank_name": "新的银行（示例）",
        "bank_account_name": "富饶鲜果合作社（示例）",
        "bank_account": "6200000000000077",
    }
    refused = post(client, "/supplier/papers/bank", fields)
    assert (refused.status_code, 'id="proof-error"' in refused.text) == (422, True)
    assert post(client, "/supplier/papers/bank", {**fields, "proof": picture()}).status_code == 302
    page = client.get("/supplier/papers/bank").text
    assert ("6200000000000077" in page, "**** 0077" in page) == (False, True)
    change = open_change_of(supplier_id=supplier_id)
    assert change is not None
    path = f"/admin/bank-changes/{change.id}"
    assert "富饶鲜果合作社（示例）" in admin.get("/admin/bank-changes").text
    assert "6200000000000077" in admin.get(path).text
    with admin.get(f"{path}/proof") as shown:
        assert shown.data == suppliers.PDF
    assert client.get(path).status_code == 403
    assert post(admin, path, {"answer": "refuse", "reason": ""}).status_code == 422
    assert post(admin, path, {"answer": "confirm"}).status_code == 302
    assert queries.get_contact(supplier_id).bank_account == "6200000000000077"
    assert post(admin, path, {"answer": "confirm"}).status_code == 409
    assert post(client, "/supplier/papers/bank/withdraw").status_code == 409


def test_a_households_change_is_none_of_the_platforms_business(app: Flask, admin: Client) -> None:
    coop = builders.supplier()
    household = builders.household(supplier_id=coop)
    draft = AccountDraft("示例银行", "6200000000000077")
    change_id = bank_changes.ask_household_change(
        builders.owner_of(coop), household, draft, suppliers.upload()
    )
    assert admin.get(f"/admin/bank-changes/{change_id}").status_code == 404
    assert admin.get(f"/admin/bank-changes/{change_id}/proof").status_code == 404


def test_an_owner_makes_staff_an_owner_and_back_and_one_always_stays(app: Flask) -> None:
    coop = builders.supplier()
    owner = builders.owner_of(coop)
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop))
    client, before = signed_in(app, owner), signed_in(app, staff)
    ids = re.findall(r"/supplier/staff/(\d+)/role", client.get("/supplier/staff").text)
    assert len(ids) == 1, "one's own role is not offered"
    assert post(client, f"/supplier/staff/{ids[0]}/role").status_code == 302
    assert suppliers.again(staff).owned_supplier_ids == [coop]
    assert before.get("/supplier/staff").status_code == 302, "the old session ended"
    other = signed_in(app, staff)
    [mine] = re.findall(r"/supplier/staff/(\d+)/role", other.get("/supplier/staff").text)
    assert post(other, f"/supplier/staff/{mine}/role").status_code == 302
    assert suppliers.again(owner).owned_supplier_ids == []
    third = builders.owner_of(builders.supplier())
    assert post(signed_in(app, third), f"/supplier/staff/{mine}/role").status_code == 404


@transactional
def many(count: int) -> None:
    """Admitted cooperatives, each with a licence that runs out soon."""
    for _ in range(count):
        supplier_id = builders.supplier()
        builders.added(
            SupplierPaper(
                supplier_id=supplier_id,
                kind=PaperKind.BUSINESS_LICENCE,
                media_id=builders.document(),
                number="1",
                expires_on=clock.today() + timedelta(days=5),
                uploaded_at=clock.now(),
            )
        )


@pytest.mark.parametrize(
    "path",
    ["/admin/papers", "/admin/suppliers?state=all", "/admin/suppliers?due=overdue", "/admin/bank-changes"],
)
def test_lists_take_as_many_queries_for_many_as_for_few(app: Flask, admin: Client, path: str) -> None:
    many(2)
    admin.get(path)
    counts: list[int] = []
    for more in (0, 25):
        many(more)
        with statements() as sent:
            assert admin.get(path).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= BUDGET


@pytest.mark.parametrize("path", ["/supplier/papers", "/supplier/papers/verification"])
def test_a_suppliers_own_pages_are_cheap(app: Flask, member: tuple[Actor, int], path: str) -> None:
    client = signed_in(app, member[0])
    client.get(path)
    with statements() as sent:
        assert client.get(path).status_code == 200
    assert len(sent) <= 16


def test_the_villages_list_asks_no_more_for_many(app: Flask) -> None:
    official = signed_in(app, builders.official_of(builders.VILLAGE))
    counts: list[int] = []
    for known, number in ((0, 1), (1, 6)):
        for more in range(known, number):
            suppliers.handed_in_pilot(more)
        official.get("/review/pilots")
        with statements() as sent:
            page = official.get("/review/pilots").text
        assert page.count("核实过，是这一户") == number
        counts.append(len(sent))
    assert counts[0] == counts[1] <= BUDGET
