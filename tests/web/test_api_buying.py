"""Buying by the API alone: as a guest, as a member, and as somebody who tries it on."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from marketplace.accounts.commands import change_password, end_all_sessions, register_user
from marketplace.kernel.db import db
from orders.ordering.models import Checkout, Order
from tests.factories import builders, order_builders
from tests.factories.coupons import coupon
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.logins import issue_token

BASE = "/api/v1"
ADDRESS = {
    "recipient": "王女士",
    "mobile": "19900001234",
    "street_code": builders.STREET,
    "detail": "示例小区 1 号楼",
}
KEY = "0b5c9a52-6a52-4bb1-a9a8-3b3f4c1a0001"
World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10)


def order_of(world: World, units: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "idempotency_key": KEY,
        "lines": [{"sku_id": world["sku"], "units": units}],
        "address": ADDRESS,
        "agree_fresh": True,
        "expected_total_fen": 2990 * units,
        **more,
    }


def placed() -> int:
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


def place(client: Client, body: Any, **headers: str) -> TestResponse:
    return client.post(f"{BASE}/checkouts", json=body, headers=headers)


def bearer(user_id: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(user_id).token}"}


def test_a_guest_buys_with_a_cart(client: Client, kiwi: World) -> None:
    products = client.get(f"{BASE}/products").get_json()["items"]
    assert [each["id"] for each in products] == [kiwi["listing"]]
    added = client.post(f"{BASE}/cart/lines", json={"sku_id": products[0]["skus"][0]["id"], "units": 1})
    assert added.status_code == 201
    cart = {"X-Cart-Token": added.headers["X-Cart-Token"]}
    assert added.get_json()["token"] == cart["X-Cart-Token"]
    line = f"{BASE}/cart/lines/{kiwi['sku']}"
    assert client.patch(line, json={"units": 2}, headers=cart).get_json()["goods_fen"] == 5980
    quote = client.post(f"{BASE}/quotes", json={"street_code": builders.STREET}, headers=cart).get_json()
    assert (quote["total_fen"], quote["needs_agree_fresh"]) == (5980, True)
    body = {**order_of(kiwi), "digest": quote["digest"], "expected_total_fen": quote["total_fen"]}
    del body["lines"]
    answer = place(client, body, **cart)
    assert answer.status_code == 201, answer.get_json()
    checkout = answer.get_json()
    assert (checkout["situation"], checkout["due_fen"]) == ("choose", 5980)
    assert client.get(f"{BASE}/cart", headers=cart).get_json()["lines"] == []
    address = f"{BASE}/checkouts/{checkout['token']}"
    paid = client.post(f"{address}/sandbox-payment", json={})
    assert (paid.status_code, paid.get_json()["situation"], paid.get_json()["due_fen"]) == (200, "paid", 0)
    assert client.post(f"{address}/sandbox-payment", json={}).get_json()["code"] == "payments.nothing_to_pay"
    order = client.get(address).get_json()["orders"][0]
    assert order["state"] == "released"
    income = order["income"]
    assert income["fen"] == income["booked_fen"] == 2 * (2990 // 2)
    assert [(each["village"]["name"], each["households"]) for each in income["villages"]] == [("群兴村", 1)]
    assert [each["state"] for each in income["villages"][0]["states"]] == ["accrued"]
    for secret in ("王女士", "19900001234", "示例小区", "王建国"):
        assert secret not in client.get(address).text


def test_a_guest_buys_without_a_cart_by_transfer(client: Client, kiwi: World) -> None:
    checkout = place(client, order_of(kiwi, method="transfer")).get_json()
    transfer = checkout["orders"][0]["transfer"]
    assert transfer["account"] == "6000000000000001"
    assert transfer["reference"].startswith("XF")
    refused = client.post(f"{BASE}/checkouts/{checkout['token']}/sandbox-payment")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "payments.nothing_to_pay")


def test_a_member_buys_and_reads_their_orders(client: Client, kiwi: World) -> None:
    actor, other = builders.user("xiaowang"), builders.user("laozhang")
    mine = bearer(actor.user_id)
    number = place(client, order_of(kiwi), **mine).get_json()["orders"][0]["number"]
    page = client.get(f"{BASE}/orders", headers=mine).get_json()
    assert ([each["number"] for each in page["items"]], page["next"]) == ([number], None)
    assert client.get(f"{BASE}/orders?state=done", headers=mine).get_json()["items"] == []
    assert client.get(f"{BASE}/orders/{number}", headers=mine).get_json() == page["items"][0]
    foreign = client.get(f"{BASE}/orders/{number}", headers=bearer(other.user_id))
    never = client.get(f"{BASE}/orders/{'1' * 17}", headers=bearer(other.user_id))
    assert (foreign.status_code, foreign.get_json()) == (404, never.get_json())
    token = db.session.scalar(select(Checkout.token))
    assert client.get(f"{BASE}/checkouts/{token}").status_code == 404
    assert client.get(f"{BASE}/orders/{number}").status_code == 401


def test_a_cart_of_before_joins_the_member_s(client: Client, kiwi: World) -> None:
    register_user("xiaowang", "a-long-password", "小王")
    cart = client.post(f"{BASE}/cart/lines", json={"sku_id": kiwi["sku"], "units": 3}).get_json()["token"]
    login = {"identifier": "xiaowang", "password": "a-long-password"}
    token = client.post(f"{BASE}/tokens", json=login, headers={"X-Cart-Token": cart}).get_json()["token"]
    mine = client.get(f"{BASE}/cart", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert ([line["units"] for line in mine["lines"]], mine["token"]) == ([3], None)
    assert client.get(f"{BASE}/cart", headers={"X-Cart-Token": cart}).get_json()["lines"] == []


# the same, again, and at once


def test_the_same_request_again_gives_the_same_checkout(client: Client, kiwi: World) -> None:
    first, again = place(client, order_of(kiwi)), place(client, order_of(kiwi))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert placed() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"lines": "another"},
        {"address": {**ADDRESS, "detail": "别处 2 号楼"}},
        {"address": {**ADDRESS, "mobile": "19900001235"}},
        {"method": "transfer"},
        {"expected_total_fen": 1},
    ],
    ids=["lines", "detail", "mobile", "method", "total"],
)
def test_the_same_key_for_something_else_is_refused(
    client: Client, kiwi: World, other: dict[str, Any]
) -> None:
    place(client, order_of(kiwi))
    if other.get("lines") == "another":
        other = {"lines": [{"sku_id": kiwi["sku"], "units": 1}], "expected_total_fen": 2990}
    refused = place(client, order_of(kiwi, **other))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.key_reused")
    assert "token" not in refused.get_json()
    assert placed() == 1


def test_a_key_belongs_to_who_sent_it(client: Client, kiwi: World) -> None:
    mine = place(client, order_of(kiwi), **bearer(builders.user("xiaowang").user_id))
    theirs = place(client, order_of(kiwi), **bearer(builders.user("laozhang").user_id))
    guest = place(client, order_of(kiwi))
    assert [each.status_code for each in (mine, theirs, guest)] == [201, 201, 201]
    assert len({each.get_json()["token"] for each in (mine, theirs, guest)}) == 3


# what is tried on


@pytest.mark.parametrize(
    "units", ["-1", "0", "1.5", "1e9", "NaN", '"1"', '"１"', "true", "null", "[1]", "9" * 5000]
)
def test_a_quantity_that_is_none_places_nothing(client: Client, kiwi: World, units: str) -> None:
    for path, body in (
        ("cart/lines", f'{{"sku_id": {kiwi["sku"]}, "units": {units}}}'),
        ("quotes", f'{{"lines": [{{"sku_id": {kiwi["sku"]}, "units": {units}}}]}}'),
    ):
        answer = client.post(f"{BASE}/{path}", data=body, content_type="application/json")
        assert answer.status_code in {400, 422}, answer.get_json()
        assert answer.content_type == "application/problem+json"
        if answer.status_code == 422:
            assert any(name.endswith("units") for name in answer.get_json()["errors"])


@pytest.mark.parametrize(
    "tampered",
    [
        {"price_fen": 1},
        {"total_fen": 1},
        {"user_id": 1},
        {"state": "paid"},
        {"discount_fen": 100},
        {"unit_id": 1},
        {"expected_total_fen": -1},
        {"expected_total_fen": 2990.0},
        {"expected_total_fen": True},
        {"method": "free"},
        {"idempotency_key": "short"},
        {"idempotency_key": "有汉字的键有汉字的键有汉字的键有汉字"},
        {"address_id": 1},
        {"address": None},
        {"address": []},
        {"remarks": {"x": "y"}},
        {"lines": []},
        {"lines": {}},
        {"agree_fresh": "yes"},
    ],
)
def test_a_field_that_is_not_ours_to_set_is_refused(
    client: Client, kiwi: World, tampered: dict[str, Any]
) -> None:
    answer = place(client, order_of(kiwi, **tampered))
    assert answer.status_code == 422, answer.get_json()
    assert answer.get_json()["errors"]
    assert placed() == 0


def test_a_price_in_a_line_is_refused(client: Client, kiwi: World) -> None:
    body = order_of(kiwi)
    body["lines"][0]["price_fen"] = 1
    assert place(client, body).get_json()["errors"] == {"lines.0.price_fen": ["没有这一项。"]}


def test_an_sku_nobody_has_is_not_found(client: Client, kiwi: World) -> None:
    for sku in (999_999, 2**31 - 1):
        body = order_of(kiwi, lines=[{"sku_id": sku, "units": 1}])
        assert place(client, body).status_code == 404
        line = {"sku_id": sku, "units": 1}
        assert client.post(f"{BASE}/cart/lines", json=line).get_json()["code"] == "cart.unknown_sku"


def test_a_changed_price_is_told_with_the_new_quote_and_places_nothing(client: Client, kiwi: World) -> None:
    order_builders.freight_rule(kiwi["supplier"], first_fen=900, next_fen=100)
    refused = place(client, order_of(kiwi))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.changed")
    quote = refused.get_json()["quote"]
    assert quote["freight_fen"] > 0
    assert quote["total_fen"] == 5980 + quote["freight_fen"]
    assert placed() == 0
    stale = place(client, order_of(kiwi, expected_total_fen=quote["total_fen"], digest="0" * 32))
    assert stale.status_code == 409
    again = order_of(kiwi, expected_total_fen=quote["total_fen"], digest=quote["digest"])
    assert place(client, again).status_code == 201


def test_coupons_are_offered_chosen_and_taken_off(client: Client, kiwi: World) -> None:
    shared, own = coupon(off_fen=300), coupon(kiwi["supplier"])
    ask = {"lines": [{"sku_id": kiwi["sku"], "units": 2}], "street_code": builders.STREET}
    quote = client.post(f"{BASE}/quotes", json=ask).get_json()
    assert [(each["id"], each["supplier_id"], each["why_not"]) for each in quote["offers"]] == [
        (own, kiwi["supplier"], None),
        (shared, None, None),
    ]
    assert (quote["discount_fen"], quote["total_fen"]) == (0, 5_980)
    chosen = client.post(f"{BASE}/quotes", json={**ask, "coupons": [own, shared]}).get_json()
    (supplier,) = chosen["suppliers"]
    assert (chosen["discount_fen"], chosen["total_fen"], supplier["subsidy_fen"]) == (800, 5_180, 300)
    body = order_of(kiwi, coupons=[own, shared], expected_total_fen=5_180, digest=chosen["digest"])
    order = place(client, body).get_json()["orders"][0]
    assert (order["discount_fen"], order["total_fen"]) == (800, 5_180)
    again = place(client, {**body, "idempotency_key": KEY[::-1]})
    problem = again.get_json()
    assert (again.status_code, problem["code"]) == (409, "coupons.yours_used")
    assert {each["why_not"] for each in problem["quote"]["offers"]} == {"yours_used"}
    assert (problem["quote"]["total_fen"], placed()) == (5_980, 1)


def test_a_coupon_with_a_code_is_only_for_who_writes_it(client: Client, kiwi: World) -> None:
    secret = coupon(code="WEJQU2926")
    ask = {"lines": [{"sku_id": kiwi["sku"], "units": 2}]}
    assert client.post(f"{BASE}/quotes", json=ask).get_json()["offers"] == []
    refused = client.post(f"{BASE}/quotes", json={**ask, "coupons": [secret]})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "coupons.not_now")
    refused = place(client, order_of(kiwi, coupons=[secret], expected_total_fen=5_480))
    assert (refused.status_code, placed()) == (409, 0)
    known: dict[str, Any] = {"coupons": [secret], "coupon_code": "wejqu 2926"}
    assert client.post(f"{BASE}/quotes", json={**ask, **known}).get_json()["total_fen"] == 5_480
    assert place(client, order_of(kiwi, expected_total_fen=5_480, **known)).status_code == 201


def test_sold_out_is_said(client: Client, kiwi: World) -> None:
    order_builders.placed_orders({kiwi["sku"]: 10})
    refused = place(client, order_of(kiwi))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.sold_out")
    assert refused.get_json()["quote"]["left_out"][0]["state"] == "sold_out"


def test_fresh_goods_and_addresses_are_said_at_their_field(client: Client, kiwi: World) -> None:
    assert place(client, order_of(kiwi, agree_fresh=False)).get_json()["errors"].keys() == {"agree_fresh"}
    county = {**ADDRESS, "street_code": builders.COUNTY}
    assert place(client, order_of(kiwi, address=county)).get_json()["errors"].keys() == {
        "address.street_code"
    }
    phone = {**ADDRESS, "mobile": "12345678901"}
    assert place(client, order_of(kiwi, address=phone)).get_json()["errors"].keys() == {"address.mobile"}
    order_builders.freight_rule(kiwi["supplier"], is_excluded=True, province_code="610000000000")
    assert place(client, order_of(kiwi)).get_json()["errors"].keys() == {"address.street_code"}
    assert placed() == 0


def test_another_s_cart_and_address_open_nothing(client: Client, kiwi: World) -> None:
    actor = builders.user("xiaowang")
    client.post(f"{BASE}/cart/lines", json={"sku_id": kiwi["sku"], "units": 1}, headers=bearer(actor.user_id))
    body = order_of(kiwi, address_id=1)
    del body["address"]
    assert place(client, body, **bearer(actor.user_id)).status_code == 404
    assert place(client, body).get_json()["errors"].keys() == {"address_id"}
    assert client.get(f"{BASE}/cart", headers={"X-Cart-Token": "x" * 300}).get_json()["lines"] == []
    assert client.delete(f"{BASE}/cart/lines/{kiwi['sku']}").status_code == 404


# tokens


def test_a_token_is_got_used_and_ended(client: Client, app: Flask) -> None:
    user_id = register_user("xiaowang", "a-long-password", "小王")
    login = {"identifier": "xiaowang", "password": "a-long-password"}
    answer = client.post(f"{BASE}/tokens", json=login)
    assert (answer.status_code, answer.get_json()["token_type"]) == (201, "Bearer")
    mine = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    assert client.get(f"{BASE}/orders", headers=mine).status_code == 200
    assert client.delete(f"{BASE}/tokens/current", headers=mine).status_code == 204
    assert client.get(f"{BASE}/orders", headers=mine).status_code == 401
    ends: list[Callable[[], None]] = [
        lambda: change_password(user_id, "a-long-password", "another-password"),
        lambda: end_all_sessions(user_id, None, "accounts.sessions_end"),
    ]
    for end in ends:
        mine = bearer(user_id)
        assert client.get(f"{BASE}/orders", headers=mine).status_code == 200
        end()
        refused = client.get(f"{BASE}/products", headers=mine)
        assert refused.status_code == 401
        assert "error=invalid_token" in refused.headers["WWW-Authenticate"]


def test_a_token_runs_out(client: Client, app: Flask, freeze: Any) -> None:
    actor = builders.user("xiaowang")
    traveller = freeze("2026-11-24 10:00")
    mine = bearer(actor.user_id)
    traveller.shift(29 * 86400)
    assert client.get(f"{BASE}/orders", headers=mine).status_code == 200
    traveller.shift(2 * 86400)
    assert client.get(f"{BASE}/orders", headers=mine).status_code == 401


def test_unknown_and_wrong_are_answered_alike_and_too_many_wait(client: Client, app: Flask) -> None:
    register_user("xiaowang", "a-long-password", "小王")
    wrong = client.post(f"{BASE}/tokens", json={"identifier": "xiaowang", "password": "not-it-at-all"})
    unknown = client.post(f"{BASE}/tokens", json={"identifier": "nobody", "password": "not-it-at-all"})
    assert (wrong.status_code, wrong.get_json()) == (422, unknown.get_json())
    for _ in range(8):
        client.post(f"{BASE}/tokens", json={"identifier": "xiaowang", "password": "not-it-at-all"})
    waits = client.post(f"{BASE}/tokens", json={"identifier": "xiaowang", "password": "a-long-password"})
    assert (waits.status_code, waits.get_json()["code"], waits.headers["Retry-After"]) == (
        429,
        "accounts.wait",
        "900",
    )


@pytest.mark.parametrize(
    "header",
    ["Bearer x", "Bearer", "Basic eHg6eHg=", "Basic !", "bearer  a b", "x" * 5000, "Bearer \xff\xfe"],
)
def test_a_strange_token_is_refused_everywhere(client: Client, header: str) -> None:
    for path in ("products", "orders", "cart"):
        answer = client.get(f"{BASE}/{path}", headers={"Authorization": header})
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_a_cookie_speaks_for_nobody(client: Client, kiwi: World) -> None:
    """Else any page on the web could make a signed-in browser buy: the API asks for no form token."""
    actor = builders.user("xiaowang")
    builders.sign_in(client, actor)
    assert client.get(f"{BASE}/orders").status_code == 401
    place(client, order_of(kiwi))
    assert db.session.scalars(select(Order.user_id)).all() == [None]


def test_what_a_purchase_costs_in_statements(client: Client, kiwi: World) -> None:
    with statements() as sent:
        assert place(client, order_of(kiwi)).status_code == 201
    assert len(sent) <= 40
    with statements() as sent:
        client.get(f"{BASE}/products")
    assert len(sent) <= 4
