"""Totals of reports: summed up by event, step by step, anew, and always what the ledger says."""

from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.reporting import roll
from marketplace.reporting.models import HouseholdTotal, PeriodTotal, WaitingEntry
from tests.factories import builders, sales


def waiting() -> int:
    return db.session.scalar(select(func.count()).select_from(WaitingEntry)) or 0


def stored() -> set[tuple[object, ...]]:
    """Every total that is not all zeros."""
    totals = db.session.execute(select(*PeriodTotal.__table__.c)).all()
    incomes = db.session.execute(select(*HouseholdTotal.__table__.c)).all()
    return {tuple(row) for row in totals if any(row[5:])} | {tuple(row) for row in incomes if row[-1]}


def test_each_posting_waits_and_is_summed_up_once(app: Flask) -> None:
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    [order] = sales.sold_and_completed({made["sku"]: 3})
    assert waiting() == 2
    assert roll.roll_up(1) == 1
    assert roll.roll_up() == 1
    assert roll.roll_up() == 0
    first = stored()
    assert first
    sales.refund(order, 1)
    sales.pay_household(made["supplier"], made["household"])
    assert waiting() == 2
    assert roll.roll_up_all() == 2
    after = stored()
    assert after != first
    assert roll.rebuild() == 4
    assert stored() == after
