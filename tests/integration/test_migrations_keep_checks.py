"""What SQLite rebuilds loses its CHECKs and triggers unless the migration names them: the migrated tables keep all."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, inspect, text

from marketplace.kernel.db import Base, db
from marketplace.tables import APPEND_ONLY


@pytest.fixture
def database_template() -> str:
    return "empty"


@pytest.fixture
def described() -> Iterator[Engine]:
    """A database made from the models, without migrations."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def _checks(engine: Engine, table: str) -> set[str]:
    return {str(check["name"]) for check in inspect(engine).get_check_constraints(table)}


def test_every_table_has_the_checks_of_its_model(app: Flask, described: Engine) -> None:
    missing = {
        table: lost
        for table in Base.metadata.tables
        if (lost := _checks(described, table) - _checks(db.engine, table))
    }
    assert missing == {}


def test_every_append_only_table_still_has_its_triggers(app: Flask) -> None:
    question = (
        "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT DISTINCT event_object_table FROM information_schema.triggers"
    )
    assert set(APPEND_ONLY) <= set(db.session.scalars(text(question)))
