"""Whether anything was written since: what lets a page be kept for a while and never be stale.

SQLite tells it by ``data_version``, which changes on a connection whenever another one commits; one connection per
process does nothing but ask. PostgreSQL tells it by the snapshot: it names every transaction that has ended.
"""

import os
import sqlite3
import threading
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from marketplace.kernel.db import db


class _Watch:
    """One connection to a SQLite file that never writes; threads take turns."""

    def __init__(self, path: str) -> None:
        self.process = os.getpid()
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)

    def version(self) -> str:
        with self._lock:
            row = self._connection.execute("PRAGMA data_version").fetchone()
        return f"{id(self)}:{row[0]}"

    def __del__(self) -> None:
        self._connection.close()


_watches: WeakKeyDictionary[Engine, _Watch] = WeakKeyDictionary()


def stamp() -> str | None:
    """A text that is another one after every commit; None where that can't be told: then nothing may be kept."""
    engine = db.engine
    try:
        if engine.dialect.name == "postgresql":
            return str(db.session.scalar(text("SELECT CAST(pg_current_snapshot() AS text)")))
        if engine.dialect.name != "sqlite" or not engine.url.database:
            return None
        watch = _watches.get(engine)
        if watch is None or watch.process != os.getpid():
            watch = _watches[engine] = _Watch(engine.url.database)
        return watch.version()
    except (sqlite3.Error, SQLAlchemyError):
        return None
