"""The one declarative base, the one Flask-SQLAlchemy handle, and ways past the ORM."""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVarTuple

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Insert, MetaData, Select, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.sql.selectable import TypedReturnsRows

from marketplace.kernel import sqlite as own_sqlite

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every model; its metadata is what the migrations are compared with."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING_CONVENTION)


class OneDatabase(Session):
    """Flask-SQLAlchemy's session looks for a table's own database at every statement; here all have one."""

    _engine: Engine | None = None

    def get_bind(self, *_args: Any, bind: Engine | Connection | None = None, **_kwargs: Any) -> Any:
        if self._engine is None:  # a session belongs to one request or job, and that to one application
            self._engine = self._db.engine
        return bind or self._engine


own_sqlite.install()
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "class_": OneDatabase})

_Columns = TypeVarTuple("_Columns")
#: what PostgreSQL calls a full disk
_DISK_FULL = "53100"


def read(
    statement: TypedReturnsRows[*_Columns], given: Mapping[str, Any] | None = None
) -> CursorResult[*_Columns]:
    """The rows of a statement that names columns, not models, as ``db.session.execute`` gives them.

    Past the ORM, which has nothing to make of such rows and takes a third of the time of asking for them.
    """
    return _connection().execute(statement, given)


def lock_rows(statement: Select[*_Columns], given: Mapping[str, Any] | None = None) -> None:
    """Wait for who holds these rows and hold them to the end of the transaction: what is read after is what they left.

    A statement of its own, for PostgreSQL reads again only the rows it waits for, and what it joins to them as it was
    before. On SQLite a writing transaction holds the whole file, and nothing is asked.
    """
    connection = _connection()
    if connection.dialect.name != "sqlite":
        connection.execute(statement.with_for_update(), given)


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows in one statement, none without rows. Each names the same columns.

    Past the ORM, which sends a statement for every set of columns that are not None.
    """
    if rows:
        _connection().execute(_insert_into(model), rows)


def insert_returning(
    model: type[Base], rows: Sequence[Mapping[str, Any]], *columns: InstrumentedAttribute[Any]
) -> Sequence[Any]:
    """``insert_rows`` of one row or more, giving these columns of what was written, in no order to rely on."""
    return _connection().execute(_insert_into(model, columns), rows).all()


def insert_unless_there(model: type[Base], row: Mapping[str, Any], *unique: str) -> int | None:
    """The id of the new row, or None when one with the same values in the ``unique`` columns is there already.

    Where two transactions try at once, the second waits for the first. A violated constraint would be no substitute:
    PostgreSQL gives up the whole transaction then.
    """
    connection = _connection()
    statement = _insert_unless_there(model, unique, connection.dialect.name)
    inserted: int | None = connection.execute(statement, row).scalar()
    return inserted


def _connection() -> Connection:
    """The one of the transaction going on, told first of all that the ORM has not written yet."""
    session = db.session()
    session.flush()
    return session.connection()


@cache
def _insert_into(model: type[Base], columns: tuple[InstrumentedAttribute[Any], ...] = ()) -> Insert:
    return insert(model).returning(*columns) if columns else insert(model)


@cache
def _insert_unless_there(model: Any, unique: tuple[str, ...], dialect: str) -> Insert:
    new = postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)
    return new.on_conflict_do_nothing(index_elements=unique).returning(model.id)


def is_out_of_room(error: DBAPIError) -> bool:
    """Whether the database could not write for want of room: it reads on, and writes again once there is some."""
    full = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full or getattr(error.orig, "sqlstate", None) == _DISK_FULL
