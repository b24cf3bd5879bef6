"""Periodic work and the worker's loop. Every job is a command that may run twice without harm."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import structlog
from flask import Flask

from catalog.search import engine as search_engine
from catalog.visits import commands as visit_dates
from catalog.wishes import telling as wishes
from certification.certificates import commands as certificates
from certification.certificates import telling
from certification.notices import commands as notices
from certification.reviews import supervision
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.job_runs import record_end, record_start
from marketplace.kernel.statistics import renew_statistics
from marketplace.parties import reminders
from marketplace.reporting import monitoring
from marketplace.reporting.reconciliation import check_books
from marketplace.reporting.roll import roll_up_all
from orders.fulfilment import commands as fulfilment
from orders.my_orders import reminders as order_reminders
from orders.payments import inbox, returns
from orders.refunds import timers as refund_timers
from orders.settlement import bills
from orders.visits import commands as visits

log = structlog.get_logger()

#: A job that runs every few seconds is noted once a minute, and whenever it fails: an idle shop writes little.
NOTED_EVERY = 60


@dataclass(frozen=True)
class Job:
    """``every`` is in seconds."""

    name: str
    every: int
    run: Callable[[], object]


def _check_books() -> None:
    """The hourly self-check of ledger and totals, kept for the pages; every finding is an alarm in the log."""
    for finding in check_books():
        log.error("ledger.broken", finding=str(finding))


JOBS: tuple[Job, ...] = (
    Job("search.heal", every=300, run=search_engine.heal),
    Job("search.count", every=600, run=search_engine.count_searches),
    Job("certification.close_notices", every=300, run=notices.close_due_notices),
    Job("certification.expire", every=3600, run=certificates.expire_certificates),
    Job("certification.escalate", every=3600, run=supervision.escalate_overdue),
    Job("certification.remind", every=3600, run=telling.remind_of_expiry),
    Job("parties.remind", every=6 * 3600, run=reminders.remind),
    Job("reports.roll_up", every=5, run=roll_up_all),
    Job("reports.monitoring", every=3600, run=monitoring.measure_all),
    Job("payments.apply_waiting", every=30, run=inbox.apply_waiting),
    Job("payments.reconcile", every=30, run=inbox.reconcile_sessions),
    Job("payments.ask_returns", every=1800, run=returns.ask_again),
    Job("payments.expire_overdue", every=60, run=inbox.expire_overdue),
    Job("refunds.act_on_overdue", every=300, run=refund_timers.act_on_overdue),
    Job("orders.remind", every=1800, run=order_reminders.remind),
    Job("wishes.tell", every=60, run=wishes.tell_of_stock),
    Job("fulfilment.auto_receive", every=300, run=fulfilment.auto_receive),
    Job("visits.close_past", every=1800, run=visit_dates.close_past),
    Job("visits.lapse_due", every=1800, run=visits.lapse_due),
    Job("fulfilment.complete_due", every=300, run=fulfilment.complete_due),
    Job("settlement.issue_bills", every=6 * 3600, run=bills.issue_due),
    Job("ledger.verify", every=3600, run=_check_books),
    Job("database.renew_statistics", every=6 * 3600, run=renew_statistics),
)


@dataclass
class Memory:
    """When each job last began in this process, and when it was last noted for the operators' page."""

    began: dict[str, float] = field(default_factory=dict)
    noted: dict[str, float] = field(default_factory=dict)


def run_due(app: Flask, memory: Memory) -> None:
    """Run the jobs whose time has come."""
    moment = clock.now().timestamp()
    for job in JOBS:
        if moment - memory.began.get(job.name, 0) < job.every:
            continue
        memory.began[job.name] = moment
        is_noted = moment - memory.noted.get(job.name, 0) >= NOTED_EVERY
        if is_noted:
            memory.noted[job.name] = moment
        if not _run(app, job, is_noted=is_noted):
            memory.noted.pop(job.name, None)  # what becomes of it is worth a note


def run_all(app: Flask) -> list[str]:
    """What waits in the outbox, every job once, and what they left in the outbox. Names the jobs that failed."""
    with app.app_context():
        outbox.run_pending()
    failed = [job.name for job in JOBS if not _run(app, job, is_noted=True)]
    with app.app_context():
        outbox.run_pending()
    return failed


def _run(app: Flask, job: Job, *, is_noted: bool) -> bool:
    """Whether it ended well; a failing one is logged and does not stop the others."""
    with app.app_context():
        try:
            if is_noted:
                record_start(job.name)
            job.run()
            if is_noted:
                record_end(job.name)
        except Exception as error:
            db.session.rollback()
            log.exception("job.failed", job=job.name)
            _note_failure(job.name, error, started=is_noted)
            return False
        return True


def _note_failure(name: str, error: Exception, *, started: bool) -> None:
    try:
        if not started:
            record_start(name)
        record_end(name, error)
    except Exception:
        db.session.rollback()
        log.exception("job.not_noted", job=name)


def work(app: Flask, stop: Event, idle_seconds: float = 0.5) -> None:
    """Poll the outbox and the jobs until ``stop`` is set."""
    memory = Memory()
    while not stop.is_set():
        with app.app_context():
            taken = _run_outbox()
        run_due(app, memory)
        if not taken:
            stop.wait(idle_seconds)


def _run_outbox() -> int:
    """A database that is away for a moment must not end the worker: it is asked again."""
    try:
        return outbox.run_pending()
    except Exception:
        db.session.rollback()
        log.exception("outbox.unreachable")
        return 0
