"""A large shelf for the bench: the demo's listings of goods copied inside their database until there are enough.

The copies lean on the demo's products, suppliers and certificates, so that every rule of what may be shown is asked of
each. Their stock comes from no lot; the books do not grow with them.
"""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from benchmarks import servers

#: what a copy's numbers are raised by, once per copy: more than any number in these tables
STEP = 100_000
_SHOWN = """SELECT listings.id FROM listings JOIN categories ON categories.code = listings.category_code
WHERE listings.state = 'on_sale' AND NOT categories.is_visit"""
#: table → (which of its rows are copied, the columns that are raised)
_COPIED = {
    "listings": (f"id IN ({_SHOWN})", {"id"}),
    "skus": (f"listing_id IN ({_SHOWN})", {"id", "listing_id"}),
    "stock_rows": (f"sku_id IN (SELECT id FROM skus WHERE listing_id IN ({_SHOWN}))", {"id", "sku_id"}),
    "listing_pictures": (f"listing_id IN ({_SHOWN})", {"id", "listing_id"}),
    "listing_options": (f"listing_id IN ({_SHOWN})", {"listing_id"}),
    "listing_scores": (f"listing_id IN ({_SHOWN})", {"listing_id"}),
}


def grow(instance: Path, listings: int) -> None:
    """Copy until some ``listings`` are there, renew what the planner knows, and index them for the search."""
    with sqlite3.connect(instance / "shop.sqlite") as database:
        there = len(database.execute(_SHOWN).fetchall())
        for table, (which, _) in _COPIED.items():
            database.execute(f"CREATE TEMP TABLE copied_{table} AS SELECT * FROM {table} WHERE {which}")
        for copy in range(1, listings // there):
            for table, (_, raised) in _COPIED.items():
                database.execute(_copying(database, table, raised, copy))
        database.execute("ANALYZE")
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "search", "rebuild"],
        cwd=servers.ROOT,
        env={**os.environ, "INSTANCE": str(instance)},
        check=True,
    )


def _copying(database: sqlite3.Connection, table: str, raised: set[str], copy: int) -> str:
    names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    # the copies differ in how well they sell, as listings do
    given = {"lot_id": "NULL", "sold_units": f"(sold_units * {copy + 7}) % 997"}
    values = (f"{name} + {STEP * copy}" if name in raised else given.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({listed}) SELECT {', '.join(values)} FROM copied_{table}"
