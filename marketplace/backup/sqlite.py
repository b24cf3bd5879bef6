"""SQLite: the file is copied under a read lock, and a restored one replaces it by one rename."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL

from marketplace.backup.databases import Snapshot, connected, has_orders, look
from marketplace.backup.errors import BackupRefused
from marketplace.backup.files import forget_killed, sync
from marketplace.backup.manifest import EngineName
from marketplace.kernel.sqlite import BUSY_TIMEOUT_MS

_BESIDE = ("-wal", "-shm", "-journal")


class Sqlite:
    engine: EngineName = "sqlite"
    member = "database.sqlite"

    def __init__(self, url: URL) -> None:
        self.url = url
        self.path = Path(url.database or "").resolve()

    def snapshot(self, into: Path) -> Snapshot:
        if not self.path.exists():
            raise BackupRefused(f"没有数据库文件 {self.path}")
        into.touch(mode=0o600)
        try:
            with (
                closing(sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_MS / 1000)) as source,
                closing(sqlite3.connect(into)) as target,
            ):
                source.backup(target)  # all pages in one step: readers and writers of the shop go on (WAL)
            return _examined(into)
        except sqlite3.DatabaseError as error:
            raise BackupRefused(f"数据库读不出来，没有备份：{error}") from error

    def holds_orders(self) -> bool:
        return self.path.exists() and has_orders(self.url)

    def refuse_in_use(self) -> None:
        if self.path.exists():
            self._alone().close()

    def stage(self, dump: Path, stamp: str) -> URL:
        forget_killed(self.path.parent, f".{self.path.name}.restoring-*")
        staged = self.path.with_name(f".{self.path.name}.restoring-{stamp}")
        shutil.move(dump, staged)
        if self.path.exists():
            shutil.copymode(self.path, staged)
        return self.url.set(database=str(staged))

    def swap(self, staged: URL, stamp: str) -> str:
        """The old file keeps its content under a second name before the first one moves on to the new file."""
        new = Path(staged.database or "")
        if not self.path.exists():
            new.replace(self.path)
            sync(self.path)
            return ""
        aside = self.path.with_name(f"{self.path.name}.before-{stamp}")
        with closing(self._alone()):
            for (
                end
            ) in _BESIDE:  # only a damaged database still has them; next to the new one they would destroy it
                with suppress(FileNotFoundError):
                    Path(f"{self.path}{end}").rename(f"{aside}{end}")
            try:
                os.link(self.path, aside)
            except OSError:  # not every file system has second names
                shutil.copy2(self.path, aside)
            new.replace(self.path)
        sync(self.path)
        return str(aside)

    def discard(self, staged: URL) -> None:
        for end in ("", *_BESIDE):
            Path(f"{staged.database}{end}").unlink(missing_ok=True)

    def _alone(self) -> sqlite3.Connection:
        """A connection beside which there can be no other; leaves no write-ahead log behind."""
        connection = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            raise BackupRefused(f"数据库正在使用：请先停掉商店和 jobs worker，再恢复（{error}）") from error
        except sqlite3.DatabaseError:
            pass  # damaged: nobody can work with it
        return connection


def _examined(path: Path) -> Snapshot:
    with connected(URL.create("sqlite", database=str(path))) as connection:
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            raise BackupRefused(f"数据库已损坏，没有备份：{said}")
        return look(connection)
