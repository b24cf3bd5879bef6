"""Rows that wait to be written together. Each has its id at once, so that others can point at it, and goes to the
database as it stands when all are written: what changed in between costs no UPDATE.

Loading a history row by row takes a flush, and so a round trip, for each of its many thousand rows; in bulk the same
rows take seconds. For the same reason the statement is compiled once per table and given to the driver.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.engine import Dialect

from marketplace.kernel.db import Base, db

#: rows per statement: enough to be quick, few enough to need little memory
BATCH = 2_000
Values = dict[str, Any]


@dataclass(slots=True)
class _Waiting:
    """A table's rows, the id given last (None: it has none), and what its columns say by themselves."""

    rows: list[Values]
    last: int | None
    defaults: list[tuple[str, Callable[[], Any]]]


class Rows:
    """Only one writer at a time may number rows like this: the load of a demo, into a shop nobody else uses yet."""

    def __init__(self) -> None:
        self._tables: dict[Table, _Waiting] = {}

    def add(self, *rows: Base) -> None:
        """Number the rows, fill in what their columns say by themselves, and let them wait. They may change yet."""
        for row in rows:
            self._wait(_table_of(type(row)), row.__dict__)

    def add_all(self, rows: Iterable[Base]) -> None:
        self.add(*rows)

    def put(self, model: type[Base], **values: Any) -> int | None:
        """A row that nobody looks at again; returns its id. Much cheaper than an object."""
        return self._wait(_table_of(model), values)

    def _wait(self, table: Table, values: Values) -> int | None:
        waiting = self._tables.get(table) or self._open(table)
        if waiting.last is not None and values.get("id") is None:
            waiting.last = values["id"] = waiting.last + 1
        for key, default in waiting.defaults:
            if key not in values:
                values[key] = default()
        waiting.rows.append(values)
        return waiting.last

    def _open(self, table: Table) -> _Waiting:
        is_numbered = table.autoincrement_column is not None
        last = (db.session.scalar(select(func.max(table.c.id))) or 0) if is_numbered else None
        waiting = _Waiting([], last, [(column.key, _default_of(column)) for column in table.columns])
        self._tables[table] = waiting
        return waiting

    def write(self) -> None:
        """Everything that waits, each table after those it points at, in the order it was added."""
        db.session.flush()
        for table in Base.metadata.sorted_tables:
            waiting = self._tables.get(table)
            if waiting is None or not waiting.rows:
                continue
            _insert(table, waiting.rows)
            waiting.rows = []
            if waiting.last is not None:
                _tell_the_counter(table, waiting.last)


def _insert(table: Table, rows: list[Values]) -> None:
    connection = db.session.connection()
    dialect = connection.dialect
    statement = insert(table).compile(dialect=dialect, column_keys=[column.key for column in table.columns])
    bind = _binder(table, dialect)
    for start in range(0, len(rows), BATCH):
        bound = [bind(row) for row in rows[start : start + BATCH]]
        if statement.positional:
            order = itemgetter(*cast(Sequence[str], statement.positiontup))
            connection.exec_driver_sql(str(statement), [order(values) for values in bound])
        else:
            connection.exec_driver_sql(str(statement), bound)


def _binder(table: Table, dialect: Dialect) -> Callable[[Values], Values]:
    """What the driver is given for a row: encrypted, by value, as text, whatever the column's type does."""
    types = [
        (column.key, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in table.columns
    ]
    plain = [key for key, process in types if process is None]
    processed = [(key, process) for key, process in types if process is not None]

    def bind(row: Values) -> Values:
        values = {key: row[key] for key in plain}
        for key, process in processed:
            values[key] = process(row[key])
        return values

    return bind


def _tell_the_counter(table: Table, last: int) -> None:
    """PostgreSQL counts by itself and has not seen our numbers."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
            {"name": table.name, "last": last},
        )


def _table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _default_of(column: Any) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    if default.is_callable:
        return lambda: default.arg(None)
    value = default.arg
    return lambda: value
