"""Outbox, numbering, audit, parameters and what may only ever be added, on both databases."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from flask import Flask, g
from sqlalchemy import JSON, delete, select, text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from marketplace import tables
from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.numbering import NumberSeries, new_order_number, new_token, next_number
from marketplace.kernel.outbox import MAX_ATTEMPTS, OutboxMessage, enqueue, run_pending
from marketplace.kernel.parameters import Parameter, ParameterValue
from marketplace.kernel.statistics import renew_statistics
from marketplace.kernel.transaction import transaction, transactional
from tests.factories import builders, order_builders, purchases

Freeze = Callable[[str], time_machine.Traveller]


@pytest.fixture
def handled(app: Flask) -> list[Any]:
    """What the handler of topic "note" was given; it fails for {"fail": true}."""
    seen: list[Any] = []

    def handle(payload: dict[str, Any]) -> None:
        seen.append(payload)
        if payload.get("fail"):
            raise RuntimeError("mail is down")

    outbox.install(app.extensions, {"note": handle})
    with transaction():
        db.session.execute(delete(OutboxMessage))
    return seen


def send(**payload: object) -> None:
    with transaction():
        enqueue("note", payload)


def send_and_fail() -> None:
    send(n=1)
    raise Conflict("stock.short")


def message() -> OutboxMessage:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(OutboxMessage)).one()


def test_a_message_is_handled_after_the_commit_and_once(handled: list[Any]) -> None:
    with transaction():
        enqueue("note", {"n": 1})
        enqueue("note", {"n": 2})
        assert handled == []
    assert run_pending() == 2
    assert run_pending() == 0
    assert handled == [{"n": 1}, {"n": 2}]


def test_what_was_undone_sends_nothing(handled: list[Any]) -> None:
    with pytest.raises(Conflict), transaction():
        send_and_fail()
    assert run_pending() == 0


def test_a_message_may_be_for_later(handled: list[Any], freeze: Freeze) -> None:
    clock_hand = freeze("2026-11-24 15:30")
    with transaction():
        enqueue("note", {"n": 1}, delay=timedelta(minutes=5))
    assert run_pending() == 0
    clock_hand.shift(timedelta(minutes=5))
    assert run_pending() == 1


def test_a_failure_waits_longer_each_time_and_then_gives_up_loudly(
    handled: list[Any], freeze: Freeze
) -> None:
    clock_hand = freeze("2026-11-24 15:30")
    send(fail=True)
    waits: list[timedelta] = []
    logged: list[Any] = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with capture_logs() as events:
            assert run_pending() == 1
        logged = [*logged, *events]
        left = message()
        assert left.attempts == attempt
        assert left.last_error == "RuntimeError: mail is down"
        assert (left.done_at is not None) == (attempt == MAX_ATTEMPTS)
        waits.append(left.available_at - clock.now())
        assert run_pending() == 0
        clock_hand.shift(waits[-1])
    assert all(later > sooner for sooner, later in pairwise(waits))
    assert run_pending() == 0
    assert len(handled) == MAX_ATTEMPTS
    assert logged[-1]["event"] == "outbox.given_up"
    assert logged[-1]["log_level"] == "critical"


def test_one_bad_message_does_not_stop_the_others(handled: list[Any]) -> None:
    send(fail=True)
    send(n=2)
    assert run_pending() == 2
    assert {"n": 2} in handled


def test_a_topic_nobody_handles_is_kept(handled: list[Any]) -> None:
    with transaction():
        enqueue("nobody", {})
    assert run_pending() == 1
    assert message().done_at is None
    assert message().last_error == "KeyError: 'nobody'"


def test_what_a_worker_took_and_never_finished_is_taken_again(handled: list[Any], freeze: Freeze) -> None:
    clock_hand = freeze("2026-11-24 15:30")
    send(n=1)
    assert outbox._claim() is not None
    assert run_pending() == 0
    clock_hand.shift(outbox.LEASE)
    assert run_pending() == 1
    assert handled == [{"n": 1}]


def test_workers_beside_each_other_take_no_message_twice(app: Flask, handled: list[Any]) -> None:
    with transaction():
        for number in range(40):
            enqueue("note", {"n": number})
    barrier = threading.Barrier(3)

    def work() -> None:
        with app.app_context():
            barrier.wait()
            run_pending()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(payload["n"] for payload in handled) == list(range(40))


def test_a_locked_message_is_passed_over(app: Flask, handled: list[Any], database_engine: str) -> None:
    """PostgreSQL: while one worker holds a row, another takes the next instead of waiting for it."""
    send(n=1)
    send(n=2)
    if database_engine == "sqlite":
        assert [(outbox._claim() or [0, 0, {}])[2], (outbox._claim() or [0, 0, {}])[2]] == [
            {"n": 1},
            {"n": 2},
        ]
        return
    with db.engine.connect() as other:
        other.execute(select(OutboxMessage.id).order_by(OutboxMessage.id).limit(1).with_for_update())
        claimed = outbox._claim()
    assert claimed is not None
    assert claimed[2] == {"n": 2}


def test_numbers_have_no_gap_and_no_twin(app: Flask) -> None:
    barrier = threading.Barrier(2)
    taken: list[int] = []

    @transactional
    def take(*, fail: bool) -> int:
        number = next_number("certificate:2026")
        if fail:
            raise Conflict("stock.short")
        return number

    def work(*, fail_at: int) -> None:
        with app.app_context():
            barrier.wait()
            for turn in range(20):
                with suppress(Conflict):
                    taken.append(take(fail=turn == fail_at))

    threads = [threading.Thread(target=work, kwargs={"fail_at": turn}) for turn in (3, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 39))


def test_series_do_not_touch_each_other(app: Flask) -> None:
    with transaction():
        assert [next_number("a"), next_number("a"), next_number("b")] == [1, 2, 1]
    assert dict(db.session.execute(select(NumberSeries.name, NumberSeries.last)).all())["a"] == 2


def test_order_numbers_name_the_day_in_xi_an_and_tokens_fit_an_address(app: Flask, freeze: Freeze) -> None:
    freeze("2026-11-25 00:10")
    numbers = {new_order_number() for _ in range(200)}
    assert {number[:8] for number in numbers} == {"20261125"}
    assert {len(number) for number in numbers} == {17}
    assert len({new_token() for _ in range(200)}) == 200
    assert new_token().replace("-", "").replace("_", "").isalnum()


def test_an_entry_says_who_did_what(app: Flask, freeze: Freeze) -> None:
    freeze("2026-11-24 15:30")
    with transaction():
        audit.record(7, "papers.approve", "supplier", 12, {"state": "approved"}, reason="齐了")
        audit.record(None, "orders.expire", "order", "20261124000000001")
    by_hand, by_timer = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject.in_(["supplier", "order"])).order_by(AuditEntry.id)
    ).all()
    assert (by_hand.actor_id, by_hand.subject_id, by_hand.detail) == (7, "12", {"state": "approved"})
    assert (by_hand.reason, by_hand.at) == ("齐了", clock.now())
    assert (by_timer.actor_id, by_timer.detail) == (None, {})


@pytest.fixture
def rows(app: Flask) -> dict[str, int]:
    """One row in each table that may only grow."""
    world = builders.saleable()
    (order_id,) = order_builders.placed_orders({world["sku"]: 1})  # with a line, for what is said of it
    with transaction():
        audit.record(None, "x", "y", 1)
    purchases.drawn_up(purchases.unit(), {world["sku"]: 1})
    fill_missing(order_id)
    return {
        name: db.session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in tables.APPEND_ONLY
    }


def fill_missing(order_id: int) -> None:
    """Rows no builder made: each column gets something of its type, checks and keys switched off for the purpose."""
    with transaction() as session:
        postgresql = session.connection().dialect.name == "postgresql"
        for name in tables.APPEND_ONLY:
            if session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one():
                continue
            table = db.metadata.tables[name]
            values = {
                column.name: sample(column, order_id) for column in table.columns if not column.primary_key
            }
            if postgresql:
                for check in table.constraints:
                    if isinstance(check.name, str) and not check.name.startswith("pk_"):
                        session.execute(text(f'ALTER TABLE {name} DROP CONSTRAINT IF EXISTS "{check.name}"'))
            else:
                session.execute(text("PRAGMA ignore_check_constraints=ON"))
                session.execute(text("PRAGMA defer_foreign_keys=ON"))
            names = ", ".join(values)
            session.execute(
                text(f"INSERT INTO {name} ({names}) VALUES ({', '.join(':' + key for key in values)})"),
                values,
            )
            if not postgresql:
                yielded = session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
                assert yielded == 1


def sample(column: Any, order_id: int) -> object:
    if column.nullable:
        return None
    if isinstance(column.type, JSON):
        return "{}"
    return {int: order_id, str: "x", bool: True}.get(column.type.python_type, clock.now())


@pytest.mark.parametrize("table", tables.APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
def test_what_may_only_grow_is_never_changed(rows: dict[str, int], table: str, change: str) -> None:
    assert rows[table] > 0
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(change.format(table)))
    assert db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == rows[table]


def test_nor_replaced_by_the_back_door(rows: dict[str, int], database_engine: str) -> None:
    replace = (
        "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries"
        if database_engine == "sqlite"
        else "INSERT INTO audit_entries SELECT * FROM audit_entries ON CONFLICT (id) DO UPDATE SET action = 'forged'"
    )
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(replace))


def test_a_parameter_is_its_default_until_a_row_says_otherwise(app: Flask) -> None:
    days = Parameter("tests.days", 7, "days", "test")
    try:
        assert days.get() == 7
        with transaction() as session:
            session.add(ParameterValue(key="tests.days", value=9, source="test", set_at=clock.now()))
        g.pop("parameters", None)
        assert days.get() == 9
    finally:
        Parameter.declared.pop("tests.days")


def test_statistics_are_there_once_renewed(app: Flask) -> None:
    builders.saleable(units=3)
    renew_statistics()
    if db.engine.dialect.name == "sqlite":
        known = text("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'stock_rows'")
    else:
        known = text("SELECT count(*) FROM pg_stats WHERE tablename = 'stock_rows'")
    assert db.session.scalar(known)
