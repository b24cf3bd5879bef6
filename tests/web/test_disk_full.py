"""A full disk: who writes is told so and nothing is half done, who reads goes on, and room is all it takes to recover."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from catalog.stock.models import StockRow
from marketplace import jobs
from marketplace.kernel.db import db, is_out_of_room
from orders.ledger.verification import verify
from orders.ordering.models import Order
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.web.test_buying import ADDRESS, hidden, put

World = dict[str, int]
UNLIMITED = 1_073_741_823
MOST_ORDERS = 25


class Disk:
    """How large SQLite may let the file grow; the limit is one of each connection."""

    def __init__(self) -> None:
        self.pages = UNLIMITED
        event.listen(db.engine, "checkout", self._limit)

    def _limit(self, connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={self.pages}")

    def fill(self) -> None:
        """Not a page more than there is; what lies unused is given back first."""
        db.session.remove()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
        self.pages = 1  # SQLite takes the size it has

    def empty(self) -> None:
        self.pages = UNLIMITED

    def close(self) -> None:
        event.remove(db.engine, "checkout", self._limit)


@pytest.fixture
def disk(app: Flask) -> Iterator[Disk]:
    made = Disk()
    yield made
    made.close()


@pytest.fixture
def world(app: Flask) -> World:
    return builders.saleable(units=MOST_ORDERS)


def confirmed_page(client: Client, world: World) -> dict[str, str]:
    """The checkout page of somebody who chose one box, filled in."""
    put(client, world["sku"])
    page = client.get("/checkout")
    return {**hidden(page.text), **ADDRESS, "method": "online", "agree_fresh": "y"}


def buy_until_refused(buyers: list[tuple[Client, dict[str, str]]]) -> tuple[int, int]:
    """How many bought, and which one could not; all others answered well."""
    for place, (client, form) in enumerate(buyers):
        answer = client.post("/checkout", data=form)
        if answer.status_code != 303:
            assert answer.status_code == 503
            assert "存储空间满了" in answer.text
            assert "没有扣款" in answer.text
            assert answer.headers["Retry-After"] == "300"
            return place, place
    raise AssertionError("the disk never was full")


def nothing_is_half_done(orders: int) -> None:
    db.session.rollback()
    assert verify() == []
    assert db.session.scalar(select(func.count()).select_from(Order)) == orders
    assert db.session.scalars(select(StockRow.reserved)).one() == orders


@pytest.fixture
def buyers(app: Flask, world: World) -> list[tuple[Client, dict[str, str]]]:
    found = []
    for _ in range(MOST_ORDERS):
        client = app.test_client()
        assert isinstance(client, Client)
        found.append((client, confirmed_page(client, world)))
    return found


def test_a_full_disk_is_said_reading_goes_on_and_room_is_enough(
    app: Flask, client: Client, disk: Disk, world: World, buyers: list[tuple[Client, dict[str, str]]]
) -> None:
    disk.fill()
    bought, refused = buy_until_refused(buyers)
    nothing_is_half_done(bought)
    pages = ["/", "/c/fruit", f"/p/{world['listing']}", "/search?q=猕猴桃", "/cart", "/healthz"]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assert buyers[refused][0].get("/checkout").status_code == 200  # the cart is as it was
    jobs.run_all(app)  # the worker lives on, whatever of it had to wait

    disk.empty()
    again, form = buyers[refused]
    assert again.post("/checkout", data=form).status_code == 303
    nothing_is_half_done(bought + 1)
    assert jobs.run_all(app) == []
    sales.pay_online(db.session.scalars(select(Order.checkout_id).order_by(Order.id.desc())).first() or 0)
    assert verify() == []


def test_a_program_is_told_in_its_own_words(
    disk: Disk, world: World, buyers: list[tuple[Client, dict[str, str]]]
) -> None:
    disk.fill()
    _, refused = buy_until_refused(buyers)
    client, form = buyers[refused]
    answer = client.post("/checkout", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert (answer.json or {})["code"] == "web.503"


def test_postgresql_names_it_otherwise() -> None:
    assert is_out_of_room(OperationalError("INSERT", {}, psycopg.errors.DiskFull("no space left")))
    assert not is_out_of_room(DBAPIError("INSERT", {}, psycopg.errors.UniqueViolation("twice")))
