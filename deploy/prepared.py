"""Is there nothing for ``prepare.py`` to do? Ends with 0 if so.

Asked of the database itself and without the program: importing the shop is most of what a second start would spend on
finding that all is there. Whatever is not plainly so is left to ``prepare.py``, which does it or says what is wrong.
"""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from marketplace.kernel.revisions import FOUND, newest_revision
from marketplace.kernel.settings import Settings, UnsafeSettings

CONNECT_SECONDS = 5


def holds(ask: Callable[[str], tuple[object, ...] | None], tables: list[str]) -> bool:
    """``ask`` gives the first row. Whether the schema is of the newest revision and a row is in each of ``tables``."""
    return ask(FOUND) == (newest_revision(),) and all(
        ask(f"SELECT EXISTS (SELECT 1 FROM {table})") == (1,)  # noqa: S608 - our own names
        for table in tables
    )


def database_is_ready(url: str, tables: list[str]) -> bool:
    """Raises what the driver raises where there is no such database, or no such table in it."""
    if url.startswith("sqlite:///"):
        # rw: one that is missing is not made
        address = Path(url.removeprefix("sqlite:///")).absolute().as_uri() + "?mode=rw"
        lite = sqlite3.connect(address, uri=True, timeout=CONNECT_SECONDS)
        try:
            return holds(lambda statement: lite.execute(statement).fetchone(), tables)
        finally:
            lite.close()
    with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=CONNECT_SECONDS) as connection:
        return holds(lambda statement: connection.execute(statement.encode()).fetchone(), tables)


def prepared() -> bool:
    try:
        settings = Settings()
        folder = settings.search_folder
        return (
            folder.is_dir()
            and any(folder.iterdir())
            and database_is_ready(
                str(settings.database_url), ["regions", *(["users"] if settings.is_demo else [])]
            )
        )
    except (UnsafeSettings, ValueError, OSError, LookupError, sqlite3.Error, psycopg.Error):
        return False


if __name__ == "__main__":
    sys.exit(0 if prepared() else 1)
