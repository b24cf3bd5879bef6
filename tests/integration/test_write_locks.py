"""SQLite's one write lock is taken at once by who will write, and by no page: seen in what the driver really sends.

PostgreSQL locks rows: there a page sends nothing that writes or locks, and answers beside tables nobody may write.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from marketplace.kernel.db import db
from marketplace.kernel.numbering import NumberSeries
from marketplace.kernel.transaction import transaction
from orders.ordering.models import Checkout, Order
from orders.settlement.commands import acknowledge, record_bounce
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client

World = dict[str, int]
WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|LOCK)\b|.*\bFOR (NO KEY )?UPDATE\b", re.IGNORECASE | re.DOTALL
)
LOCKED_TABLES = "carts, cart_lines, orders, checkouts, payments, stock_rows, listings, users"


@dataclass
class Trace:
    """What was sent, connection by connection, cut into transactions; on SQLite by the driver's own trace."""

    of_connection: dict[int, list[list[str]]] = field(default_factory=dict)

    def note(self, connection: int, statement: str) -> None:
        transactions = self.of_connection.setdefault(connection, [[]])
        if statement.startswith("BEGIN"):
            transactions.append([])
        transactions[-1].append(statement)

    @property
    def transactions(self) -> list[list[str]]:
        return [each for transactions in self.of_connection.values() for each in transactions if each]

    @property
    def writing(self) -> list[list[str]]:
        return [each for each in self.transactions if any(WRITES.match(statement) for statement in each)]

    def begun_late(self) -> list[list[str]]:
        """Transactions that write without having said so at once."""
        return [each for each in self.writing if each[0] != "BEGIN IMMEDIATE"]


@contextmanager
def traced(dialect: str) -> Iterator[Trace]:
    trace = Trace()

    def listen(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.set_trace_callback(partial(trace.note, id(connection)))

    def sent(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        trace.note(id(connection), statement)

    name, listener = ("checkout", listen) if dialect == "sqlite" else ("before_cursor_execute", sent)
    db.session.remove()
    db.engine.dispose()  # so that every connection is checked out anew
    event.listen(Engine, name, listener)
    try:
        yield trace
    finally:
        event.remove(Engine, name, listener)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    return builders.saleable(units=10)


def live(world: World) -> None:
    """A sale, a parcel, a refund, payouts: every kind of command that moves money or goods."""
    (order_id,) = sales.sold_and_completed({world["sku"]: 3})
    sales.refund(order_id, 1, restock=True)
    paid = sales.pay_household(world["supplier"], world["household"], "HD-1")
    record_bounce(builders.owner_of(world["supplier"]), paid, "户名不符")
    paid = sales.pay_household(world["supplier"], world["household"], "HD-2")
    acknowledge(builders.head_of(world["household"]), paid)
    sales.paid_by_transfer({world["sku"]: 1}, builders.finance())


def test_whoever_writes_takes_the_lock_at_once(app: Flask, world: World, database_engine: str) -> None:
    with traced(database_engine) as trace:
        live(world)
    assert len(trace.writing) > 20
    if database_engine == "sqlite":
        assert trace.begun_late() == []


def test_a_write_outside_a_transaction_of_ours_would_be_seen(app: Flask, database_engine: str) -> None:
    """The control: a session that just writes begins with a plain BEGIN."""
    with traced(database_engine) as trace:
        db.session.execute(insert(NumberSeries).values(name="x", last=1))
        db.session.rollback()
    assert len(trace.writing) == len(trace.begun_late()) == 1
    if database_engine == "sqlite":
        assert trace.begun_late()[0][0].startswith("BEGIN")


@pytest.fixture
def pages(client: Client, world: World) -> list[str]:
    """Addresses a buyer with a cart and an order looks at."""
    buyer = builders.user()
    (order_id,) = order_builders.placed_orders({world["sku"]: 1}, user_id=buyer.user_id)
    sales.paid_orders({world["sku"]: 1})
    order_builders.cart_with({world["sku"]: 2}, user_id=buyer.user_id)
    builders.sign_in(client, buyer)
    order = db.session.get_one(Order, order_id)
    token = db.session.get_one(Checkout, order.checkout_id).token
    addresses = ["/", "/c/fruit", f"/p/{world['listing']}", "/search?q=猕猴桃", "/cart", "/checkout"]
    return [*addresses, f"/my/orders/{order.number}", "/my/orders", f"/o/{token}"]


def test_pages_write_and_lock_nothing(client: Client, pages: list[str], database_engine: str) -> None:
    with traced(database_engine) as trace:
        assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assert len(trace.transactions) >= 1
    assert trace.writing == []
    assert [each for each in trace.transactions if "IMMEDIATE" in each[0]] == []


@contextmanager
def nobody_may_write(dialect: str) -> Iterator[None]:
    """Somebody else is writing and does not finish."""
    lock = "SELECT 1" if dialect == "sqlite" else f"LOCK TABLE {LOCKED_TABLES} IN EXCLUSIVE MODE"
    with db.engine.connect().execution_options(begin_immediate=True) as other:
        other.execute(text(lock))
        yield
        other.rollback()


def test_pages_answer_while_somebody_else_writes(
    client: Client, pages: list[str], database_engine: str
) -> None:
    db.session.remove()
    with nobody_may_write(database_engine):
        assert [client.get(page).status_code for page in pages] == [200] * len(pages)


def write_impatiently(dialect: str) -> None:
    db.session.execute(text("PRAGMA busy_timeout=50" if dialect == "sqlite" else "SET lock_timeout = 50"))
    db.session.connection().connection.driver_connection.commit()  # type: ignore[union-attr]
    with transaction() as session:
        session.execute(text("UPDATE users SET display_name = 'x'"))


def test_who_writes_waits_while_somebody_else_does(app: Flask, world: World, database_engine: str) -> None:
    """The control: the lock of the test before is a real one."""
    db.session.remove()
    with nobody_may_write(database_engine), pytest.raises(DBAPIError, match="lock"):
        write_impatiently(database_engine)
    db.session.remove()
    db.engine.dispose()
