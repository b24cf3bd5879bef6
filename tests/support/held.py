"""One command held just before its commit while another one is done: what a race comes to, without sleeping."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

from flask import Flask
from sqlalchemy import Select, event, text
from sqlalchemy.orm import Session

from marketplace.kernel.db import db

SECONDS = 30
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@contextmanager
def held_at_its_commit(app: Flask, act: Callable[[], object], wrote: Select[Any]) -> Iterator[None]:
    """``act`` on a connection of its own; once ``wrote`` finds its row it is not committed until the block ends."""
    written, commit = Event(), Event()

    def hold(session: Session) -> None:
        if session.scalar(wrote) is not None:
            written.set()
            assert commit.wait(SECONDS)

    def run() -> None:
        with app.app_context():
            event.listen(db.session(), "before_commit", hold)
            act()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            assert written.wait(SECONDS), running.result(0)
            yield
        finally:
            commit.set()
        running.result(SECONDS)


def waits_or_is_done(running: "Future[object]") -> bool:
    """Looked at until one of both is so: whether it waits for a lock. SQLite doesn't tell, and lets only one write."""
    while not running.done():
        if db.engine.dialect.name == "sqlite":
            return True
        db.session.rollback()
        if db.session.scalar(_WAITING):
            return True
    return False


def meanwhile(app: Flask, pool: ThreadPoolExecutor, act: Callable[[], object]) -> "Future[object]":
    def run() -> object:
        with app.app_context():
            try:
                return act()
            finally:
                db.session.remove()

    return pool.submit(run)
