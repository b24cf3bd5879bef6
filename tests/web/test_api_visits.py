"""Visits by the API alone: a day is found, priced, booked once, paid and read with its code."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from catalog.visits import commands as visits
from catalog.visits.queries import days_of
from catalog.visits.rules import DayPlan, Month
from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.ordering.models import Order
from orders.refunds.commands import cancel_order
from orders.visits import commands as bookings
from tests.factories import builders, order_builders, sales
from tests.factories.coupons import coupon
from tests.factories.visits import (
    OFFER,
    PRICE,
    SHARE_BP,
    booked,
    code_of,
    early_in_the_morning,
    in_days,
    orchard,
    sku_on,
)
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.logins import issue_token

BASE = "/api/v1"
KEY = "0b5c9a52-6a52-4bb1-a9a8-3b3f4c1a0002"
World = dict[str, int]


@pytest.fixture(autouse=True)
def _early(app: Flask) -> Iterator[None]:
    with early_in_the_morning():
        yield


@pytest.fixture
def garden(app: Flask) -> World:
    return orchard()


def all_dates(client: Client, listing: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    path = f"{BASE}/products/{listing}/dates"
    while path:
        page = client.get(path).get_json()
        found += page["items"]
        path = (page["next"] or "").removeprefix("http://localhost")
    return found


# finding a day


def test_a_listing_says_that_it_is_a_visit_and_how(client: Client, garden: World) -> None:
    kiwi = builders.saleable()
    listed = {each["id"]: each for each in client.get(f"{BASE}/products").get_json()["items"]}
    row = listed[garden["listing"]]
    assert (row["is_visit"], row["skus"], row["price_fen"]) == (True, [], PRICE)
    assert (listed[kiwi["listing"]]["is_visit"], len(listed[kiwi["listing"]]["skus"])) == (False, 1)
    whole = client.get(f"{BASE}/products/{garden['listing']}").get_json()
    assert whole["visit"] == {name: getattr(OFFER, name) for name in OFFER.__slots__}
    assert client.get(f"{BASE}/products/{kiwi['listing']}").get_json()["visit"] is None
    assert client.get(f"{BASE}/products/{kiwi['listing']}/dates").status_code == 404


def test_the_calendar_says_price_places_and_hours_by_month(client: Client, garden: World) -> None:
    listing, host = garden["listing"], builders.owner_of(garden["supplier"])
    booked(listing, in_days(1), 3, pay=False)
    visits.set_days(host, listing, {in_days(70): DayPlan(9900, 2)})
    visits.close_days(host, listing, [in_days(2)])
    found = {each["on"]: each for each in all_dates(client, listing)}
    assert list(found) == [in_days(days).isoformat() for days in (0, 1, 3, 4, 70)]
    first = found[in_days(1).isoformat()]
    begins = clock.local_day_start(in_days(1)) + timedelta(hours=9)
    assert first == {
        "sku_id": sku_on(listing, in_days(1)),
        "on": in_days(1).isoformat(),
        "price_fen": PRICE,
        "income_fen": PRICE * SHARE_BP // 10_000,
        "left": 7,
        "can_be_booked": True,
        "begins_at": begins.isoformat(),
        "free_until": (begins - timedelta(hours=24)).isoformat(),
    }
    assert found[in_days(70).isoformat()]["price_fen"] == 9900
    month = Month.of(in_days(70)).code
    one = client.get(f"{BASE}/products/{listing}/dates?month={month}").get_json()
    assert ([each["on"] for each in one["items"]], one["next"]) == ([in_days(70).isoformat()], None)
    with clock.turned_to(clock.now() + timedelta(hours=3)):
        assert all_dates(client, listing)[0]["can_be_booked"] is False, "today has begun"
    for month in ("2026-13", "1999-01", "2026-1", "x"):
        assert client.get(f"{BASE}/products/{listing}/dates?month={month}").status_code == 422
    with statements() as sent:
        client.get(f"{BASE}/products/{listing}/dates")
    assert len(sent) <= 4


# pricing and booking it


def until(days: int) -> str:
    begins = clock.local_day_start(in_days(days)) + timedelta(hours=OFFER.begins_hour - OFFER.free_hours)
    return begins.isoformat()


def booking_of(garden: World, days: int = 2, units: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "idempotency_key": KEY,
        "sku_id": sku_on(garden["listing"], in_days(days)),
        "units": units,
        "recipient": "王示游",
        "mobile": "19900000777",
        "agreed_free_until": until(days),
        "expected_total_fen": PRICE * units,
        **more,
    }


def ask_for(garden: World, days: int = 2, units: int = 2, **more: Any) -> dict[str, Any]:
    return {"sku_id": sku_on(garden["listing"], in_days(days)), "units": units, **more}


def price(client: Client, body: Any) -> TestResponse:
    return client.post(f"{BASE}/visits/quotes", json=body)


def book(client: Client, body: Any, **headers: str) -> TestResponse:
    return client.post(f"{BASE}/visits/checkouts", json=body, headers=headers)


def bearer(user_id: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(user_id).token}"}


def placed() -> int:
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


def left(garden: World, days: int) -> int:
    return next(row.left for row in days_of(garden["listing"]) if row.on == in_days(days))


def test_a_guest_prices_books_pays_and_reads_the_code(client: Client, garden: World) -> None:
    answer = price(client, ask_for(garden))
    assert answer.status_code == 200, answer.get_json()
    quote = answer.get_json()
    assert (quote["total_fen"], quote["freight_fen"], quote["income_fen"]) == (
        2 * PRICE,
        0,
        2 * PRICE * SHARE_BP // 10_000,
    )
    assert [each["freight_fen"] for each in quote["suppliers"]] == [0]
    terms = quote["visit"]
    assert (terms["on"], terms["free_until"], terms["is_free"]) == (in_days(2).isoformat(), until(2), True)
    assert (terms["region"]["code"], terms["address"]) == ("610124103000", OFFER.address)
    body = booking_of(garden, digest=quote["digest"], agreed_free_until=terms["free_until"])
    made = book(client, body)
    assert made.status_code == 201, made.get_json()
    checkout = made.get_json()
    assert (checkout["situation"], checkout["due_fen"]) == ("choose", 2 * PRICE)
    visit = checkout["orders"][0]["visit"]
    assert (visit["state"], visit["code"], left(garden, 2)) == ("unpaid", None, 8)
    address = f"{BASE}/checkouts/{checkout['token']}"
    paid = client.post(f"{address}/sandbox-payment", json={}).get_json()
    order = paid["orders"][0]
    order_id = db.session.scalars(select(Order.id)).one()
    code = code_of(order_id)
    assert order["visit"] == {
        "on": in_days(2).isoformat(),
        "state": "expected",
        "units": 2,
        "unit": "人",
        "code": code,
        "redeemed_at": None,
        "free_until": until(2),
        "is_free": True,
        "region": terms["region"],
        "address": OFFER.address,
        "phone": OFFER.phone,
        "hours": OFFER.hours,
    }
    assert order["income"]["booked_fen"] == 2 * PRICE * SHARE_BP // 10_000
    for secret in ("王示游", "19900000777"):
        assert secret not in client.get(address).text
    with clock.turned_to(clock.local_day_start(in_days(2)) + timedelta(hours=10)):
        bookings.redeem(builders.owner_of(garden["supplier"]), garden["supplier"], code)
        visit = client.get(address).get_json()["orders"][0]["visit"]
    assert (visit["state"], visit["is_free"], visit["redeemed_at"] is None) == ("made", False, False)


def test_a_member_s_code_is_the_member_s_alone_and_gone_once_it_was_given_back(
    client: Client, garden: World
) -> None:
    actor, other = builders.user("xiaowang"), builders.user("laozhang")
    mine = bearer(actor.user_id)
    checkout = book(client, booking_of(garden), **mine).get_json()
    number = checkout["orders"][0]["number"]
    client.post(f"{BASE}/checkouts/{checkout['token']}/sandbox-payment", json={}, headers=mine)
    page = client.get(f"{BASE}/orders?state=visit", headers=mine).get_json()
    order_id = db.session.scalars(select(Order.id)).one()
    assert [each["visit"]["code"] for each in page["items"]] == [code_of(order_id)]
    assert client.get(f"{BASE}/orders?state=ship", headers=mine).get_json()["items"] == []
    assert client.get(f"{BASE}/orders/{number}", headers=bearer(other.user_id)).status_code == 404
    assert client.get(f"{BASE}/checkouts/{checkout['token']}").status_code == 404
    cancel_order(*sales.buyer_of(order_id), "下雨")
    visit = client.get(f"{BASE}/orders/{number}", headers=mine).get_json()["visit"]
    assert (visit["state"], visit["code"], visit["is_free"], left(garden, 2)) == (
        "cancelled",
        None,
        False,
        10,
    )


def test_an_order_of_goods_is_no_visit(client: Client) -> None:
    kiwi = builders.saleable()
    actor = builders.user("xiaowang")
    order_builders.placed_orders({kiwi["sku"]: 1}, user_id=actor.user_id)
    (order,) = client.get(f"{BASE}/orders", headers=bearer(actor.user_id)).get_json()["items"]
    assert order["visit"] is None


# the same, again


def test_the_same_request_again_gives_the_same_booking_even_after_the_day_has_begun(
    client: Client, garden: World
) -> None:
    first, again = book(client, booking_of(garden, 0)), book(client, booking_of(garden, 0))
    assert (first.status_code, again.status_code) == (201, 200), again.get_json()
    assert first.get_json() == again.get_json()
    with clock.turned_to(clock.now() + timedelta(hours=3)):
        assert book(client, booking_of(garden, 0)).status_code == 200
        late = book(client, booking_of(garden, 0, idempotency_key=KEY[::-1]))
    assert (late.status_code, late.get_json()["code"], placed()) == (409, "visits.over", 1)


@pytest.mark.parametrize(
    "other",
    [
        {"units": 3, "expected_total_fen": 3 * PRICE},
        {"sku_id": "another"},
        {"recipient": "李示梅"},
        {"mobile": "19900000778"},
        {"method": "transfer"},
        {"expected_total_fen": 1},
    ],
    ids=["units", "day", "who", "mobile", "method", "total"],
)
def test_the_same_key_for_something_else_is_refused(
    client: Client, garden: World, other: dict[str, Any]
) -> None:
    book(client, booking_of(garden))
    if other.get("sku_id") == "another":
        other = {"sku_id": sku_on(garden["listing"], in_days(3)), "agreed_free_until": until(3)}
    refused = book(client, booking_of(garden, **other))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.key_reused")
    assert placed() == 1


# what is refused


@pytest.mark.parametrize(
    ("tampered", "field"),
    [
        ({"price_fen": 1}, "price_fen"),
        ({"address": {}}, "address"),
        ({"units": 0}, "units"),
        ({"units": OFFER.most_units + 1}, "units"),
        ({"recipient": ""}, "recipient"),
        ({"mobile": "12345678901"}, "mobile"),
        ({"agreed_free_until": None}, "agreed_free_until"),
        ({"agreed_free_until": "2026-12-01T09:00:00"}, "agreed_free_until"),
        ({"method": "free"}, "method"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Client, garden: World, tampered: dict[str, Any], field: str
) -> None:
    answer = book(client, booking_of(garden, **tampered))
    assert answer.status_code == 422, answer.get_json()
    assert field in answer.get_json()["errors"]
    assert placed() == 0


def test_goods_are_not_booked_and_visits_are_not_priced_as_goods(client: Client, garden: World) -> None:
    kiwi = builders.saleable()
    for sku in (kiwi["sku"], 999_999):
        assert price(client, {"sku_id": sku, "units": 1}).status_code == 404
        assert book(client, booking_of(garden, sku_id=sku)).status_code == 404
    lines = {"lines": [ask_for(garden)]}
    refused = client.post(f"{BASE}/quotes", json={**lines, "street_code": builders.STREET})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "visits.by_date")
    assert placed() == 0


def test_what_changed_since_it_was_seen_is_told_with_the_new_quote(client: Client, garden: World) -> None:
    listing, host = garden["listing"], builders.owner_of(garden["supplier"])
    visits.set_days(host, listing, {in_days(2): DayPlan(PRICE + 100, 10)})
    refused = book(client, booking_of(garden))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.changed")
    assert refused.get_json()["quote"]["total_fen"] == 2 * PRICE + 200
    visits.save_offer(host, listing, replace(OFFER, free_hours=48))
    stale = book(client, booking_of(garden, expected_total_fen=2 * PRICE + 200))
    assert (stale.status_code, stale.get_json()["code"]) == (409, "visits.terms_changed")
    agreed = stale.get_json()["quote"]["visit"]["free_until"]
    assert agreed != until(2)
    assert placed() == 0
    again = booking_of(garden, expected_total_fen=2 * PRICE + 200, agreed_free_until=agreed)
    assert book(client, again).status_code == 201


def test_a_full_day_is_said_with_what_is_left(client: Client, garden: World) -> None:
    booked(garden["listing"], in_days(2), 6)
    booked(garden["listing"], in_days(2), 3)
    assert price(client, ask_for(garden)).get_json()["left_out"][0]["state"] == "too_few"
    refused = book(client, booking_of(garden))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.gone")
    booked(garden["listing"], in_days(2), 1)
    refused = book(client, booking_of(garden))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "checkout.sold_out")
    assert refused.get_json()["quote"]["left_out"][0]["state"] == "sold_out"


def test_coupons_are_offered_taken_off_and_freed(client: Client, garden: World) -> None:
    own, secret = coupon(garden["supplier"]), coupon(off_fen=300, code="WEJQU2926")
    offers = price(client, ask_for(garden)).get_json()["offers"]
    assert [(each["id"], each["why_not"]) for each in offers] == [(own, None)]
    chosen: dict[str, Any] = {"coupons": [own, secret], "coupon_code": "wejqu 2926"}
    refused = price(client, ask_for(garden, coupons=[secret]))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "coupons.not_now")
    quote = price(client, ask_for(garden, **chosen)).get_json()
    assert (quote["discount_fen"], quote["total_fen"]) == (800, 2 * PRICE - 800)
    body = booking_of(garden, expected_total_fen=2 * PRICE - 800, digest=quote["digest"], **chosen)
    order = book(client, body).get_json()["orders"][0]
    assert (order["discount_fen"], order["total_fen"]) == (800, 2 * PRICE - 800)
    again = book(client, {**body, "idempotency_key": KEY[::-1]})
    assert (again.status_code, again.get_json()["code"]) == (409, "coupons.yours_used")
    assert again.get_json()["quote"]["total_fen"] == 2 * PRICE


def test_what_a_booking_costs_in_statements(client: Client, garden: World) -> None:
    with statements() as sent:
        assert price(client, ask_for(garden)).status_code == 200
    assert len(sent) <= 8
    with statements() as sent:
        assert book(client, booking_of(garden)).status_code == 201
    assert len(sent) <= 42
