"""Bringing the committed divisions into the database."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.regions import queries
from marketplace.regions.models import Region
from marketplace.regions.rules import RegionLevel, scope_prefix

DIVISIONS_FILE = Path(__file__).parent / "data" / "divisions.csv.gz"


def read_divisions() -> Iterator[dict[str, Any]]:
    """The committed divisions as rows of ``Region``, parents before children. Raises ValueError on a code that does
    not fit its level."""
    with gzip.open(DIVISIONS_FILE, "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            level = RegionLevel(line["level"])
            yield {
                "code": line["code"],
                "name": line["name"],
                "level": level,
                "parent_code": line["parent"] or None,
                "prefix": scope_prefix(line["code"], level),
            }


def load_regions() -> int:
    """Make the table say what the committed file says; returns how many rows were added or changed.

    May run any number of times. A region the file no longer has is kept, for orders and households may name it.
    """
    written = _write_divisions()
    queries.forget_cached()
    return written


@transactional
def _write_divisions() -> int:
    columns = (Region.code, Region.name, Region.level, Region.parent_code, Region.prefix)
    present = {row.code: row._asdict() for row in db.session.execute(select(*columns))}
    added, changed = [], []
    for division in read_divisions():
        current = present.get(division["code"])
        if current is None:
            added.append(division)
        elif current != division:
            changed.append({f"new_{name}": value for name, value in division.items()})
    # The tables themselves, not the class: 65,000 rows have no use for the ORM's bookkeeping.
    connection = db.session.connection()
    if added:
        connection.execute(insert(Region), added)
    if changed:
        values: dict[str, Any] = {column.key: bindparam(f"new_{column.key}") for column in columns[1:]}
        connection.execute(update(Region).where(Region.code == bindparam("new_code")).values(values), changed)
    return len(added) + len(changed)
