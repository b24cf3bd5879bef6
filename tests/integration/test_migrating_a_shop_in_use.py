"""A shop of the version before is migrated with its rows in it: none is lost, new columns have their defaults, and the
database states the new law."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import JSON, Column, Connection, MetaData, insert, inspect, text
from sqlalchemy.exc import IntegrityError

from marketplace.kernel.db import db

BEFORE = "0002"
VILLAGE = "610124103219"
#: what matters of a row in each table that the migration rebuilds or widens; the rest is filled up
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("regions", {"code": VILLAGE, "level": "nation", "prefix": ""}),
    ("users", {"id": 1}),
    ("categories", {"code": "fruit"}),
    (
        "suppliers",
        {"id": 1, "kind": "cooperative", "state": "approved", "uscc": "9361", "village_code": VILLAGE},
    ),
    ("declared_products", {"id": 1, "supplier_id": 1, "category_code": "fruit", "origin_code": VILLAGE}),
    ("linkage_agreements", {"id": 1, "supplier_id": 1, "product_id": 1, "state": "active", "version": 1}),
    (
        "linkage_terms",
        {"id": 1, "agreement_id": 1, "mode": "dividend", "share_bp": 2000, "sponsor_fee_fen": 0},
    ),
    (
        "applications",
        {
            "id": 1,
            "supplier_id": 1,
            "product_id": 1,
            "region_code": VILLAGE,
            "state": "public_notice",
            "created_by": 1,
        },
    ),
    ("public_notices", {"id": 1, "application_id": 1, "region_code": VILLAGE, "state": "open"}),
)


@pytest.fixture
def database_template() -> str:
    return "empty"


@pytest.fixture
def migrated(app: Flask) -> Iterator[Connection]:
    """A database that was at the version before, with rows, and has been upgraded."""
    _empty()
    flask_migrate.upgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        _fill(connection)
    flask_migrate.upgrade()
    with db.engine.begin() as connection:
        yield connection


def _empty() -> None:
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    else:
        path = str(db.engine.url.database)
        db.session.remove()
        db.engine.dispose()
        for file in (path, f"{path}-wal", f"{path}-shm"):
            Path(file).unlink(missing_ok=True)
    assert inspect(db.engine).get_table_names() == []


def _fill(connection: Connection) -> None:
    before = MetaData()
    before.reflect(connection, only=[table for table, _ in ROWS])
    for name, given in ROWS:
        needed = {
            column.name: _sample(column)
            for column in before.tables[name].columns
            if not column.nullable and column.server_default is None and not column.primary_key
        }
        connection.execute(insert(before.tables[name]).values(needed | given))


def _sample(column: Column[Any]) -> object:
    if isinstance(column.type, JSON):
        return []
    kinds: dict[type, object] = {
        int: 1,
        str: "x",
        bytes: b"x",
        bool: True,
        date: date(2026, 11, 1),
        datetime: datetime(2026, 11, 1, 8, tzinfo=UTC),
    }
    return kinds[column.type.python_type]


def test_no_row_is_lost_and_the_new_columns_have_their_defaults(migrated: Connection) -> None:
    application = migrated.execute(
        text("SELECT kind, certificate_number, is_short, state FROM applications")
    ).one()
    assert (application.kind, application.certificate_number, bool(application.is_short)) == (
        "first",
        None,
        False,
    )
    assert application.state == "public_notice"
    assert migrated.scalar(text("SELECT unit_fen FROM linkage_terms")) == 0
    assert migrated.execute(text("SELECT state, days_left FROM public_notices")).one() == ("open", None)


@pytest.mark.parametrize(
    "against_the_law",
    [
        "UPDATE applications SET kind = 'renewal'",
        "UPDATE applications SET state = 'returned'",
        "UPDATE linkage_terms SET unit_fen = -1",
        "UPDATE linkage_terms SET mode = 'gift'",
        "UPDATE public_notices SET state = 'paused'",
    ],
)
def test_the_database_states_the_new_law_and_still_the_old(
    migrated: Connection, against_the_law: str
) -> None:
    with pytest.raises(IntegrityError):
        migrated.execute(text(against_the_law))


def test_what_is_new_may_be_said(migrated: Connection) -> None:
    migrated.execute(text("UPDATE linkage_terms SET mode = 'labour', unit_fen = 300"))
    migrated.execute(text("UPDATE public_notices SET state = 'paused', days_left = 3"))
