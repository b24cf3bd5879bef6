"""The migrations give exactly the tables the models describe, on both databases."""

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect

from marketplace.kernel.db import Base, db


@pytest.fixture
def database_template() -> str:
    return "empty"


def test_upgrading_an_empty_database_leaves_nothing_to_migrate(app: Flask) -> None:
    flask_migrate.check()


def test_every_table_is_there_and_no_other(app: Flask) -> None:
    assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)


def test_upgrading_twice_changes_nothing(app: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.check()


def test_the_revisions_form_one_line(app: Flask) -> None:
    script = ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config())
    assert len(script.get_heads()) == 1
