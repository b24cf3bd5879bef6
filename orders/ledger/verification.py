"""Self-check: ``verify()`` names every row that breaks an invariant (docs/ledger.md), and is silent otherwise.

It reads only and looks at what is stored, never at what code believes it stored. Each check is one statement: it sees
one state of the database, whatever is written meanwhile.
"""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.engine import Connection

from marketplace.kernel import clock
from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import db
from orders.ledger.checks import LEDGER, Check
from orders.ledger.checks_around import (
    EVENTS,
    MONEY,
    ORDERS,
    PLACED_DAY,
    SESSION_SUMS,
    STOCK,
    TRIGGERS,
)
from orders.ledger.checks_of_bills import BILLS, COUPONS
from orders.ledger.models import Posting
from orders.ordering.workflow import ORDER

CHECKS = (*LEDGER, *ORDERS, *STOCK, *COUPONS, *BILLS, *MONEY, *EVENTS)
#: a reservation may outlive its end by one sweep of the timer, generously
SWEEP = timedelta(minutes=15)
#: so many postings are worth a second connection
MANY_POSTINGS = 200_000
AT_ONCE = 2
GUARDED = (
    "journal_entries",
    "postings",
    "audit_entries",
    "application_steps",
    "order_events",
    "stock_movements",
    "purchase_steps",
    "application_versions",
    "certificate_steps",
    "supplier_steps",
    "product_reviews",
    "review_follow_ups",
    "review_replies",
    "review_reports",
    "product_questions",
    "question_answers",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken row: the invariant (``"I7"``), which row, and in words (Chinese) what is wrong with it."""

    invariant: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"[{self.invariant}] {self.text}"


def verify() -> list[Finding]:
    """Every broken row, in the order of the checks; an empty list is a clean bill."""
    db.session.rollback()
    try:
        if (db.session.scalar(select(func.max(Posting.id))) or 0) < MANY_POSTINGS:
            connection = db.session.connection()
            found = [finding for check in CHECKS for finding in run(check, connection)]
        else:
            found = _side_by_side(CHECKS)
        return [*found, *_triggers()]
    finally:
        db.session.rollback()


def _side_by_side(checks: Sequence[Check]) -> list[Finding]:
    """Two at a time: the database works outside the interpreter, and a city's year is a matter of seconds for it."""
    engine = db.engine

    def connected(check: Check) -> list[Finding]:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":  # it sorts in what it may keep, and in files beyond
                connection.exec_driver_sql("PRAGMA cache_size=-16000")
            return list(run(check, connection))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [finding for findings in pool.map(connected, checks) for finding in findings]


def _dialect() -> str:
    return db.engine.dialect.name


def _sql(check: Check, dialect: str) -> str:
    actions = ", ".join(f"'order.{action}'" for action in sorted({action for _, action in ORDER.edges}))
    edges = ", ".join(f"('{source}', '{action}', '{to}')" for (source, action), to in ORDER.edges.items())
    return (
        check.sql.replace("{session_sums}", SESSION_SUMS[dialect])
        .replace("{placed_day}", PLACED_DAY[dialect])
        .replace("{order_actions}", actions)
        .replace("{edges}", edges)
    )


def run(check: Check, connection: Connection) -> Iterable[Finding]:
    """What one check finds."""
    # a double colon is a PostgreSQL cast, not a parameter
    statement = text(re.sub(r"::", r"\:\:", _sql(check, connection.dialect.name)))
    if ":overdue" in check.sql:
        statement = statement.bindparams(bindparam("overdue", clock.now() - SWEEP, UtcDateTime()))
    for row in connection.execute(statement).mappings():
        values = dict(row)
        yield Finding(check.invariant, check.subject.format_map(values), check.text.format_map(values))


def _triggers() -> Iterable[Finding]:
    """I12: the database itself refuses changes to what is only ever added."""
    present = {row[0]: row[1] for row in db.session.execute(text(TRIGGERS[_dialect()]))}
    for table in GUARDED:
        if present.get(table, 0) < 2:
            yield Finding("I12", table, f"表 {table} 少了拒绝修改和删除的触发器")
