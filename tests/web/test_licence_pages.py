"""A changed licence as people meet it: asked on the supplier's page, held against the paper at the platform's desk."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.policies import Actor
from marketplace.parties import queries
from marketplace.parties.licence_change_queries import licence_changes_of
from tests.factories import builders, suppliers
from tests.support.clients import Client
from tests.support.counting import statements

FIELDS = {
    "name": "秦岭果业联合社（示例）",
    "uscc": suppliers.USCC,
    "village_code_1": builders.COUNTY,
    "village_code_2": builders.TOWN,
    "village_code_3": builders.VILLAGE_OF_SAME_TOWN,
}
PATH = "/supplier/papers/licence"


def signed_in(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def post(client: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/my/password").text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **(fields or {})})


def licence() -> tuple[BytesIO, str]:
    return BytesIO(suppliers.PDF), "licence.pdf"


@pytest.fixture
def admin(app: Flask) -> Client:
    return signed_in(app, builders.admin())


def test_it_is_asked_and_confirmed(app: Flask, admin: Client) -> None:
    coop = builders.supplier(name="旧名合作社（示例）")
    client = signed_in(app, builders.owner_of(coop))
    assert client.get("/supplier/papers/profile").headers["Location"].endswith(PATH)
    assert PATH in client.get("/supplier/papers").text
    refused = post(client, PATH, FIELDS)
    assert (refused.status_code, 'id="proof-error"' in refused.text) == (422, True)
    assert FIELDS["name"] in refused.text, "what was typed is kept"
    assert post(client, PATH, {**FIELDS, "proof": licence()}).status_code == 302
    page = client.get(PATH).text
    assert "等平台核对" in page
    assert "旧名合作社（示例）" in page
    [change] = licence_changes_of(coop)
    path = f"/admin/licence-changes/{change.id}"
    assert "旧名合作社（示例）" in admin.get("/admin/licence-changes").text
    assert "变更登记资料等核对" in admin.get("/admin").text
    shown = admin.get(path).text
    assert FIELDS["name"] in shown
    assert "金盆村" in shown
    with admin.get(f"{path}/proof") as paper:
        assert paper.data == suppliers.PDF
    assert client.get(path).status_code == 403
    assert post(admin, path, {"answer": "refuse", "reason": ""}).status_code == 422
    assert post(admin, path, {"answer": "confirm"}).status_code == 302
    assert queries.get_supplier(coop).name == FIELDS["name"]
    assert post(admin, path, {"answer": "confirm"}).status_code == 409
    assert post(client, f"{PATH}/withdraw").status_code == 409
    assert "已变更" in client.get(PATH).text


def test_it_is_sent_back_with_a_reason_and_taken_back(app: Flask, admin: Client) -> None:
    coop = builders.supplier(name="旧名合作社（示例）")
    client = signed_in(app, builders.owner_of(coop))
    post(client, PATH, {**FIELDS, "proof": licence()})
    [change] = licence_changes_of(coop)
    path = f"/admin/licence-changes/{change.id}"
    assert post(admin, path, {"answer": "refuse", "reason": "照片看不清，请重拍"}).status_code == 302
    assert "照片看不清，请重拍" in client.get(PATH).text
    post(client, PATH, {**FIELDS, "proof": licence()})
    assert post(client, f"{PATH}/withdraw").status_code == 302
    assert queries.get_supplier(coop).name == "旧名合作社（示例）"


def test_the_list_asks_no_more_for_many(app: Flask, admin: Client) -> None:
    counts = []
    for more in (1, 6):
        for _ in range(more):
            coop = builders.supplier()
            fields = {**FIELDS, "uscc": queries.get_supplier(coop).uscc, "proof": licence()}
            assert post(signed_in(app, builders.owner_of(coop)), PATH, fields).status_code == 302
        admin.get("/admin/licence-changes")
        with statements() as sent:
            assert admin.get("/admin/licence-changes").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 12
