"""``flask backup`` and ``flask restore``: a drill that gives back what was there, or leaves what is there."""

import errno
import os
import re
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import flask_migrate
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import make_url, text

from marketplace import wiring
from marketplace.backup import taking
from marketplace.backup.databases import connected
from marketplace.backup.files import media_files
from marketplace.backup.postgresql import Postgresql
from marketplace.backup.sqlite import Sqlite
from marketplace.kernel import clock, crypto, outbox
from marketplace.kernel.db import db
from marketplace.kernel.outbox import MessageState
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from orders.ledger import verification
from orders.ledger.verification import Finding
from tests.factories import order_builders, sales
from tests.support.backups import (
    backup,
    database_of,
    empty_shop,
    files_of,
    flip,
    leftovers,
    paid_shop,
    path_with_client_programs,
    refused,
    restored,
    run,
)
from tests.support.databases import Databases


@pytest.fixture(autouse=True)
def _client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path_with_client_programs())


@pytest.fixture
def database_template() -> str:
    return "empty"


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    return paid_shop()


@pytest.fixture
def small_shop(databases: Databases) -> Iterator[Flask]:
    """For what is the same on both databases: one on SQLite, with a paid order."""
    with empty_shop(databases, "sqlite") as app:
        paid_shop()
        yield app


def number_of_orders(app: Flask) -> int:
    return database_of(app).facts.rows["orders"]


def set_revision(revision: str) -> str:
    with transaction() as session:
        before = str(session.scalars(text("SELECT version_num FROM alembic_version")).one())
        session.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    return before


def test_a_shop_comes_back_in_an_empty_one(
    app: Flask, world: dict[str, int], databases: Databases, database_engine: str, tmp_path: Path
) -> None:
    order_builders.placed_orders({world["sku"]: 1})
    before, files = database_of(app), files_of(app)
    path = backup(app, tmp_path)
    with empty_shop(databases, database_engine) as other:
        # a day later: what has fallen due since then is no fault of the backup
        with clock.turned_to(clock.now() + timedelta(days=1)):
            said = restored(other, path)
        assert database_of(other) == before
        assert files_of(other) == files
        assert len(files) >= 4
        assert f"{len(before.facts.rows)} 张表" in said
        assert "搜索索引已重建：1 个商品" in said
        assert leftovers(other) == []
        with clock.turned_to(clock.now()):
            assert verification.verify() == []
        sales.paid_orders({world["sku"]: 1})


def test_a_filled_shop_is_replaced_on_purpose_when_stopped_and_kept_aside(
    app: Flask, world: dict[str, int], settings: Settings, database_engine: str, tmp_path: Path
) -> None:
    before, files = database_of(app), files_of(app)
    path = backup(app, tmp_path)
    sales.paid_orders({world["sku"]: 1})
    lost, spoilt = (settings.media_folder / name for name in sorted(files)[:2])
    lost.unlink()
    spoilt.write_bytes(b"spoilt")
    now = database_of(app)
    assert "--replace" in refused(app, path)
    with connected(make_url(str(settings.database_url))) as connection:
        connection.execute(text("SELECT count(*) FROM regions"))
        assert "请先停掉商店" in refused(app, path, "--replace")
    assert (database_of(app), lost.exists()) == (now, False)
    said = restored(app, path, "--replace")
    assert database_of(app) == before
    assert files_of(app) == files
    assert "补上 1 个，换掉 1 个" in said
    [kept] = settings.instance.glob("media.before-*/*/*")
    assert kept.read_bytes() == b"spoilt"
    [aside] = [line.removeprefix("旧库留在 ") for line in said.splitlines() if "旧库留在" in line]
    url = make_url(str(settings.database_url))
    aside_url = url.set(database=aside.removeprefix("数据库 "))
    with connected(aside_url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM orders")) == 2
    if database_engine == "postgresql":
        Postgresql(url).discard(aside_url)


def test_what_waited_to_be_told_is_held_and_the_rest_is_done_again(
    app: Flask, databases: Databases, database_engine: str, tmp_path: Path
) -> None:
    """The letters have gone out since the backup, and the restored shop does not know it."""
    with transaction():
        for topic in wiring.TELLING:
            outbox.enqueue(topic, {})
        outbox.enqueue("search.index", {"listing_id": 0})
        outbox.enqueue("messages.mail", {}, timedelta(hours=1))
    path = backup(app, tmp_path)
    with empty_shop(databases, database_engine) as other:
        said = restored(other, path)
        held = len(wiring.TELLING) + 1
        assert f"还没发的消息和信有 {held} 条" in said
        counts = outbox.queue_state().counts
        assert (counts[MessageState.HELD], counts[MessageState.WAITING]) == (held, 1)
        with clock.turned_to(clock.now() + timedelta(days=1)):
            assert outbox.run_pending() == 1
        restored(other, backup(other, tmp_path), "--replace")
        assert outbox.queue_state().counts[MessageState.HELD] == held
    assert outbox.queue_state().counts[MessageState.HELD] == 0


def test_a_topic_that_tells_people_is_known_as_one() -> None:
    """A handler that is new is put in one of the two lists, or this fails."""
    again = {
        "search.index",
        "products.refresh_projection",
        "payments.return_money",
        "payments.close_session",
        "imports.run",
        "media.delete_video",
        "orders.stop_unshipped",
        "sandbox.deliver",
    }
    assert set(wiring.outbox_handlers()) == again | set(wiring.TELLING)


def test_each_way_of_being_no_backup_is_named_and_touches_nothing(
    app: Flask, world: dict[str, int], tmp_path: Path
) -> None:
    path = backup(app, tmp_path)
    before, files, whole = database_of(app), files_of(app), path.read_bytes()
    with tarfile.open(path) as tar:
        members = {each.name: each for each in tar}
    [database] = [name for name in members if name.startswith("database.")]
    picture = next(name for name in members if name.endswith(".640.webp"))
    flip(path, members[database].offset_data + 5000)
    assert f"{database} 的校验和不对" in refused(app, path, "--replace")
    path.write_bytes(whole[: members[picture].offset_data + 20])
    assert f"{picture} 被截断了" in refused(app, path, "--replace")
    start, end = members[picture].offset, members[picture].offset_data + members[picture].size
    path.write_bytes(whole[:start] + whole[-(-end // 512) * 512 :])
    assert f"缺少 {picture}" in refused(app, path, "--replace", "--check")
    path.write_bytes(b"PK\x03\x04 something else")
    assert "不是本程序的备份文件" in refused(app, path, "--replace")
    assert (database_of(app), files_of(app), leftovers(app)) == (before, files, [])
    path.write_bytes(whole)
    assert "备份完好，可以恢复" in run(app, "restore", path, "--check").output


def test_a_backup_of_a_newer_program_is_refused(app: Flask, tmp_path: Path) -> None:
    before = set_revision("9999")
    path = backup(app, tmp_path)
    set_revision(before)
    said = refused(app, path)
    assert "9999" in said
    assert f"比本程序的 {before} 新" in said


def test_a_backup_of_an_older_program_is_migrated(
    app: Flask, databases: Databases, database_engine: str, tmp_path: Path
) -> None:
    with empty_shop(databases, database_engine) as old:
        flask_migrate.downgrade(revision="0007")
        path = backup(old, tmp_path)
    said = restored(app, path)
    assert "已迁移：0007 → " in said
    flask_migrate.check()


def test_a_backup_of_the_other_kind_of_database_is_refused(
    small_shop: Flask, databases: Databases, tmp_path: Path
) -> None:
    path = backup(small_shop, tmp_path)
    with empty_shop(databases, "postgresql") as other:
        assert "这是 sqlite 的备份" in refused(other, path)


def test_a_shop_with_broken_books_comes_back_on_purpose_only(
    small_shop: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = backup(small_shop, tmp_path)
    order_builders.bare_order(1)
    before, files = database_of(small_shop), files_of(small_shop)
    monkeypatch.setattr(verification, "verify", lambda: [Finding("I1", "账", "少了一分")])
    said = refused(small_shop, path, "--replace")
    assert "[I1] 少了一分" in said
    assert "没有恢复" in said
    assert (database_of(small_shop), files_of(small_shop), leftovers(small_shop)) == (before, files, [])
    restored(small_shop, path, "--replace", "--accept-findings")
    assert number_of_orders(small_shop) == 1


def test_a_restore_that_fails_at_the_last_step_leaves_the_old_shop(
    app: Flask, world: dict[str, int], monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    path = backup(app, tmp_path)
    sales.paid_orders({world["sku"]: 1})
    lost, spoilt = (settings.media_folder / name for name in sorted(files_of(app))[:2])
    lost.unlink()
    spoilt.write_bytes(b"spoilt")
    before, files = database_of(app), files_of(app)

    def fail(*_args: object) -> str:
        raise OSError(errno.EIO, "the disk is gone")

    for kind in (Sqlite, Postgresql):
        monkeypatch.setattr(kind, "swap", fail)
    assert "读写文件出错" in refused(app, path, "--replace")
    assert (database_of(app), files_of(app), leftovers(app)) == (before, files, [])


def test_a_restore_whose_rows_are_not_those_of_the_manifest_is_refused(
    small_shop: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = backup(small_shop, tmp_path)
    before = database_of(small_shop)
    for kind in (Sqlite, Postgresql):
        stage = kind.stage

        def lossy(self, dump, stamp, stage=stage):  # type: ignore[no-untyped-def]
            staged = stage(self, dump, stamp)
            with connected(staged) as connection, connection.begin():
                connection.execute(text("DELETE FROM payments"))
            return staged

        monkeypatch.setattr(kind, "stage", lossy)
    assert "表 payments 有 0 行，清单上是 1 行" in refused(small_shop, path, "--replace")
    assert database_of(small_shop) == before


def test_without_the_keys_it_says_so(small_shop: Flask, tmp_path: Path) -> None:
    path = backup(small_shop, tmp_path)
    crypto.configure([Fernet.generate_key().decode()], "another lookup key")
    assert "SHOP_ENCRYPTION_KEYS" in refused(small_shop, path)
    restored(small_shop, path, "--replace", "--other-keys")


def test_orders_placed_meanwhile_are_in_it_whole_or_not_at_all(
    app: Flask, world: dict[str, int], databases: Databases, database_engine: str, tmp_path: Path
) -> None:
    stop, going = Event(), Event()

    def buy() -> int:
        placed = 0
        with app.app_context():
            while not stop.is_set():
                sales.paid_orders({world["sku"]: 1})
                placed += 1
                going.set()
            db.session.remove()
        return placed

    with ThreadPoolExecutor(2) as pool:
        buyers = [pool.submit(buy) for _ in range(2)]
        going.wait()
        paths = [backup(app, tmp_path) for _ in range(2)]
        stop.set()
        placed = sum(buyer.result() for buyer in buyers)
    with empty_shop(databases, database_engine) as other:
        restored(other, paths[-1])
        assert 2 <= number_of_orders(other) <= 1 + placed


def test_its_name_says_nothing_of_people_and_nothing_passing_is_in_it(
    small_shop: Flask, tmp_path: Path
) -> None:
    killed = tmp_path / ".backup-killed.tar.part"
    killed.touch()
    os.utime(killed, (0, 0))
    for name in ("waiting/7.register.abc", "ab/half.pdf.part"):
        path = small_shop.extensions["media_folder"] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not yet")
    paths = [backup(small_shop, tmp_path), backup(small_shop, tmp_path)]
    for path in paths:
        assert re.fullmatch(r"backup-\d{8}-\d{6}-\d{2}\.tar", path.name)
        assert path.stat().st_mode & 0o777 == 0o600
        with tarfile.open(path) as tar:
            assert not [
                name for name in tar.getnames() if "waiting" in name or "part" in name or "key" in name
            ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)


def test_files_that_are_gone_are_counted(small_shop: Flask, tmp_path: Path) -> None:
    next(small_shop.extensions["media_folder"].rglob("*.pdf")).unlink()
    assert "有 1 个不在" in run(small_shop, "backup", tmp_path).output


def test_a_video_the_worker_deletes_meanwhile_is_left_out(
    small_shop: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = small_shop.extensions["media_folder"] / "ab" / f"{'ab' * 16}.video"
    gone.parent.mkdir(parents=True, exist_ok=True)
    gone.write_bytes(b"taken down a day ago")

    def found_and_deleted(folder: Path) -> Iterator[tuple[str, Path]]:
        for name, path in media_files(folder):
            if path == gone:
                path.unlink()
            yield name, path

    monkeypatch.setattr(taking, "media_files", found_and_deleted)
    path = backup(small_shop, tmp_path)
    assert not gone.exists()
    with tarfile.open(path) as tar:
        assert not [name for name in tar.getnames() if name.endswith(".video")]


def test_a_full_disk_leaves_no_half_backup(
    small_shop: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = run(small_shop, "backup", tmp_path)
    assert (result.exit_code, "读写文件出错" in result.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_postgresql_needs_its_programs_and_sqlite_needs_none(
    app: Flask, database_engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run(app, "backup", tmp_path)
    assert ("找不到 pg_dump：请安装" in result.output) is (database_engine == "postgresql")
    assert result.exit_code == (1 if database_engine == "postgresql" else 0)
    assert len(list(tmp_path.iterdir())) == (0 if database_engine == "postgresql" else 1)


def test_a_destroyed_sqlite_database_is_replaced(databases: Databases, tmp_path: Path) -> None:
    with empty_shop(databases, "sqlite") as app:
        path, live = backup(app, tmp_path), app.extensions["settings"].instance / "shop.sqlite"
        before = database_of(app)
        db.session.remove()
        db.engine.dispose()
        live.write_bytes(b"rubbish" * 2000)
        assert "--replace" in refused(app, path)
        assert "旧库留在" in restored(app, path, "--replace")
        assert database_of(app) == before
        [aside] = live.parent.glob("shop.sqlite.before-*")
        assert aside.read_bytes() == b"rubbish" * 2000
