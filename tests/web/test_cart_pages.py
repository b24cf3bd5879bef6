"""Quantities and choices in the cart over HTTP."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db
from orders.cart.models import CartLine
from tests.factories import builders
from tests.support.clients import Client
from tests.web.test_buying import World, hidden, lines_in_carts, put


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10)


@pytest.mark.parametrize("units", ["-1", "0", "1.5", "1e9", "NaN", "１", "", "10000", "２", "1 2"])
def test_a_quantity_that_is_none_is_said_at_its_field_and_changes_nothing(
    client: Client, kiwi: World, units: str
) -> None:
    refused = put(client, kiwi["sku"], units)
    assert refused.status_code == 422
    assert "1 到 9999 之间的整数" in refused.text
    assert lines_in_carts() == 0
    put(client, kiwi["sku"], "2")
    token = hidden(client.get("/cart").text)["csrf_token"]
    changed = client.post("/cart/update", data={"csrf_token": token, f"units-{kiwi['sku']}": units})
    assert changed.status_code == 422
    assert "1 到 9999 之间的整数" in changed.text
    assert db.session.scalar(select(CartLine.units)) == 2


@pytest.mark.parametrize("sku", ["999999", "-1", "abc", "1e3", "99999999999999999999", "１"])
def test_an_sku_that_does_not_exist_is_not_found(client: Client, kiwi: World, sku: str) -> None:
    token = hidden(client.get("/login").text)["csrf_token"]
    answer = client.post("/cart/add", data={"csrf_token": token, "sku_id": sku, "units": "1"})
    assert answer.status_code == 404


def test_more_than_there_is_is_said_at_the_field(client: Client, kiwi: World) -> None:
    refused = put(client, kiwi["sku"], "11")
    assert refused.status_code == 409
    assert "只剩 10 份" in refused.text


def test_a_choice_outlives_a_quantity_there_is_not(client: Client, kiwi: World) -> None:
    """The box of such a line can't be ticked, and a browser sends none that can't."""
    put(client, kiwi["sku"], "2")

    def update(units: str) -> str:
        page = client.get("/cart").text
        chosen = re.findall(r'<input(?=[^>]*name="chosen")(?![^>]*disabled)[^>]*value="([^"]*)"', page)
        sent = {**hidden(page), f"units-{kiwi['sku']}": units, "chosen": chosen}
        return client.post("/cart/update", data=sent, follow_redirects=True).text

    assert "选了 0 件" in update("99")
    assert "选了 4 件" in update("4")
