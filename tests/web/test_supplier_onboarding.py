"""From a person to an admitted supplier with a household, over HTTP: what pages say, keep and refuse."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.demo.content.identity import id_number
from marketplace.kernel.db import db
from marketplace.parties import queries
from marketplace.parties.models import Household, Supplier
from marketplace.parties.workflow import SupplierState
from tests.factories import builders
from tests.support.clients import Client

PLACE = {
    "village_code_1": builders.COUNTY,
    "village_code_2": builders.TOWN,
    "village_code_3": builders.VILLAGE,
}
FORM = {
    "kind": "cooperative",
    "name": "富饶鲜果合作社（示例）",
    "uscc": "91110000600037341L",
    "contact_name": "刘示安",
    "contact_mobile": "19900000101",
    **PLACE,
}
HOUSE = {
    "head_name": "王示礼",
    "id_number": id_number("610124", 7),
    "people": "3",
    "status": "lifted",
    **PLACE,
}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def signed_in(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def post(client: Client, path: str, fields: dict[str, Any] | None = None, page: str = "/my/password") -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **(fields or {})})


@pytest.fixture
def person(app: Flask) -> Client:
    return signed_in(app, builders.user())


@pytest.fixture
def admin(app: Flask) -> Client:
    return signed_in(app, builders.admin())


def only_supplier() -> queries.SupplierFacts:
    return queries.get_supplier(db.session.scalars(select(Supplier.id)).one())


def test_a_supplier_registers_hands_in_and_is_admitted(person: Client, admin: Client) -> None:
    assert post(person, "/supplier/register", FORM).location == "/supplier/papers"
    page = person.get("/supplier/papers").text
    assert "还差 4 项就能提交" in page
    assert person.get("/supplier").location == "/supplier/papers"
    bank = {
        "bank_name": "示例农商银行",
        "bank_account_name": "合作社（示例）",
        "bank_account": "6200000000000001",
    }
    assert post(person, "/supplier/papers/bank", bank).status_code == 302
    for kind in ("member_list", "bank_proof", "business_licence"):
        paper = {"kind": kind, "upload": (BytesIO(PDF), "licence.pdf")}
        assert post(person, "/supplier/papers/new", paper).status_code == 302
    page = person.get("/supplier/papers").text
    assert "齐了，可以提交" in page
    assert "6200000000000001" not in page
    assert "6200000000000001" not in person.get("/supplier/papers/bank").text
    assert post(person, "/supplier/papers/submit").status_code == 302

    supplier = only_supplier()
    path = f"/admin/suppliers/{supplier.id}"
    assert FORM["name"] in admin.get("/admin").text
    document = re.search(rf'href="({path}/papers/\d+)"', admin.get(path).text)
    assert document
    with admin.get(document[1]) as shown:
        assert shown.data == PDF
    assert person.get(document[1]).status_code == 403
    assert post(admin, f"{path}/return", {"reason": ""}).status_code == 422
    assert post(admin, f"{path}/return", {"reason": "执照照片看不清"}).status_code == 302
    assert "执照照片看不清" in person.get("/supplier/papers").text
    assert post(person, "/supplier/papers/submit").status_code == 302
    assert post(admin, f"{path}/approve").status_code == 409
    for code in ("identity", "licence", "bank_proof", "members"):
        assert post(admin, f"{path}/requirements/{code}/verify").status_code == 302
    assert post(admin, f"{path}/approve").status_code == 302
    assert only_supplier().state is SupplierState.APPROVED
    assert person.get("/supplier").status_code == 200


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"uscc": "91110000600037342L"}, "校验位不对"),
        ({"uscc": "9111"}, "18 位"),
        ({"village_code_3": ""}, "请选村"),
        ({"village_code_1": "110101000000", "village_code_2": "", "village_code_3": ""}, "请选区县"),
        ({"village_code_3": "110101001001"}, "请选村"),
        ({"contact_mobile": "12345"}, "11 位手机号"),
        ({"kind": "bank"}, "Not a valid choice|不是有效|无效|请选"),
        ({"name": ""}, "请填名称"),
    ],
)
def test_a_bad_registration_says_so_at_the_field_and_keeps_what_was_typed(
    person: Client, changed: dict[str, str], words: str
) -> None:
    response = post(person, "/supplier/register", {**FORM, **changed})
    assert response.status_code == 422
    assert re.search(words, response.text)
    assert 'value="刘示安"' in response.text
    assert db.session.scalar(select(func.count()).select_from(Supplier)) == 0


def test_a_second_registration_of_a_licence_says_so(app: Flask, person: Client) -> None:
    post(person, "/supplier/register", FORM)
    response = post(signed_in(app, builders.user()), "/supplier/register", FORM)
    assert (response.status_code, "已经登记过" in response.text) == (422, True)


def test_without_script_the_next_level_comes_by_post_and_nothing_is_lost(person: Client) -> None:
    half = {**FORM, "village_code_2": "", "village_code_3": "", "village_code_next": "1"}
    response = post(person, "/supplier/register", half)
    assert response.status_code == 200
    assert "马召镇" in response.text
    assert 'value="刘示安"' in response.text


@pytest.mark.parametrize("content", [b"", b"<script>alert(1)</script>", b"%PDF-1.4 cut"])
def test_a_fake_paper_is_refused_at_the_field(person: Client, content: bytes) -> None:
    post(person, "/supplier/register", FORM)
    response = post(
        person, "/supplier/papers/new", {"kind": "business_licence", "upload": (BytesIO(content), "a.pdf")}
    )
    assert response.status_code == 422
    assert 'id="upload-error"' in response.text
    assert queries.papers_of(only_supplier().id) == []


def test_a_draft_is_its_owners_alone(person: Client, admin: Client) -> None:
    post(person, "/supplier/register", FORM)
    assert admin.get(f"/admin/suppliers/{only_supplier().id}").status_code == 404


def test_a_sponsor_answers_on_its_own_page(app: Flask, person: Client) -> None:
    sponsor_id = builders.supplier(name="担保合作社（示例）")
    sponsor = signed_in(app, builders.owner_of(sponsor_id))
    post(person, "/supplier/register", {**FORM, "kind": "pilot_household", "uscc": ""})
    assert post(person, "/supplier/papers/household", HOUSE).status_code == 302
    assert post(person, "/supplier/papers/sponsor", {"sponsor_id": str(sponsor_id)}).status_code == 302
    pilot = next(each for each in queries.sponsored_by(sponsor_id))
    assert "王示礼" not in sponsor.get("/supplier/sponsored").text
    path = f"/supplier/sponsored/{pilot.id}"
    refused = post(sponsor, path, {f"p{pilot.id}-answer": "decline", f"p{pilot.id}-reason": ""})
    assert (refused.status_code, "请写明原因" in refused.text) == (422, True)
    assert post(person, path, {f"p{pilot.id}-answer": "agree"}).status_code == 404
    assert post(sponsor, path, {f"p{pilot.id}-answer": "agree"}).status_code == 302
    assert "已同意" in person.get("/supplier/papers").text


@pytest.fixture
def coop(app: Flask) -> int:
    return builders.supplier()


@pytest.fixture
def owner(app: Flask, coop: int) -> Client:
    return signed_in(app, builders.owner_of(coop))


def test_a_household_is_added_shown_masked_and_seen_once_in_clear(owner: Client) -> None:
    response = post(owner, "/supplier/households/new", HOUSE)
    assert response.status_code == 302
    page = owner.get(response.location).text
    listed = owner.get("/supplier/households").text
    for text in (page, listed):
        assert "王示礼" not in text
        assert HOUSE["id_number"] not in text
    refused = post(owner, f"{response.location}/clear", {"reason": "看"})
    assert (refused.status_code, HOUSE["id_number"] in refused.text) == (422, False)
    shown = post(owner, f"{response.location}/clear", {"reason": "核对打款账号"})
    assert HOUSE["id_number"] in shown.text
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert HOUSE["id_number"] not in owner.get(response.location).text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"id_number": HOUSE["id_number"][:-1] + ("1" if HOUSE["id_number"][-1] != "1" else "2")},
            "校验位不对",
        ),
        ({"people": "-1"}, "之间的整数"),
        ({"people": "1.5"}, "之间的整数"),
        ({"people": "１"}, "之间的整数"),
        ({"people": "1000000000"}, "之间的整数"),
        ({"village_code_3": "110101001001"}, "请选村"),
        ({"bank_account": "12"}, "8 到 30 位"),
    ],
)
def test_a_bad_household_says_so_at_the_field(owner: Client, changed: dict[str, str], words: str) -> None:
    response = post(owner, "/supplier/households/new", {**HOUSE, **changed})
    assert response.status_code == 422
    assert words in response.text
    assert db.session.scalar(select(func.count()).select_from(Household)) == 0


def test_a_foreign_household_and_paper_do_not_exist(app: Flask, owner: Client, coop: int) -> None:
    foreign = builders.household(supplier_id=builders.supplier())
    for path in (
        f"/supplier/households/{foreign}",
        f"/supplier/households/{foreign}/contact",
        "/supplier/papers/1/file",
    ):
        assert owner.get(path).status_code == 404
    assert post(owner, f"/supplier/households/{foreign}/clear", {"reason": "核对打款账号"}).status_code == 404


def test_staff_may_not_look_in_clear_or_change_papers(app: Flask, coop: int) -> None:
    household_id = builders.household(supplier_id=coop)
    staff = signed_in(app, builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop)))
    assert staff.get(f"/supplier/households/{household_id}").status_code == 200
    assert (
        post(staff, f"/supplier/households/{household_id}/clear", {"reason": "核对打款"}).status_code == 403
    )
    assert staff.get("/supplier/papers/bank").status_code == 403


def test_one_person_works_for_two_suppliers_but_never_for_a_third(app: Flask, coop: int) -> None:
    other, third = builders.supplier(name="第二家（示例）"), builders.supplier()
    both = [(Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, number) for number in (coop, other)]
    client = signed_in(app, builders.user(None, *both))
    assert post(client, "/supplier/switch", {"supplier_id": str(other)}).location == "/supplier"
    assert "第二家（示例）" in client.get("/supplier").text
    for foreign in (str(third), "x", "", "99999999999"):
        assert post(client, "/supplier/switch", {"supplier_id": foreign}).status_code == 404
