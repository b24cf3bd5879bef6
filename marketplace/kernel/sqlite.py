"""SQLite opened so that it keeps its promises: WAL, ``synchronous=FULL``, foreign keys on, a busy timeout, and
transactions begun by us instead of by the driver.

A writing transaction (see ``kernel.transaction``) starts with ``BEGIN IMMEDIATE`` so that what it read is still true
when it writes; reads start with a plain ``BEGIN`` and take no write lock. Here the dialect says it. A listener to
SQLAlchemy's events would do as well, and make it look for listeners at every statement, which costs a third of asking.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.characteristics import ConnectionCharacteristic

#: Execution option of a connection that makes its transactions take the write lock as they begin.
IMMEDIATE = "begin_immediate"
BUSY_TIMEOUT_MS = 20_000
PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE would slip past the triggers of append-only tables
    "cache_size=-2000",  # KiB for each thread of each process; the system keeps the file's pages, too
)


class _Connection(sqlite3.Connection):
    """``begins`` is what its transactions begin with."""

    begins = "BEGIN"


class _Immediate(ConnectionCharacteristic):
    """Of a connection until it goes back to the pool."""

    def set_characteristic(self, _dialect: Any, dbapi_conn: Any, value: bool) -> None:
        dbapi_conn.begins = "BEGIN IMMEDIATE" if value else "BEGIN"

    def get_characteristic(self, _dialect: Any, dbapi_conn: Any) -> bool:
        return bool(dbapi_conn.begins == "BEGIN IMMEDIATE")

    def reset_characteristic(self, _dialect: Any, dbapi_conn: Any) -> None:
        dbapi_conn.begins = "BEGIN"


class Dialect(SQLiteDialect_pysqlite):
    supports_statement_cache = True
    connection_characteristics = SQLiteDialect_pysqlite.connection_characteristics.union(
        {IMMEDIATE: _Immediate()}
    )

    def connect(self, *arguments: Any, **named: Any) -> Any:
        return super().connect(*arguments, factory=_Connection, **named)

    def on_connect(self) -> Callable[[Any], None]:
        usual = super().on_connect()

        def configure(connection: Any) -> None:
            if usual is not None:
                usual(connection)
            connection.isolation_level = None  # the driver begins nothing
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        return configure

    def do_begin(self, dbapi_connection: Any) -> None:
        connection = dbapi_connection.dbapi_connection
        connection.execute(connection.begins)


def install() -> None:
    """From here on it is what an address of SQLite's means."""
    for name in ("sqlite", "sqlite.pysqlite"):
        registry.register(name, __name__, Dialect.__name__)
