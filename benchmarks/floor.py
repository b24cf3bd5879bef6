"""The two pages every figure is compared with: a bare "hello", and one SELECT by key with a table of 60 rows.

They are what Flask, Jinja and SQLite cost before a shop does anything, served by the same gunicorn command. The table
page takes rows, not ORM objects, as the shop's pages do.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask, g, render_template_string

ROWS = 60
TABLE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{{ head.name }}</title></head><body>
<h1>{{ head.name }}</h1><table><thead><tr><th>编号</th><th>名称</th><th>产地</th><th>价格</th></tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row.id }}</td><td>{{ row.name }}</td><td>{{ row.place }}</td>\
<td>¥{{ "%.2f"|format(row.fen / 100) }}</td></tr>
{% endfor %}</tbody></table></body></html>"""


def _path() -> Path:
    return Path(os.environ["FLOOR_DATABASE"])


def fill(path: Path) -> None:
    """A table of 600 rows, ten pages' worth."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE goods (id INTEGER PRIMARY KEY, page INTEGER, name TEXT, place TEXT, fen INTEGER)"
        )
        connection.execute("CREATE INDEX ix_goods_page ON goods (page)")
        connection.executemany(
            "INSERT INTO goods VALUES (?, ?, ?, ?, ?)",
            [(n, n // ROWS, f"示例货品 {n}", "周至县马召镇", 1000 + n) for n in range(1, 601)],
        )


def create() -> Flask:
    app = Flask(__name__)

    def connection() -> sqlite3.Connection:
        if "connection" not in g:
            g.connection = sqlite3.connect(f"file:{_path()}?mode=ro", uri=True)
            g.connection.row_factory = sqlite3.Row
        found: sqlite3.Connection = g.connection
        return found

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        if "connection" in g:
            g.connection.close()

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/table/<int:number>")
    def table(number: int) -> str:
        head: Any = connection().execute("SELECT * FROM goods WHERE id = ?", (number,)).fetchone()
        rows = connection().execute("SELECT * FROM goods ORDER BY id LIMIT ?", (ROWS,)).fetchall()
        return render_template_string(TABLE, head=head, rows=rows)

    return app
