"""How alembic reaches the shop's database; it runs inside the application (``flask db …``)."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator

from marketplace.kernel.columns import EncryptedText
from marketplace.kernel.db import Base, db
from marketplace.kernel.sqlite import IMMEDIATE

#: Any fixed number: two processes that start at once migrate one after the other.
MIGRATION_LOCK = 610100
#: A migration waits this long for a busy table, then fails and can be run again: it must not queue all shoppers.
LOCK_TIMEOUT = "10s"


def forget_empty_revision(
    _context: MigrationContext, _revision: object, directives: list[MigrationScript]
) -> None:
    """``flask db migrate`` without a difference writes no file."""
    options = context.config.cmd_opts
    upgrade = directives[0].upgrade_ops if directives else None
    if getattr(options, "autogenerate", False) and upgrade is not None and upgrade.is_empty():
        directives.clear()


def render_stored_type(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """A revision names what the database stores: it must still run when our column types have moved."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return "sa.LargeBinary()" if isinstance(item, EncryptedText) else f"sa.{item.impl_instance!r}"
    return False


def configure(**options: object) -> None:
    arguments = {
        "process_revision_directives": forget_empty_revision,
        **current_app.extensions["migrate"].configure_args,
        "target_metadata": Base.metadata,
        "compare_type": True,
        "compare_server_default": False,
        "render_as_batch": True,
        "render_item": render_stored_type,
        **options,
    }
    context.configure(**arguments)


def migrate_offline() -> None:
    configure(url=db.engine.url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate_sqlite(connection: Connection) -> None:
    """All in one immediate transaction: a killed migration leaves the schema it found.

    A batch rebuilds a table by dropping the old one, which with foreign keys on would delete what refers to it. They
    are checked as a whole before the commit instead.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            configure(
                connection=connection
            )  # alembic must see that a transaction is open: then it leaves it alone
            context.run_migrations()
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"migration leaves dangling references: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def migrate_postgresql(connection: Connection) -> None:
    """DDL is transactional here too; the lock is freed with the transaction, however it ends."""
    with connection.begin():
        configure(connection=connection)
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()


def migrate_online() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            migrate_sqlite(connection.execution_options(**{IMMEDIATE: True}))
        else:
            migrate_postgresql(connection)


if context.is_offline_mode():
    migrate_offline()
else:
    migrate_online()
