"""A start passes over the preparing only where there is nothing to prepare."""

import shutil
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from deploy.prepared import prepared
from marketplace.kernel.db import db
from marketplace.kernel.revisions import newest_revision
from marketplace.kernel.settings import Settings
from tests.factories import builders
from tests.support.shops import environment_of
from tests.support.sources import ROOT

MISSING = {
    "an older schema": "UPDATE alembic_version SET version_num = '0001'",
    "no schema": "DROP TABLE alembic_version",
    "a schema of no revision": "DELETE FROM alembic_version",
    "no places": "DELETE FROM regions",
    "nobody": "DELETE FROM users",
}


@pytest.fixture
def ready(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A shop with places, somebody and an index; the environment leads to it."""
    builders.user("somebody")
    settings.search_folder.mkdir(exist_ok=True)
    (settings.search_folder / "segment").touch()
    db.session.remove()
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    return settings


def test_a_shop_with_everything_is_passed_over(ready: Settings) -> None:
    assert prepared()


@pytest.mark.parametrize("statement", MISSING.values(), ids=list(MISSING))
def test_whatever_is_missing_is_seen(ready: Settings, statement: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement))
    assert not prepared()


@pytest.mark.parametrize("left", ["an empty folder", "no folder"])
def test_a_missing_index_is_seen(ready: Settings, left: str) -> None:
    shutil.rmtree(ready.search_folder)
    if left == "an empty folder":
        ready.search_folder.mkdir()
    assert not prepared()


def test_no_database_is_none_and_none_is_made(
    ready: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "shop.sqlite"
    for address in (f"sqlite:///{elsewhere}", "postgresql://127.0.0.1:1/nothing", "nonsense"):
        monkeypatch.setenv("DATABASE_URL", address)
        assert not prepared()
    assert not elsewhere.exists()


def test_settings_that_are_refused_are_left_to_the_preparing(
    ready: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PAYMENT_PROVIDER", "stripe")
    assert not prepared()


def test_the_newest_revision_is_alembics() -> None:
    assert newest_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()
