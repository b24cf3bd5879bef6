"""Restoring a backup: everything is unpacked, migrated and verified beside the shop before the shop is touched.

Then the media files are added and the database changes its name, which is one step: killed before it, the shop is the
old one; killed after it, the new one.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import flask_migrate
from alembic.script import ScriptDirectory
from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import URL

from marketplace.backup.archive import check
from marketplace.backup.databases import Database, connected, look, pointed_at
from marketplace.backup.errors import BackupRefused
from marketplace.backup.files import Merge, forget_killed
from marketplace.backup.manifest import Facts, Manifest
from marketplace.backup.taking import keys_of_this_shop
from marketplace.kernel import clock, crypto, outbox
from orders.ledger import verification

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Consent:
    """What an operator must say to on purpose: to replace orders, to restore without the keys, with known findings."""

    replace: bool = False
    other_keys: bool = False
    findings: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the shop keeps what is restored."""

    database: Database
    instance: Path
    media_folder: Path


def examine(database: Database, file: Path, *, other_keys: bool = False) -> Manifest:
    """Check a backup without touching anything; raises BackupRefused."""
    manifest = check(file)
    _refuse_what_does_not_fit(manifest, database, other_keys=other_keys)
    return manifest


def restore(place: Place, file: Path, consent: Consent, say: Say) -> Manifest:
    """Raises BackupRefused with the shop as it was; tells ``say`` each step that is done."""
    database = place.database
    manifest = examine(database, file, other_keys=consent.other_keys)
    say(f"备份完好：{len(manifest.members)} 个成员的校验和都对")
    if not consent.replace and database.holds_orders():
        raise BackupRefused(
            "现有数据库里有订单（或者读不出来），没有恢复；确定要换掉它请加 --replace，旧库会留在旁边"
        )
    database.refuse_in_use()
    stamp = f"{clock.now():%Y%m%d-%H%M%S-%f}"  # two in one second each keep aside what they replace
    with ExitStack() as stack:
        place.instance.mkdir(parents=True, exist_ok=True)
        forget_killed(place.instance, ".restoring-*")
        folder = Path(tempfile.mkdtemp(prefix=".restoring-", dir=place.instance))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if check(file, folder) != manifest:
            raise BackupRefused("备份文件在检查以后变了，没有恢复")
        staged = database.stage(folder / database.member, stamp)
        stack.callback(database.discard, staged)
        _verify(staged, manifest, consent, say)
        _put_in_place(place, staged, manifest, folder, stamp, say)
    return manifest


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())


def _refuse_what_does_not_fit(manifest: Manifest, database: Database, *, other_keys: bool) -> None:
    if manifest.engine != database.engine:
        raise BackupRefused(f"这是 {manifest.engine} 的备份，现在的数据库是 {database.engine}：不能恢复")
    if database.member not in manifest.members:
        raise BackupRefused(f"备份不完整：缺少 {database.member}")
    script = _script()
    known = {each.revision for each in script.walk_revisions()}
    if manifest.facts.revision not in known:
        raise BackupRefused(
            f"备份的表结构版本 {manifest.facts.revision} 比本程序的 {script.get_current_head()} 新"
            "（或者不属于本程序）：请先升级程序再恢复"
        )
    if not other_keys and not _has_the_keys(manifest):
        raise BackupRefused(
            "备份是用另一套密钥做的，里面加密的个人资料会读不出来：请先放回"
            "当时的 SHOP_ENCRYPTION_KEYS 和 SHOP_LOOKUP_KEY"
            "（演示是 INSTANCE/keys）；密钥已丢、只要其余数据，请加 --other-keys"
        )


def _has_the_keys(manifest: Manifest) -> bool:
    try:
        crypto.decrypt(manifest.keys.encrypted.encode())
    except InvalidToken:
        return False
    return manifest.keys.digest == keys_of_this_shop().digest


def _verify(staged: URL, manifest: Manifest, consent: Consent, say: Say) -> None:
    """Rows and ledger as the manifest says; then the migration, and the self-check as of the moment of the backup. What
    waited to tell people something is held: whether it was told since, the backup can't know."""
    _compare(_facts(staged), manifest.facts)
    say(
        f"行数与清单一致：{len(manifest.facts.rows)} 张表，{sum(manifest.facts.rows.values())} 行；"
        f"借方合计 {manifest.facts.ledger.debit_fen} 分"
    )
    head = _script().get_current_head()
    with pointed_at(staged):
        if manifest.facts.revision != head:
            try:
                flask_migrate.upgrade()
            except (SystemExit, Exception) as error:
                raise BackupRefused(
                    f"从 {manifest.facts.revision} 迁移到 {head} 失败，没有恢复：{error}"
                ) from error
            say(f"已迁移：{manifest.facts.revision} → {head}")
        findings = _self_check(manifest.made_at)
        held = outbox.hold_telling()
    for finding in findings:
        say(finding)
    if findings and not consent.findings:
        raise BackupRefused(
            f"账目自检有 {len(findings)} 处不一致，没有恢复；备份时就是这样、要照样恢复，请加 --accept-findings"
        )
    say(
        "账目自检通过：没有不一致的行。"
        if not findings
        else f"账目自检有 {len(findings)} 处不一致，已按要求接受"
    )
    if held:
        say(
            f"备份时还没发的消息和信有 {held} 条，备份以后多半发过了：先扣下不发，"
            "请管理员在“后台任务”（/admin/operations?state=held）里定发不发"
        )


def _self_check(moment: datetime) -> list[str]:
    """As of then: what has fallen due since the backup is for the timers, and no fault of it."""
    with clock.turned_to(moment):
        return [str(finding) for finding in verification.verify()]


def _facts(staged: URL) -> Facts:
    with connected(staged) as connection:
        return look(connection).facts


def _compare(found: Facts, wanted: Facts) -> None:
    for name in sorted(found.rows.keys() | wanted.rows.keys()):
        if found.rows.get(name) != wanted.rows.get(name):
            raise BackupRefused(
                f"恢复出来的表 {name} 有 {found.rows.get(name)} 行，清单上是 {wanted.rows.get(name)} 行：没有恢复"
            )
    if found != wanted:
        raise BackupRefused("恢复出来的账目合计或表结构版本与清单不一致：没有恢复")


def _put_in_place(place: Place, staged: URL, manifest: Manifest, folder: Path, stamp: str, say: Say) -> None:
    merge = Merge(place.media_folder, place.instance / f"media.before-{stamp}")
    try:
        for name, member in manifest.members.items():
            if name.startswith("media/"):
                merge.bring(folder / name, name, member.sha256)
        os.sync()  # all of it is on the disk before the one step that counts
        aside = place.database.swap(staged, stamp)
    except BaseException:
        merge.undo()
        raise
    media = sum(name.startswith("media/") for name in manifest.members)
    say(f"文件：备份里有 {media} 个，补上 {len(merge.added)} 个，换掉 {len(merge.replaced)} 个")
    if merge.replaced:
        say(f"换下的文件留在 {merge.aside}")
    if aside:
        say(f"旧库留在 {aside}")
