"""The unit's desk over HTTP: registering, waiting, inviting, the year's plan, buying from a paired village."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Invitation, Role, ScopeKind
from marketplace.accounts.queries import load_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.parties import unit_commands, unit_queries
from marketplace.parties.workflow import UnitState
from tests.factories import builders, purchases, registers
from tests.factories.purchases import Unit
from tests.support.clients import Client
from tests.support.signing import post, signed_in

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
FORM = {
    "kind": "school",
    "name": "示例中学（示例）",
    "uscc": registers.code_number(900_100),
    "region_code_1": "610113000000",
    "region_code_2": "610113001000",
    "contact_name": "刘示安",
    "contact_mobile": "19900000777",
}


def paper() -> tuple[BytesIO, str]:
    return BytesIO(PDF), "letter.pdf"


@pytest.fixture
def unit(app: Flask) -> Unit:
    return purchases.unit("示例中学（示例）")


@pytest.fixture
def manager(app: Flask, unit: Unit) -> Client:
    return signed_in(app, unit.manager)


# registering


def test_a_guest_reads_who_may_buy_for_a_unit_before_signing_in(client: Client) -> None:
    assert 'href="/units">单位采购' in client.get("/rules").text
    page = client.get("/units")
    assert page.status_code == 200
    assert "谁可以来" in page.text
    assert 'href="/units/register">登录，登记单位' in page.text


def test_a_guest_is_led_through_the_login(client: Client) -> None:
    answer = client.get("/units/register")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/units/register")


def test_registering_leads_to_the_waiting_page_and_nothing_else(app: Flask) -> None:
    person = signed_in(app, builders.user())
    answer = post(person, "/units/register", {**FORM, "upload": paper()})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unit/profile")
    page = person.get("/unit/profile").text
    assert "审核中" in page
    assert "/unit/members" not in page
    assert person.get("/unit").headers["Location"] == "/unit/profile"
    for path in ("/unit/members", "/unit/pairings", "/unit/plan", "/unit/catalogue", "/unit/purchases"):
        assert person.get(path).status_code == 409, path
    with person.get("/unit/profile/paper") as answer:
        assert answer.data == PDF


def test_errors_stand_at_the_field_and_keep_what_was_typed(app: Flask) -> None:
    person = signed_in(app, builders.user())
    wrong = {**FORM, "uscc": FORM["uscc"][:-1] + ("0" if FORM["uscc"][-1] != "0" else "1"), "upload": paper()}
    answer = post(person, "/units/register", wrong)
    assert answer.status_code == 422
    assert 'id="uscc-error"' in answer.text
    assert "校验位不对" in answer.text
    assert 'value="示例中学（示例）"' in answer.text
    answer = post(person, "/units/register", FORM)
    assert answer.status_code == 422
    assert 'id="upload-error"' in answer.text
    answer = post(person, "/units/register", {**FORM, "region_code_2": "", "upload": paper()})
    assert 'id="region_code-error"' in answer.text


def test_without_script_the_next_level_of_the_place_is_no_error(app: Flask) -> None:
    person = signed_in(app, builders.user())
    answer = post(person, "/units/register", {**FORM, "region_code_2": "", "region_code_next": "1"})
    assert answer.status_code == 200
    assert "小寨路街道" in answer.text
    assert 'value="示例中学（示例）"' in answer.text


def test_a_returned_registration_is_corrected(app: Flask) -> None:
    actor = builders.user()
    person = signed_in(app, actor)
    post(person, "/units/register", {**FORM, "upload": paper()})
    found = load_actor(actor.user_id)
    assert found is not None
    unit_commands.decide_unit(builders.admin(), found.unit_ids[0], "return", "介绍信没有盖章")
    assert "介绍信没有盖章" in person.get("/unit/profile").text
    assert FORM["uscc"] in person.get("/unit/profile/correct").text
    answer = post(person, "/unit/profile/correct", {**FORM, "name": "示例第一中学（示例）"})
    assert answer.status_code == 302
    row = unit_queries.get_unit(found.unit_ids[0])
    assert (row.name, row.state) == ("示例第一中学（示例）", UnitState.SUBMITTED)


def test_contact_data_is_masked_for_the_other_members(app: Flask, unit: Unit, manager: Client) -> None:
    assert "19900001234" in manager.get("/unit/profile").text
    page = signed_in(app, unit.buyer).get("/unit/profile").text
    assert "19900001234" not in page
    assert "199****1234" in page
    answer = post(
        manager, "/unit/profile/contact", {"contact_name": "郑示平", "contact_mobile": "19900000999"}
    )
    assert answer.status_code == 302
    assert unit_queries.unit_contact(unit.id).mobile == "19900000999"


# several units


def test_one_works_for_one_unit_at_a_time(app: Flask) -> None:
    first, second, foreign = purchases.unit("甲（示例）"), purchases.unit("乙（示例）"), purchases.unit()
    person = builders.user(
        None, (Role.UNIT_MANAGER, ScopeKind.UNIT, first.id), (Role.UNIT_BUYER, ScopeKind.UNIT, second.id)
    )
    client = signed_in(app, person)
    assert "甲（示例）" in client.get("/unit/profile").text
    assert client.get("/unit/members/invite").status_code == 200
    assert post(client, "/unit/switch", {"unit_id": second.id}).status_code == 302
    assert "乙（示例） · 单位采购" in client.get("/unit/profile").text
    # a manager elsewhere is none here
    for path in ("/unit/members/invite", "/unit/plan", "/unit/profile/contact", "/unit/profile/correct"):
        assert client.get(path).status_code == 404, path
    assert post(client, "/unit/switch", {"unit_id": foreign.id}).status_code == 404
    assert post(client, "/unit/switch", {"unit_id": "x"}).status_code == 404


# members


def invited(client: Client, role: str = "unit_approver") -> str:
    answer = post(client, "/unit/members/invite", {"invitee": "食堂 王老师", "role": role})
    assert answer.status_code == 200
    found = re.search(r'id="link" value="([^"]+)"', answer.text)
    assert found
    return found[1]


def test_the_link_is_shown_once_and_works_once(app: Flask, unit: Unit, manager: Client) -> None:
    link = invited(manager)
    path = "/" + link.split("/", 3)[3]
    secret = path.rsplit("/", 1)[1]
    assert secret not in manager.get("/unit/members").text
    assert "食堂 王老师" in manager.get("/unit/members").text
    guest = app.test_client()
    page = guest.get(path).text
    assert "示例中学（示例）" in page
    assert "单位审批人" in page
    assert "noindex" in page
    assert f"next={path}" in page
    invitee = builders.user("invitee")
    client = signed_in(app, invitee)
    answer = post(client, f"{path}/accept")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unit")
    assert client.get("/unit").status_code == 200  # this browser goes on, with the role
    roles = [m.role for m in unit_queries.members_of_unit(unit.id) if m.user_id == invitee.user_id]
    assert roles == [Role.UNIT_APPROVER]
    assert "已经用过了" in app.test_client().get(path).text
    other = signed_in(app, builders.user())
    assert post(other, f"{path}/accept").status_code == 409


def test_a_new_member_registers_on_the_way(app: Flask, manager: Client) -> None:
    path = "/" + invited(manager).split("/", 3)[3]
    guest = app.test_client()
    page = guest.get("/register", query_string={"next": path}).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields = {
        "identifier": "wanglaoshi",
        "display_name": "王老师",
        "password": "very-good-1",
        "repeat": "very-good-1",
        "agreed": "y",
        "next": path,
        "csrf_token": token[1],
    }
    answer = guest.post("/register", data=fields)
    assert answer.headers["Location"] == path
    assert "接受邀请" in guest.get(path).text


@pytest.mark.parametrize("spoil", ["withdrawn", "expired"])
def test_a_spoilt_link_says_why(app: Flask, manager: Client, spoil: str) -> None:
    path = "/" + invited(manager).split("/", 3)[3]
    spoil_invitation(spoil)
    word = {"withdrawn": "已经被撤回", "expired": "已经过期"}[spoil]
    person = signed_in(app, builders.user())
    assert word in person.get(path).text
    assert "接受邀请" not in person.get(path).text
    assert post(person, f"{path}/accept").status_code == 409


@transactional
def spoil_invitation(how: str) -> None:
    row = db.session.scalars(select(Invitation)).one()
    if how == "withdrawn":
        row.withdrawn_at = clock.now()
    else:
        row.expires_at = clock.now() - timedelta(seconds=1)


def test_a_guessed_link_is_not_found(client: Client) -> None:
    assert client.get("/invitations/guessed").status_code == 404


def test_managers_change_and_end_roles_and_withdraw(app: Flask, unit: Unit, manager: Client) -> None:
    members = {m.user_id: m.assignment_id for m in unit_queries.members_of_unit(unit.id)}
    buyer = signed_in(app, unit.buyer)
    assert buyer.get("/unit/members").status_code == 200
    at = f"/unit/members/{members[unit.buyer.user_id]}"
    assert buyer.get(at).status_code == 403
    assert post(manager, f"{at}/change", {"role": "unit_finance"}).status_code == 302
    assert buyer.get("/unit/members").status_code == 302  # the session ended with the role
    at = f"/unit/members/{members[unit.approver.user_id]}/end"
    answer = post(manager, at, {"reason": "短"})
    assert answer.status_code == 422
    assert "至少 4 个字" in answer.text
    assert post(manager, at, {"reason": "调到别的单位"}).status_code == 302
    own = f"/unit/members/{members[unit.manager.user_id]}"
    assert "要由别的负责人来改" in manager.get(own).text
    answer = post(manager, f"{own}/end", {"reason": "调到别的单位"})
    assert answer.status_code == 422
    invited(manager)
    number = db.session.scalars(select(Invitation.id)).one()
    assert post(manager, f"/unit/invitations/{number}/withdraw").status_code == 302
    assert "食堂 王老师" not in manager.get("/unit/members").text


def test_a_suspended_unit_reads_and_invites_nobody_new_to_buy(
    app: Flask, unit: Unit, manager: Client
) -> None:
    purchases.suspend(unit.id)
    assert "负责人联系不上" in manager.get("/unit/profile").text
    page = manager.get("/unit")
    assert page.status_code == 200
    assert "暂停了本单位的采购" in page.text
    assert "填计划" not in page.text
    answer = post(manager, "/unit/plan", {"target_fen": "100", "no_canteen": "y"})
    assert answer.status_code == 422
    assert unit_queries.plans_of(unit.id) == {}
