"""Commands for operators: ``flask users``, ``demo``, ``jobs``, ``search``, ``ledger``, ``reports``,
``backup``, ``restore``, and ``flask db`` for the tables."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from marketplace.cli import backup, books, demo, users, work
from marketplace.kernel.db import db


def install(app: Flask) -> None:
    """For a program that is given commands. What they lean on (Alembic, the demo) is 12 MB that a process which only
    answers pages does without."""
    folder = Path(app.root_path).parent / "migrations"
    Migrate(app, db, directory=str(folder), render_as_batch=True, compare_type=True)
    for group in (users.group, demo.group, work.jobs_group, work.search_group, *books.GROUPS):
        app.cli.add_command(group)
    for command in (backup.backup_command, backup.restore_command):
        app.cli.add_command(command)
