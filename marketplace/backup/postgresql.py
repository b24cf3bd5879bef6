"""PostgreSQL: dumped by ``pg_dump`` from an exported snapshot; restored into a database of its own, then renamed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg
from psycopg import sql
from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import DBAPIError

from marketplace.backup.databases import Snapshot, connected, has_orders, look
from marketplace.backup.errors import BackupRefused
from marketplace.backup.manifest import EngineName

LONGEST_NAME = 63
LEAVING_TENTHS = 10
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_IN_USE = "数据库正在使用：请先停掉商店和 jobs worker，再恢复"


class Postgresql:
    engine: EngineName = "postgresql"
    member = "database.pgdump"

    def __init__(self, url: URL) -> None:
        self.url = url

    def snapshot(self, into: Path) -> Snapshot:
        try:
            with connected(self.url) as connection:
                connection.execution_options(isolation_level="REPEATABLE READ")
                snapshot_id = connection.scalar(text("SELECT pg_export_snapshot()"))
                seen = look(connection)
                into.touch(mode=0o600)
                _run(
                    "pg_dump",
                    self.url,
                    "--format=custom",
                    "--no-password",
                    f"--snapshot={snapshot_id}",
                    f"--file={into}",
                )
                return seen
        except DBAPIError as error:
            raise BackupRefused(f"数据库连不上或读不出来，没有备份：{error.orig}") from error

    def holds_orders(self) -> bool:
        return has_orders(self.url)

    def refuse_in_use(self) -> None:
        _program("pg_restore")
        with _server(self.url) as server:
            for _ in range(LEAVING_TENTHS):
                row = server.execute(_OTHERS).fetchone()
                if row == (0,):
                    return
                Event().wait(0.1)  # who has just hung up is still on the list for a moment
        raise BackupRefused(_IN_USE)

    def stage(self, dump: Path, stamp: str) -> URL:
        staged = self.url.set(database=self._named("restoring", stamp))
        self._create(staged.database or "")
        try:
            _run(
                "pg_restore",
                staged,
                "--exit-on-error",
                "--single-transaction",
                "--no-owner",
                "--no-privileges",
                "--no-password",
                str(dump),
            )
        except BaseException:
            self.discard(staged)
            raise
        return staged

    def swap(self, staged: URL, stamp: str) -> str:
        """Both names change in one transaction."""
        with connected(self.url) as connection:
            is_empty = not inspect(connection).get_table_names()
        aside = self._named("before", stamp)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        names = [(self.url.database or "", aside), (staged.database or "", self.url.database or "")]
        try:
            with _server(self.url.set(database="postgres")) as server, server.transaction():
                for old, new in names:
                    server.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
        except psycopg.errors.ObjectInUse as error:
            raise BackupRefused(_IN_USE) from error
        if not is_empty:
            return f"数据库 {aside}"
        self.discard(self.url.set(database=aside))
        return ""

    def discard(self, staged: URL) -> None:
        with _server(self.url.set(database="postgres")) as server:
            server.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                    sql.Identifier(staged.database or "")
                )
            )

    def _named(self, what: str, stamp: str) -> str:
        ending = f"_{what}_{stamp.replace('-', '_')}"
        return (self.url.database or "")[: LONGEST_NAME - len(ending)] + ending

    def _create(self, name: str) -> None:
        """An empty database that sorts and encodes as ours does."""
        with _server(self.url) as server:
            row = server.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
                " WHERE datname = current_database()"
            ).fetchone()
            encoding, collate, ctype = row or ("UTF8", "C", "C")
            statement = "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
            try:
                server.execute(
                    sql.SQL(statement).format(
                        sql.Identifier(name), sql.Literal(encoding), sql.Literal(collate), sql.Literal(ctype)
                    )
                )
            except psycopg.errors.InsufficientPrivilege as error:
                raise BackupRefused(
                    f"数据库用户 {self.url.username} 不能新建数据库：先由管理员执行"
                    f" ALTER ROLE {self.url.username} CREATEDB，恢复以后可以收回"
                ) from error


@contextmanager
def _server(url: URL) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    try:
        connection = psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )
    except psycopg.OperationalError as error:
        raise BackupRefused(f"数据库连不上：{error}") from error
    with connection:
        yield connection


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise BackupRefused(
            f"找不到 {name}：请安装与服务器同版本或更新的 PostgreSQL 客户端"
            "（Debian：postgresql-client），并让它在 PATH 里"
        )
    return path


def _run(name: str, url: URL, *arguments: str) -> None:
    """A client program on a database; the password goes by the environment, where other users can't read it."""
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603 — a list without a shell; the name is one of two
        [_program(name), f"--dbname={address}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[:1000]
        raise BackupRefused(f"{name} 失败（{done.returncode}）：{said}")
