"""Make an instance ready to serve: migrate, bring in the places, load the demo if empty, build a missing index.

``DEMO_SCALE`` loads the demo that many times over (``flask demo load --scale``), for measuring.

One process for all of it: starting Python and importing the shop is most of a second start.
"""

import logging
import os
import sys
from pathlib import Path

import click
import flask_migrate
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from marketplace import cli
from marketplace.accounts.models import User
from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings, UnsafeSettings
from marketplace.regions.commands import load_regions
from marketplace.regions.models import Region


def migrate() -> None:
    alembic = logging.getLogger("alembic.runtime.migration")
    alembic.setLevel(logging.WARNING)  # one line per revision is for `flask db upgrade`
    flask_migrate.upgrade()


def is_empty(model: type[User | Region]) -> bool:
    empty = not db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return empty


def run_command(app: Flask, group: str, command: str, *args: str) -> None:
    """A command of ``flask`` by its names, in this process and this application context."""
    found = app.cli.commands[group]
    assert isinstance(found, click.Group)  # noqa: S101 - for the type checker
    found.commands[command].main(args=list(args), prog_name=f"flask {group} {command}", standalone_mode=False)


def prepare(app: Flask, settings: Settings) -> None:
    migrate()
    if is_empty(Region):
        print("行政区划 …", flush=True)
        load_regions()
    if settings.is_demo and is_empty(User):
        run_command(app, "demo", "load", "--scale", os.environ.get("DEMO_SCALE", "1"))
    folder = settings.search_folder
    if not folder.is_dir() or not any(folder.iterdir()):
        run_command(app, "search", "rebuild")


def main() -> int:
    try:
        settings = Settings()
        app = create_app(settings)
        cli.install(app)
        with app.app_context():
            prepare(app, settings)
    except UnsafeSettings as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"The database cannot be used: {error.orig}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
