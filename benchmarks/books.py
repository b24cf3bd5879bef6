"""Times the self-check of the books with 100,000 orders: ``python -m benchmarks.books INSTANCE``.

A copy of the instance (SQLite, the demo in it) is made in a temporary folder, everything that grows with orders is
copied inside it until there are enough, and it is thrown away. The copies hold to every rule, so that the check has
nothing to report and reads all of it.
"""

import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Column, Table, text

from marketplace.app import create_app
from marketplace.kernel.db import Base, db
from orders.ledger import verification
from orders.ledger.verification import verify

ORDERS = 100_000
#: more than any number in the tables: what a copy's numbers are raised by, once per copy
STEP = 1_000_000
#: what grows with orders
COPIED = (
    "checkouts",
    "purchase_orders",
    "orders",
    "order_events",
    "order_lines",
    "supply_lots",
    "stock_rows",
    "stock_movements",
    "line_allocations",
    "line_incomes",
    "income_dues",
    "payment_sessions",
    "payments",
    "refunds",
    "refund_lines",
    "money_returns",
    "disbursements",
    "disbursement_rows",
    "corrections",
    "disputes",
    "dispute_parts",
    "coupon_holders",
    "coupon_uses",
    "journal_entries",
    "postings",
)
#: sums over many orders: so many times as large
MULTIPLIED = {
    "settlement_bills": (
        "received_fen",
        "subsidy_fen",
        "fee_fen",
        "outlet_fee_fen",
        "freight_fen",
        "due_fen",
    ),
    "closed_month_sums": ("debit_fen", "credit_fen"),
    "coupons": ("used_count", "used_fen", "total_count", "budget_fen"),
}
#: numbers of rows above, which no foreign key can tell
NUMBERS_A_ROW = {"id", "refund_id"}
#: text that names a row by its number: ``sale:17``
NAMES_A_ROW = {"unique_key", "idempotency_key"}
#: text that must differ from row to row
DIFFERS = {"token", "number", "reference", "external_id", "charge_id", "trace_code", "holder"}


def main(instance: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "instance"
        shutil.copytree(instance, copy)
        _grow(copy / "shop.sqlite")
        os.environ["INSTANCE"] = str(copy)
        app = create_app()
        with app.app_context():
            counts = [
                db.session.scalar(text(f"SELECT COUNT(*) FROM {name}")) for name in ("orders", "postings")
            ]
            db.session.rollback()
            print(f"{counts[0]} orders, {counts[1]} postings")
            _time()


def _grow(database: Path) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.create_function("raised", 2, _raised, deterministic=True)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        if "month" in trigger:  # a closed month takes no more entries
            connection.execute(f"DROP TRIGGER {trigger}")
    copies = ORDERS // connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0]
    connection.execute("BEGIN")
    highest = {name: _highest(connection, Base.metadata.tables[name]) for name in COPIED}
    for number in range(1, copies + 1):
        for name in COPIED:
            connection.execute(_copying(Base.metadata.tables[name], highest[name], number))
        connection.execute(
            "INSERT INTO audit_entries (at, actor_id, action, subject, subject_id, detail, reason) "
            "SELECT at, actor_id, action, subject, CAST(subject_id + ? AS TEXT), detail, reason FROM audit_entries "
            "WHERE subject = 'order' AND CAST(subject_id AS INTEGER) < ?",
            (number * STEP, STEP),
        )
    for name, columns in MULTIPLIED.items():
        there = [column for column in columns if column in Base.metadata.tables[name].c]
        changes = ", ".join(f"{column} = {column} * {copies + 1}" for column in there)
        connection.execute(f"UPDATE {name} SET {changes}")
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def _highest(connection: sqlite3.Connection, table: Table) -> str:
    """The condition under which a row is one of the instance's own."""
    key = next((name for name in ("id", "line_income_id") if name in table.c), None)
    if key is None:
        return "holder NOT LIKE '%~%'"
    highest = connection.execute(f"SELECT COALESCE(MAX({key}), 0) FROM {table.name}").fetchone()[0]
    if highest >= STEP:
        raise ValueError(f"{table.name} has a number above {STEP}")
    return f"{key} <= {highest}"


def _copying(table: Table, own: str, number: int) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.c)
    values = ", ".join(_value(column, number) for column in table.c)
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} WHERE {own}"


def _value(column: "Column[object]", number: int) -> str:
    shift, name = number * STEP, column.name
    if name in NUMBERS_A_ROW or any(key.column.table.name in COPIED for key in column.foreign_keys):
        return f'"{name}" + {shift}'
    if name == "splits" or name in NAMES_A_ROW:
        return f'raised("{name}", {shift})'
    if name in DIFFERS:
        return f"\"{name}\" || '~{number}'"
    return f'"{name}"'


def _raised(value: str | None, shift: int) -> str | None:
    """``sale:17`` names another row; so does the order of each split of a payment."""
    if value is None:
        return None
    if value.startswith("["):
        return json.dumps([{**split, "order_id": split["order_id"] + shift} for split in json.loads(value)])
    raised = re.sub(r"(?<=:)\d+(?=$|:)", lambda found: str(int(found[0]) + shift), value)
    return raised if raised != value else f"{value}~{shift}"


def _time() -> None:
    before, cpu = time.perf_counter(), time.process_time()
    findings = verify()
    took, spent = time.perf_counter() - before, time.process_time() - cpu
    print(f"verify: {took:.1f} s, {spent:.1f} s of processor time, {len(findings)} findings")
    for finding in findings[:10]:
        print("  ", finding)
    if "--checks" in sys.argv:
        _time_checks()


def _time_checks() -> None:
    connection = db.session.connection()
    for check in verification.CHECKS:
        before = time.process_time()
        list(verification.run(check, connection))
        print(f"{time.process_time() - before:6.2f} s  {check.invariant} {check.text[:60]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
