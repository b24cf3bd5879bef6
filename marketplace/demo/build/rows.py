"""Rows that wait to be written together. Each has its id at once, so that others can point at it, and goes to the
database as it stands when all are written: what changed in between costs no UPDATE.

Loading a history row by row takes a flush, and so a round trip, for each of its many thousand rows; in bulk the same
rows take seconds.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text

from marketplace.kernel.db import Base, db

Defaults = list[tuple[str, Callable[[], Any]]]
#: rows per statement: enough to be quick, few enough to need little memory
BATCH = 2_000


class Rows:
    """Only one writer at a time may number rows like this: the load of a demo, into a shop nobody else uses yet."""

    def __init__(self) -> None:
        self._waiting: dict[Table, list[Base]] = {}
        self._last: dict[Table, int] = {}
        self._defaults: dict[Table, Defaults] = {}

    def add(self, *rows: Base) -> None:
        """Number the rows, fill in what their columns say by themselves, and let them wait."""
        for row in rows:
            table = _table_of(type(row))
            given = row.__dict__
            if _is_numbered(table) and given.get("id") is None:
                self._last[table] = given["id"] = self._last_id(table) + 1
            for key, default in self._defaults_of(table):
                if key not in given:
                    given[key] = default()
            self._waiting.setdefault(table, []).append(row)

    def _defaults_of(self, table: Table) -> Defaults:
        if table not in self._defaults:
            self._defaults[table] = [(column.key, _default_of(column)) for column in table.columns]
        return self._defaults[table]

    def add_all(self, rows: Iterable[Base]) -> None:
        self.add(*rows)

    def _last_id(self, table: Table) -> int:
        if table not in self._last:
            self._last[table] = db.session.scalar(select(func.max(table.c.id))) or 0
        return self._last[table]

    def write(self) -> None:
        """Everything that waits, each table after those it points at, in the order it was added."""
        db.session.flush()
        for table in Base.metadata.sorted_tables:
            rows = self._waiting.pop(table, [])
            if not rows:
                continue
            keys = [column.key for column in table.columns]
            for start in range(0, len(rows), BATCH):
                db.session.execute(insert(table), [_values(row, keys) for row in rows[start : start + BATCH]])
            if _is_numbered(table):
                self._tell_the_counter(table)

    def _tell_the_counter(self, table: Table) -> None:
        """PostgreSQL counts by itself and has not seen our numbers."""
        if db.session.get_bind().dialect.name == "postgresql":
            db.session.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                {"name": table.name, "last": self._last[table]},
            )


def _table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _is_numbered(table: Table) -> bool:
    return table.autoincrement_column is not None


def _values(row: Base, keys: list[str]) -> dict[str, Any]:
    return {key: row.__dict__[key] for key in keys}


def _default_of(column: Any) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    if default.is_callable:
        return lambda: default.arg(None)
    value = default.arg
    return lambda: value
