"""The platform's desk: roles with a reason, records for those who audit, parameters with their ground."""

import re
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import grants_of, load_actor
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from tests.factories import builders
from tests.support.clients import Client


def signed_in(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def post(client: Client, path: str, **fields: str) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/my/password").text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **fields})


@pytest.fixture
def boss(app: Flask) -> Actor:
    return builders.admin("boss")


@pytest.fixture
def admin(app: Flask, boss: Actor) -> Client:
    return signed_in(app, boss)


@pytest.fixture
def clerk(app: Flask) -> Actor:
    return builders.user("clerk")


REGION = {"region_1": builders.CITY, "region_2": builders.COUNTY, "region_3": builders.TOWN}


def test_an_official_gets_a_region_by_picker(admin: Client, clerk: Actor) -> None:
    path = f"/admin/users/{clerk.user_id}"
    assert post(admin, f"{path}/roles", role="official", reason="任职文件 3 号", **REGION).status_code == 302
    now = load_actor(clerk.user_id)
    assert now is not None
    assert now.official_regions == [builders.TOWN]
    assert "马召镇" in admin.get(path).text
    assignment = grants_of({clerk.user_id})[clerk.user_id][0].id
    assert post(admin, f"{path}/roles/{assignment}/revoke", **{"account-reason": ""}).status_code == 422
    assert (
        post(admin, f"{path}/roles/{assignment}/revoke", **{"account-reason": "调离岗位"}).status_code == 302
    )
    assert grants_of({clerk.user_id})[clerk.user_id] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"role": "official"}, "请选西安市"),
        ({"role": "official", "region_1": "610200000000"}, "请选西安市"),
        ({"role": "official", **REGION, "reason": ""}, "请写明依据"),
        ({"role": "official", **REGION, "reason": "x"}, "请写明原因"),
        ({"role": "supplier_owner", "target": "no-such"}, "没有找到这家供应商"),
        ({"role": "household", "target": ""}, "没有找到这一户"),
    ],
)
def test_a_role_without_ground_or_scope_is_not_given(
    admin: Client, clerk: Actor, fields: dict[str, str], words: str
) -> None:
    response = post(admin, f"/admin/users/{clerk.user_id}/roles", **{"reason": "任职文件 3 号", **fields})
    assert response.status_code == 422
    assert words in response.text
    assert grants_of({clerk.user_id})[clerk.user_id] == []


def test_roles_within_a_supplier_and_a_household(admin: Client, clerk: Actor) -> None:
    supplier_id = builders.supplier()
    household_id = builders.household()
    from marketplace.parties.queries import get_supplier, household_card

    uscc, code = get_supplier(supplier_id).uscc, household_card(household_id).code
    path = f"/admin/users/{clerk.user_id}/roles"
    post(admin, path, role="supplier_staff", target=str(uscc), reason="合作社来函")
    post(admin, path, role="household", target=code, reason="村里来函")
    found = {(g.role, g.scope_kind, g.scope_id) for g in grants_of({clerk.user_id})[clerk.user_id]}
    assert found == {
        (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, str(supplier_id)),
        (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, str(household_id)),
    }


def test_an_admin_changes_nothing_about_the_own_account(admin: Client, boss: Actor) -> None:
    path = f"/admin/users/{boss.user_id}"
    refused = post(admin, f"{path}/roles", role="finance", reason="我也管财务")
    assert (refused.status_code, "不能改自己" in refused.text) == (403, True)
    assert post(admin, f"{path}/disable", **{"account-reason": "不干了不干了"}).status_code == 403
    assert [grant.role for grant in grants_of({boss.user_id})[boss.user_id]] == [Role.ADMIN]


def test_disabling_ends_the_persons_session(app: Flask, admin: Client, clerk: Actor) -> None:
    theirs = signed_in(app, clerk)
    assert theirs.get("/my/password").status_code == 200
    path = f"/admin/users/{clerk.user_id}"
    assert post(admin, f"{path}/disable", **{"account-reason": "账号被盗"}).status_code == 302
    assert theirs.get("/my/password").status_code == 302
    assert "已停用" in admin.get("/admin/users?enabled=no").text


@pytest.mark.parametrize(
    "query", ["q=clerk", "role=admin", "enabled=yes", "page=10000000000", "q=%25_%27", "role=x"]
)
def test_users_are_found(admin: Client, clerk: Actor, query: str) -> None:
    assert admin.get(f"/admin/users?{query}").status_code == 200


def test_a_person_is_found_by_a_whole_mobile_number_only(admin: Client) -> None:
    from marketplace.accounts.commands import register_user

    register_user("19900001234", "orchard-in-spring", "王示例")
    assert "王示例" in admin.get("/admin/users?q=19900001234").text
    assert "王示例" not in admin.get("/admin/users?q=1990000").text


def test_who_audits_sees_the_records_and_nothing_else(app: Flask, admin: Client, clerk: Actor) -> None:
    post(admin, f"/admin/users/{clerk.user_id}/roles", role="official", reason="任职文件 3 号", **REGION)
    auditor = signed_in(app, builders.user("auditor", (Role.AUDITOR, ScopeKind.PLATFORM, "")))
    assert "任职文件 3 号" in auditor.get("/admin/audit").text
    assert "任职文件 3 号" in auditor.get("/admin/audit?who=boss&area=accounts&since=2020-01-01").text
    assert "任职文件 3 号" not in auditor.get("/admin/audit?until=2020-01-01").text
    assert "任职文件 3 号" not in auditor.get("/admin/audit?who=nobody").text
    for path in ("/admin", "/admin/users", "/admin/suppliers", "/admin/parameters"):
        assert auditor.get(path).status_code == 403
    assert auditor.get("/admin/audit?since=2020-99-99&page=x").status_code == 200


def test_a_parameter_changes_with_its_ground_only(app: Flask, admin: Client) -> None:
    path = f"/admin/parameters/{SHIP_WITHIN_HOURS.key}"
    for value, source in (
        ("24", ""),
        ("24", "x"),
        ("-1", "市局文件 5 号"),
        ("1.5", "市局文件 5 号"),
        ("", "市局文件 5 号"),
    ):
        assert post(admin, path, value=value, source=source).status_code == 422
    assert SHIP_WITHIN_HOURS.get() == 48
    assert post(admin, path, value="24", source="市局文件〔2026〕5 号").status_code == 302
    page = admin.get("/admin/parameters").text
    assert "市局文件〔2026〕5 号" in page
    from flask import g

    g.pop("parameters", None)
    assert SHIP_WITHIN_HOURS.get() == 24
    assert admin.get("/admin/parameters/no.such").status_code == 404
