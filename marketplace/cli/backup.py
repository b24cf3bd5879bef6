"""``flask backup`` and ``flask restore``. The encryption keys are in no backup: keep them elsewhere."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import make_url

from catalog.search import engine as search_engine
from marketplace.backup.databases import Database
from marketplace.backup.errors import BackupRefused
from marketplace.backup.manifest import Manifest
from marketplace.backup.restoring import Consent, Place, examine, restore
from marketplace.backup.sqlite import Sqlite
from marketplace.backup.taking import take
from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say why not in words, instead of a traceback; a full disk, too."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BackupRefused as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"读写文件出错：{error}") from error

    return run


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _database() -> Database:
    url = make_url(str(_settings().database_url))
    if url.get_backend_name() == "sqlite":
        return Sqlite(url)
    from marketplace.backup.postgresql import Postgresql  # noqa: PLC0415 - its driver takes 14 MB of every process

    return Postgresql(url)


def _describe(manifest: Manifest) -> str:
    ledger = manifest.facts.ledger
    made = manifest.made_at.astimezone(BUSINESS_ZONE)
    media = sum(name.startswith("media/") for name in manifest.members)
    return (
        f"{made:%Y-%m-%d %H:%M:%S}（西安）的 {manifest.engine} 备份，表结构版本 {manifest.facts.revision}："
        f"{len(manifest.facts.rows)} 张表 {sum(manifest.facts.rows.values())} 行，"
        f"订单 {manifest.facts.rows.get('orders', 0)}，"
        f"记账 {ledger.entries} 笔（合计 {ledger.sum_fen} 分，借方 {ledger.debit_fen} 分），文件 {media} 个"
    )


@click.command("backup")
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
@_told
def backup_command(directory: Path | None) -> None:
    """Back up database and media files into one file in DIRECTORY (INSTANCE/backups), while the shop runs."""
    settings = _settings()
    taken = take(_database(), settings.media_folder, directory or settings.instance / "backups")
    click.echo(_describe(taken.manifest))
    if taken.missing:
        click.echo(f"注意：数据库提到的文件有 {taken.missing} 个不在 {settings.media_folder}，没有备份到")
    if taken.manifest.facts.ledger.sum_fen:
        click.echo("注意：账目合计不是 0，请运行 flask ledger verify")
    click.echo("加密密钥不在备份里：请另外保管 SHOP_ENCRYPTION_KEYS、SHOP_LOOKUP_KEY（演示是 INSTANCE/keys）")
    click.echo(f"已备份到 {taken.path}（{taken.path.stat().st_size} 字节）")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only check the file; nothing is changed.")
@click.option("--replace", is_flag=True, help="Also when there are orders; the old database is kept aside.")
@click.option(
    "--other-keys", is_flag=True, help="Although personal data will be unreadable under this shop's keys."
)
@click.option("--accept-findings", is_flag=True, help="Although the self-check of the books finds something.")
@with_appcontext
@_told
def restore_command(
    file: Path, *, check: bool, replace: bool, other_keys: bool, accept_findings: bool
) -> None:
    """Restore a backup into the stopped shop; verified before anything is replaced."""
    settings, database = _settings(), _database()
    if check:
        click.echo(_describe(examine(database, file, other_keys=other_keys)))
        click.echo("备份完好，可以恢复")
        return
    db.session.remove()
    db.engine.dispose()  # nobody may be connected, this process neither
    place = Place(database, settings.instance, settings.media_folder)
    consent = Consent(replace=replace, other_keys=other_keys, findings=accept_findings)
    click.echo(_describe(restore(place, file, consent, click.echo)))
    _rebuild_search()
    click.echo("已恢复")


def _rebuild_search() -> None:
    try:
        click.echo(f"搜索索引已重建：{search_engine.rebuild()} 个商品")
    except Exception as error:  # noqa: BLE001 — the shop is restored; the worker heals the index, too
        click.echo(f"搜索索引没有重建（{error}）：请运行 flask search rebuild")
