"""A database that is backed up and restored: what is the same on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, func, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from marketplace.backup.manifest import EngineName, Facts, Ledger
from marketplace.kernel.db import db
from marketplace.kernel.media import MediaKind, names_of_files


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``media`` are the files its rows speak of, relative to the media folder."""

    facts: Facts
    media: frozenset[str]


class Database(Protocol):
    """One shop's database. A backup is restored beside it, verified, and put in its place at once or not at all."""

    engine: EngineName
    #: what its part of a backup is called
    member: str

    def snapshot(self, into: Path) -> Snapshot:
        """Write one consistent state to a file, while the shop goes on."""
        ...

    def holds_orders(self) -> bool:
        """Whether there is something to lose; also when it can't be told."""
        ...

    def refuse_in_use(self) -> None:
        """Raises BackupRefused while anybody else is connected."""
        ...

    def stage(self, dump: Path, stamp: str) -> URL:
        """Restore beside the database."""
        ...

    def swap(self, staged: URL, stamp: str) -> str:
        """Put the staged one in the database's place, at once. Returns where the old one is now; "" without one."""
        ...

    def discard(self, staged: URL) -> None: ...


def look(connection: Connection) -> Snapshot:
    """Read what is in a database, in the transaction that is open."""
    names = sorted(inspect(connection).get_table_names())
    rows = {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in names
        if name != "alembic_version"
    }
    postings = connection.execute(
        text(
            "SELECT COALESCE(SUM(fen), 0), COALESCE(SUM(CASE WHEN fen > 0 THEN fen ELSE 0 END), 0) FROM postings"
        )
    ).one()
    ledger = Ledger(
        entries=rows["journal_entries"],
        postings=rows["postings"],
        sum_fen=int(postings[0]),
        debit_fen=int(postings[1]),
    )
    revision = connection.scalars(text("SELECT version_num FROM alembic_version")).one()
    media = connection.execute(text("SELECT token, kind FROM media"))
    return Snapshot(
        Facts(revision=revision, rows=rows, ledger=ledger),
        frozenset(name for token, kind in media for name in names_of_files(token, MediaKind(kind))),
    )


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """A connection of its own, gone afterwards."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def has_orders(url: URL) -> bool:
    try:
        with connected(url) as connection:
            if not inspect(connection).has_table("orders"):
                return False
            return connection.execute(text("SELECT 1 FROM orders LIMIT 1")).first() is not None
    except DBAPIError:
        return True  # damaged, so nobody can say: the operator must


@contextmanager
def pointed_at(url: URL) -> Iterator[None]:
    """Let the shop's code (migrations, self-check) work on another database for a while."""
    db.session.remove()
    engines = cast("dict[str | None, Engine]", db.engines)
    before, staged = engines[None], create_engine(url, poolclass=NullPool)
    engines[None] = staged
    try:
        yield
    finally:
        db.session.remove()
        engines[None] = before
        staged.dispose()
