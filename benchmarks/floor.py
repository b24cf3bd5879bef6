"""The two pages every figure is compared with: a bare "hello", and one SELECT by key with a table of 60 rows.

They are what Flask, SQLAlchemy and Jinja cost before a shop does anything, under the same gunicorn command. The table
reads rows, not ORM objects, and holds the row count that a page of goods has fields.
"""

import os
import sqlite3
from pathlib import Path

from flask import Flask, abort, render_template
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import Column, Integer, MetaData, String, Table, select

ROWS = 60
PAGES = 10
TEMPLATE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>第 {{ page }} 页</title></head><body>
<h1>第 {{ page }} 页</h1><table><thead><tr><th>编号</th><th>名称</th><th>产地</th><th>价格</th></tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row.id }}</td><td><a href="/goods/{{ row.id }}">{{ row.name }}</a></td>\
<td>{{ row.place }}</td><td>¥{{ "%.2f"|format(row.fen / 100) }}</td></tr>
{% endfor %}</tbody></table></body></html>"""
GOODS = Table(
    "goods",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("page", Integer, index=True),
    Column("name", String),
    Column("place", String),
    Column("fen", Integer),
)


def fill(path: Path) -> None:
    """Ten pages of 60 rows."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE goods (id INTEGER PRIMARY KEY, page INTEGER, name TEXT, place TEXT, fen INTEGER)"
        )
        connection.execute("CREATE INDEX ix_goods_page ON goods (page)")
        connection.executemany(
            "INSERT INTO goods VALUES (?, ?, ?, ?, ?)",
            [(n, n // ROWS, f"示例货品 {n}", "周至县马召镇", 1000 + n) for n in range(ROWS * PAGES)],
        )


def create() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['FLOOR_DATABASE']}"
    app.jinja_loader = DictLoader({"table.html": TEMPLATE})  # compiled once, as a file is
    db = SQLAlchemy(app)

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/table/<int:page>")
    def table(page: int) -> str:
        rows = db.session.execute(select(GOODS).where(GOODS.c.page == page)).all()
        if not rows:
            abort(404)
        return render_template("table.html", page=page, rows=rows)

    return app
