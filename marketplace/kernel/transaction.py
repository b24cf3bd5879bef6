"""The only place that commits. One command is one transaction; an error rolls back by itself."""

import functools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import ParamSpec, TypeVar

from flask_sqlalchemy.session import Session
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import scoped_session

from marketplace.kernel.db import db
from marketplace.kernel.sqlite import IMMEDIATE

#: serialization failure, deadlock: the whole transaction may be tried again
RETRYABLE = frozenset({"40001", "40P01"})
ATTEMPTS = 5
_ACTIVE = "transaction_active"
_SNAPSHOT = "snapshot_open"

P = ParamSpec("P")
R = TypeVar("R")


def in_transaction() -> bool:
    return bool(db.session().info.get(_ACTIVE))


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a block as one writing transaction and commit it; nested use joins the outer one.

    A read transaction the session may have open is ended first, and what it loaded is expired: a decision must rest on
    what is true under the lock.
    """
    session = db.session()
    info = session.info
    if info.get(_ACTIVE):
        yield session
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a transaction")
    session.rollback()
    session.expire_all()
    info[_ACTIVE] = True
    try:
        session.connection(execution_options={IMMEDIATE: True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        info.pop(_ACTIVE, None)


@contextmanager
def snapshot() -> Iterator[scoped_session[Session]]:
    """Read several times from one state of the database; nested use, and use inside a transaction, joins the outer one.

    On SQLite a read transaction is that already. On PostgreSQL it is REPEATABLE READ from a first statement on, so the
    read transaction that is open is ended; objects read before keep what they hold.
    """
    session = db.session
    info = session().info
    if info.get(_ACTIVE) or info.get(_SNAPSHOT) or session.get_bind().dialect.name != "postgresql":
        yield session
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a transaction")
    session.commit()
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    info[_SNAPSHOT] = True
    try:
        yield session
    finally:
        info.pop(_SNAPSHOT, None)
        session.rollback()


def transactional(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command one transaction, retried whole when PostgreSQL says it lost a race (40001, 40P01)."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if in_transaction():
            return command(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction():
                    return command(*args, **kwargs)
            except DBAPIError as error:
                if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in RETRYABLE:
                    raise
                Event().wait(random.uniform(0, 0.02 * 2**attempt))
        raise AssertionError("unreachable")

    return run
