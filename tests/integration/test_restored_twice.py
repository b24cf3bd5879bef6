"""Restoring twice in one second: what each replaced is kept, side by side."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from marketplace.backup.postgresql import Postgresql
from marketplace.kernel import clock
from marketplace.kernel.settings import Settings
from tests.support.backups import backup, paid_shop, path_with_client_programs, restored


@pytest.fixture
def database_template() -> str:
    return "empty"


def test_nothing_kept_aside_is_overwritten(
    app: Flask, settings: Settings, database_engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_with_client_programs())
    paid_shop()
    path = backup(app, tmp_path)
    second, asides = clock.now().replace(microsecond=0), list[str]()
    for after in (100, 200):
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda after=after: second + timedelta(milliseconds=after))
            said = restored(app, path, "--replace")
        asides += [line.removeprefix("旧库留在 ") for line in said.splitlines() if "旧库留在" in line]
    assert len(asides) == len(set(asides)) == 2
    if database_engine == "sqlite":
        assert all(Path(each).exists() for each in asides)
        return
    url = make_url(str(settings.database_url))
    for each in asides:
        Postgresql(url).discard(url.set(database=each.removeprefix("数据库 ")))
