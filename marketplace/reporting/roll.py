"""Summing up: what waits goes into the totals, once; and all of it anew.

An entry is either waiting or in the totals, never both: taking it from one to the other is one transaction, and so is
writing entry and waiting row. Additions commute, so that it does not matter in which order or how many at a time.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.kernel import audit
from marketplace.kernel.db import Base, db, insert_rows
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import PartnerUnit
from marketplace.reporting.dimensions import MEASURES, OF_PAIRINGS
from marketplace.reporting.facts import BATCH, read_lines, read_postings
from marketplace.reporting.folding import (
    Fold,
    Value,
    fold,
    households_with_months_and_years,
    with_months_and_years,
)
from marketplace.reporting.models import HouseholdTotal, PeriodTotal, WaitingEntry
from marketplace.reporting.pairings import lock_units, match_orders, rematch_unit
from orders.ledger.events import EntriesPosted
from orders.ledger.models import JournalEntry, Posting
from orders.ordering.models import Order

Progress = Callable[[int, int], None]

#: "one writer of totals at a time", as PostgreSQL's advisory locks want it: any number nobody else uses
_LOCK = 4_010_013
_STEP = 2_000


def note_entries(event: EntriesPosted) -> None:
    """Called in the transaction of each posting: it waits to be summed up, and what units bought finds its match."""
    insert_rows(WaitingEntry, [{"entry_id": entry_id} for entry_id in event.entry_ids])
    if event.sold:
        match_orders(event.sold)


@transactional
def roll_up(limit: int = _STEP) -> int:
    """Take up to ``limit`` waiting entries into the totals. Returns how many; 0 when nothing waits."""
    _take_lock()
    taken = db.session.scalars(
        select(WaitingEntry.entry_id).order_by(WaitingEntry.entry_id).limit(limit)
    ).all()
    if not taken:
        return 0
    _add_entries(taken)
    for start in range(0, len(taken), BATCH):
        db.session.execute(
            delete(WaitingEntry)
            .where(WaitingEntry.entry_id.in_(taken[start : start + BATCH]))
            .execution_options(synchronize_session=False)
        )
    return len(taken)


def roll_up_all() -> int:
    """Until nothing waits: the worker's job. Each step is a transaction of its own, so that no buyer waits for long."""
    total = 0
    while rolled := roll_up():
        total += rolled
    return total


@transactional
def rebuild(progress: Progress | None = None) -> int:
    """Forget every total and make them anew from the ledger, in one transaction. Returns the entries summed up.

    ``progress`` hears how many are done, and of how many.
    """
    _take_lock()
    for model in (PeriodTotal, HouseholdTotal):
        db.session.execute(delete(model).execution_options(synchronize_session=False))
    for unit_id in db.session.scalars(select(PartnerUnit.id).order_by(PartnerUnit.id)).all():
        rematch_unit(unit_id)
    known = select(WaitingEntry.entry_id)
    db.session.execute(
        insert(WaitingEntry).from_select(
            ["entry_id"], select(JournalEntry.id).where(JournalEntry.id.not_in(known))
        )
    )
    total = db.session.scalar(select(func.count()).select_from(WaitingEntry)) or 0
    done = 0
    while rolled := roll_up(BATCH):
        done += rolled
        if progress:
            progress(min(done, total), total)
    audit.record(None, "reports.rebuild", "totals", "", {"entries": done})
    return done


@transactional
def recount_unit(unit_id: int) -> None:
    """A unit's arrangements changed: what it bought counts to them as they stand now, on the record.

    Taken out as it was matched, put back as it matches: nothing else of the totals is touched.
    """
    _take_lock()
    lock_units([unit_id], for_update=True)
    orders = db.session.scalars(select(Order.id).where(Order.unit_id == unit_id).order_by(Order.id)).all()
    lines = _add_orders(orders, sign=-1)
    rematch_unit(unit_id)
    _add_orders(orders, sign=1)
    audit.record(None, "reports.recount", "partner_unit", unit_id, {"orders": len(orders), "lines": lines})


def _add_orders(order_ids: Sequence[int], *, sign: int) -> int:
    """Put what is summed up of these orders into the totals of pairings, or take it out. Returns the lines."""
    count = 0
    for start in range(0, len(order_ids), BATCH):
        postings = read_postings(
            Posting.order_id.in_(order_ids[start : start + BATCH]),
            Posting.entry_id.not_in(select(WaitingEntry.entry_id)),
        )
        lines = read_lines({posting.line_id for posting in postings})
        write_totals(fold(lines, postings, _is_of_pairings), sign)
        count += len(lines)
    return count


def _is_of_pairings(value: Value) -> bool:
    return value[0] in OF_PAIRINGS


def _add_entries(entry_ids: Sequence[int]) -> None:
    postings = [
        posting
        for start in range(0, len(entry_ids), BATCH)
        for posting in read_postings(Posting.entry_id.in_(entry_ids[start : start + BATCH]))
    ]
    if postings:
        lines = read_lines({posting.line_id for posting in postings})
        write_totals(fold(lines, postings))


def write_totals(sums: Fold, sign: int = 1) -> None:
    """Add sums to what is stored; always in one order, so that two writers never wait for each other."""
    totals = with_months_and_years(sums.days())
    incomes = households_with_months_and_years(sums.household_days())
    _upsert(
        PeriodTotal,
        MEASURES,
        [
            (*key, *(figures if sign > 0 else [-figure for figure in figures]))
            for key, figures in sorted(totals.items())
            if any(figures)
        ],
    )
    _upsert(HouseholdTotal, ("fen",), [(*key, fen * sign) for key, fen in sorted(incomes.items()) if fen])


def _upsert(model: type[Base], measures: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Rows are the primary key and the measures, in the order of the table's columns.

    Sent to the driver as they are: there are tens of rows to each order, and preparing each one would cost more than
    writing it. The members of a StrEnum are what the column stores.
    """
    if not rows:
        return
    connection = db.session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    table = model.__table__
    statement = dialect.insert(table)
    added = {name: table.c[name] + statement.excluded[name] for name in measures}
    statement = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=added)
    names = [column.name for column in (*table.primary_key, *(table.c[name] for name in measures))]
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    if compiled.positional:
        connection.exec_driver_sql(str(compiled), rows)
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])


def _take_lock() -> None:
    """On SQLite the transaction has the write lock already."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
