"""Visits by the API alone: a day is found, priced, booked once, paid and read with its code."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from catalog.visits import commands as visits
from catalog.visits.rules import DayPlan, Month
from marketplace.kernel import clock
from tests.factories import builders
from tests.factories.visits import OFFER, PRICE, SHARE_BP, booked, in_days, orchard, sku_on
from tests.support.clients import Client
from tests.support.counting import statements

BASE = "/api/v1"
World = dict[str, int]


@pytest.fixture(autouse=True)
def _early_in_the_morning(app: Flask) -> Iterator[None]:
    """Seven o'clock, two hours before today's visits begin."""
    with clock.turned_to(clock.local_day_start(clock.today()) + timedelta(hours=7)):
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
