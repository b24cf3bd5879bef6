"""One command is one transaction, on both databases: all of it or nothing, and what it read is true when it writes."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from marketplace.accounts.models import User
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.numbering import NumberSeries, next_number
from marketplace.kernel.sqlite import BUSY_TIMEOUT_MS
from marketplace.kernel.transaction import ATTEMPTS, in_transaction, transaction, transactional
from tests.factories import builders


@transactional
def put(name: str, last: int) -> None:
    db.session.add(NumberSeries(name=name, last=last))


@transactional
def put_and_fail(name: str) -> None:
    put(name, 1)
    raise Conflict("stock.short")


def put_both(*names: str) -> None:
    for name in names:
        put(name, 2)


def last_of(name: str) -> int | None:
    db.session.rollback()
    return db.session.scalar(select(NumberSeries.last).where(NumberSeries.name == name))


@pytest.fixture
def statements(app: Flask, database_engine: str) -> Iterator[list[str]]:
    """What is sent: on SQLite by the driver's own trace."""
    seen: list[str] = []

    def listen(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.set_trace_callback(seen.append)

    def remember(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    name, listener = (
        ("checkout", listen) if database_engine == "sqlite" else ("before_cursor_execute", remember)
    )
    db.session.remove()
    event.listen(Engine, name, listener)
    yield seen
    event.remove(Engine, name, listener)
    db.session.remove()
    db.engine.dispose()


def test_a_command_commits_what_it_did(app: Flask) -> None:
    put("a", 7)
    assert not in_transaction()
    assert last_of("a") == 7


def test_an_error_undoes_all_of_it(app: Flask) -> None:
    with pytest.raises(Conflict):
        put_and_fail("a")
    assert not in_transaction()
    assert last_of("a") is None
    put("a", 1)
    assert last_of("a") == 1


def test_a_broken_constraint_undoes_all_of_it(app: Flask) -> None:
    put("a", 1)
    with pytest.raises(DBAPIError), transaction():
        put_both("b", "a")
    assert (last_of("a"), last_of("b")) == (1, None)


def test_a_command_within_a_command_joins_it(app: Flask) -> None:
    @transactional
    def outer(*, fail: bool) -> None:
        put("inner", 1)
        assert in_transaction()
        if fail:
            raise Conflict("stock.short")

    with pytest.raises(Conflict):
        outer(fail=True)
    assert last_of("inner") is None
    outer(fail=False)
    assert last_of("inner") == 1


def test_changes_made_outside_are_refused_not_swallowed(app: Flask) -> None:
    db.session.add(NumberSeries(name="outside", last=1))
    with pytest.raises(RuntimeError, match="outside a transaction"):
        put("a", 1)
    db.session.rollback()
    put("a", 1)
    assert last_of("outside") is None


def test_what_was_loaded_before_is_read_again_under_the_lock(app: Flask, settings: Any) -> None:
    put("a", 1)
    stale = db.session.get(NumberSeries, "a")
    assert stale is not None
    other = threading.Thread(target=in_context(app, lambda: change("a", 5)))
    other.start()
    other.join()
    assert stale.last == 1
    with transaction():
        assert stale.last == 5


@transactional
def change(name: str, last: int) -> None:
    db.session.execute(update(NumberSeries).where(NumberSeries.name == name).values(last=last))


def in_context(app: Flask, act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            act()

    return run


def test_a_writer_takes_the_lock_at_once_and_a_reader_none(
    app: Flask, statements: list[str], database_engine: str
) -> None:
    db.session.rollback()
    put("a", 1)
    writing = [statement for statement in statements if statement.startswith("BEGIN")]
    statements.clear()
    last_of("a")
    reading = [statement for statement in statements if statement.startswith("BEGIN")]
    sqlite = database_engine == "sqlite"
    assert writing == (["BEGIN IMMEDIATE"] if sqlite else [])
    assert reading == (["BEGIN"] if sqlite else [])


def test_the_lock_is_not_handed_on_to_the_next_reader(app: Flask, statements: list[str]) -> None:
    for number in range(5):
        put(f"s{number}", 1)
        last_of("s0")
    assert statements.count("BEGIN IMMEDIATE") in {0, 5}
    assert statements.count("BEGIN") in {0, 5}


def test_every_connection_keeps_sqlite_s_promises(app: Flask, database_engine: str) -> None:
    connections = [db.engine.connect() for _ in range(4)]
    try:
        for connection in connections:
            if database_engine == "sqlite":
                assert {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in (
                        "journal_mode",
                        "synchronous",
                        "foreign_keys",
                        "busy_timeout",
                        "recursive_triggers",
                    )
                } == {
                    "journal_mode": "wal",
                    "synchronous": 2,
                    "foreign_keys": 1,
                    "busy_timeout": BUSY_TIMEOUT_MS,
                    "recursive_triggers": 1,
                }
            else:
                assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    finally:
        for connection in connections:
            connection.close()


def test_foreign_keys_are_kept(app: Flask) -> None:
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(
            text(
                "INSERT INTO known_devices (user_id, token_digest, seen_at) VALUES (424242, 'x', '2026-01-01')"
            )
        )


def test_two_writers_lose_no_change(app: Flask) -> None:
    put("count", 0)
    barrier = threading.Barrier(4)

    command = transactional(next_number)

    def count() -> None:
        barrier.wait()
        for _ in range(10):
            command("count")

    threads = [threading.Thread(target=in_context(app, count)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert last_of("count") == 40


class LostRace(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def losing(sqlstate: str, times: int) -> tuple[Callable[[], str], list[int]]:
    tries: list[int] = []

    @transactional
    def command() -> str:
        tries.append(len(tries) + 1)
        put(f"try-{len(tries)}", 1)
        if len(tries) <= times:
            raise DBAPIError("UPDATE", {}, LostRace(sqlstate))
        return "done"

    return command, tries


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_a_lost_race_is_tried_again_whole(app: Flask, sqlstate: str) -> None:
    command, tries = losing(sqlstate, 2)
    assert command() == "done"
    assert tries == [1, 2, 3]
    assert [last_of(f"try-{number}") for number in tries] == [None, None, 1]


def test_but_not_for_ever(app: Flask) -> None:
    command, tries = losing("40001", 1000)
    with pytest.raises(DBAPIError):
        command()
    assert len(tries) == ATTEMPTS
    assert not in_transaction()


def test_other_errors_are_not_tried_again(app: Flask) -> None:
    command, tries = losing("23505", 1000)
    with pytest.raises(DBAPIError):
        command()
    assert tries == [1]


def test_only_the_outermost_command_tries_again(app: Flask) -> None:
    inner, tries = losing("40001", 1000)
    with pytest.raises(DBAPIError), transaction():
        inner()
    assert tries == [1]


def test_a_real_deadlock_is_survived(app: Flask, database_engine: str) -> None:
    """Two commands lock two rows crosswise; on SQLite the second simply waits for the first."""
    put("left", 0)
    put("right", 0)
    met = threading.Barrier(2)
    attempts: list[str] = []
    waited: set[str] = set()

    @transactional
    def cross(first: str, second: str) -> None:
        attempts.append(first)
        next_number(first)
        if database_engine == "postgresql" and first not in waited:
            waited.add(first)
            met.wait(timeout=20)
        next_number(second)

    threads = [
        threading.Thread(target=in_context(app, lambda: cross("left", "right"))),
        threading.Thread(target=in_context(app, lambda: cross("right", "left"))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (last_of("left"), last_of("right")) == (2, 2)
    assert len(attempts) == (3 if database_engine == "postgresql" else 2)


def test_a_value_is_encrypted_at_rest(app: Flask) -> None:
    actor = builders.user("hidden")
    with transaction():
        db.session.execute(update(User).where(User.id == actor.user_id).values(mobile="19900001234"))
    raw = db.session.execute(text("SELECT mobile FROM users WHERE username = 'hidden'")).scalar_one()
    assert b"1990" not in bytes(raw)
    assert db.session.scalar(select(User.mobile).where(User.id == actor.user_id)) == "19900001234"


def test_the_wait_between_tries_is_short(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(threading.Event, "wait", lambda _self, seconds: waits.append(seconds))
    command, _ = losing("40001", ATTEMPTS - 1)
    command()
    assert len(waits) == ATTEMPTS - 1
    assert max(waits) < 1
