"""The self-check reads 100,000 orders in seconds because what it sums lies in indexes; a narrower one would undo that."""

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.kernel.db import db
from orders.ledger.verification import CHECKS


@pytest.mark.parametrize(
    ("words", "index"),
    [
        ("借贷不平，差", "ix_postings_entry_id"),
        ("的全部分录借贷不平", "ix_postings_order_id"),
        ("记账 供应商", "ix_postings_line_id"),
        ("收款记账", "ix_postings_entry_id"),
        ("入账 {opened}", "ix_postings_line_income"),
        ("按已退数量应为", "ix_postings_line_id"),
        ("结账时", "ix_postings_kind_at"),
        ("账上是", "ix_postings_kind_at"),
    ],
)
def test_a_sum_of_postings_is_read_from_an_index_alone(app: Flask, words: str, index: str) -> None:
    check = next(check for check in CHECKS if words in check.text)
    dialect = db.engine.dialect.name
    if dialect == "postgresql":
        for way in ("seqscan", "bitmapscan", "sort", "hashagg"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    explain = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}[dialect]
    rows = db.session.execute(text(explain + check.sql)).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    assert f"{'COVERING INDEX' if dialect == 'sqlite' else 'Index Only Scan using'} {index}" in plan, plan
