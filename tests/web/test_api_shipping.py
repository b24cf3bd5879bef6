"""A supplier's program tells where parcels are; the buyer's program reads it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.fulfilment.commands import ship
from orders.ordering.models import Order
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client
from tests.support.logins import issue_token

BASE = "/api/v1"
NUMBER = "SF1234567890123"
World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10)


@pytest.fixture
def coop(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


@pytest.fixture
def buyer(kiwi: World, coop: Actor) -> int:
    """Who bought two boxes, one of which is on its way."""
    user_id = builders.user().user_id
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 2}, user_id=user_id)
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    ship(coop, order_id, "顺丰速运", NUMBER, {min(sales.lines_of(order_id)): 1})
    return user_id


def bearer(user_id: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(user_id).token}"}


def sighting(**changes: Any) -> dict[str, Any]:
    return {
        "tracking_number": NUMBER,
        "at": clock.now().isoformat(),
        "text": "到达西安转运中心",
        **changes,
    }


def tell(client: Client, who: int, *entries: dict[str, Any]) -> tuple[int, Any]:
    answer = client.post(f"{BASE}/tracking-entries", json={"entries": entries}, headers=bearer(who))
    return answer.status_code, answer.get_json()


def parcels(client: Client, who: int) -> Any:
    return client.get(f"{BASE}/orders", headers=bearer(who)).get_json()["items"][0]["parcels"]


def test_what_a_program_tells_the_buyer_reads(client: Client, coop: Actor, buyer: int) -> None:
    earlier = sighting(at=(clock.now() - timedelta(minutes=5)).isoformat(), text="揽收")
    later = sighting()
    assert tell(client, coop.user_id, earlier, later) == (200, {"new": 2})
    assert tell(client, coop.user_id, later) == (200, {"new": 0})
    (parcel,) = parcels(client, buyer)
    assert (parcel["carrier"], parcel["tracking_number"]) == ("顺丰速运", NUMBER)
    assert [line["units"] for line in parcel["lines"]] == [1]
    assert [entry["text"] for entry in parcel["entries"]] == ["到达西安转运中心", "揽收"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tracking_number": "SF0000000000000"}, "entries.1.tracking_number"),
        ({"at": "2020-01-01T00:00:00+08:00"}, "entries.1.at"),
        ({"at": "2026-11-25T14:30:00"}, "entries.1.at"),
        ({"at": "昨天"}, "entries.1.at"),
        ({"at": 1_764_000_000}, "entries.1.at"),
        ({"text": " 到 "}, "entries.1.text"),
        ({"source": "hand"}, "entries.1.source"),
    ],
)
def test_one_wrong_entry_and_none_is_kept(
    client: Client, coop: Actor, buyer: int, changes: dict[str, Any], field: str
) -> None:
    status, problem = tell(client, coop.user_id, sighting(), sighting(**changes))
    assert (status, list(problem["errors"])) == (422, [field])
    assert parcels(client, buyer)[0]["entries"] == []


def test_nobody_else_tells_of_it(client: Client, kiwi: World, buyer: int) -> None:
    assert tell(client, buyer, sighting())[0] == 403
    stranger = builders.owner_of(builders.saleable(units=1)["supplier"])
    status, problem = tell(client, stranger.user_id, sighting())
    unknown = tell(client, stranger.user_id, sighting(tracking_number="SF0000000000000"))[1]
    assert (status, problem["errors"]) == (422, unknown["errors"])
    assert client.post(f"{BASE}/tracking-entries", json={"entries": [sighting()]}).status_code == 401
