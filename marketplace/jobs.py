"""Periodic work and the worker's loop. Every job is a command that may run twice without harm."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import structlog
from flask import Flask

from catalog.search import engine as search_engine
from certification.certificates import commands as certificates
from certification.notices import commands as notices
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from orders.fulfilment import commands as fulfilment
from orders.ledger.verification import verify
from orders.payments import inbox
from orders.refunds import commands as refunds

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """``every`` is in seconds."""

    name: str
    every: int
    run: Callable[[], object]


def _check_books() -> None:
    """The hourly self-check of the invariants: every finding is an alarm in the log."""
    for finding in verify():
        log.error("ledger.broken", finding=str(finding))


JOBS: tuple[Job, ...] = (
    Job("search.heal", every=300, run=search_engine.heal),
    Job("certification.close_notices", every=300, run=notices.close_due_notices),
    Job("certification.expire", every=3600, run=certificates.expire_certificates),
    Job("payments.apply_waiting", every=30, run=inbox.apply_waiting),
    Job("payments.reconcile", every=30, run=inbox.reconcile_sessions),
    Job("payments.expire_overdue", every=60, run=inbox.expire_overdue),
    Job("refunds.grant_overdue", every=300, run=refunds.grant_overdue),
    Job("fulfilment.auto_receive", every=300, run=fulfilment.auto_receive),
    Job("fulfilment.complete_due", every=300, run=fulfilment.complete_due),
    Job("ledger.verify", every=3600, run=_check_books),
)


def run_due(app: Flask, last_runs: dict[str, float], *, force: bool = False) -> None:
    """Run the jobs whose time has come; a failing one is logged and does not stop the others."""
    moment = clock.now().timestamp()
    for job in JOBS:
        if not force and moment - last_runs.get(job.name, 0) < job.every:
            continue
        last_runs[job.name] = moment
        with app.app_context():
            try:
                job.run()
            except Exception:
                db.session.rollback()
                log.exception("job.failed", job=job.name)


def work(app: Flask, stop: Event, idle_seconds: float = 0.5) -> None:
    """Poll the outbox and the jobs until ``stop`` is set."""
    last_runs: dict[str, float] = {}
    while not stop.is_set():
        with app.app_context():
            taken = outbox.run_pending()
        run_due(app, last_runs)
        if not taken:
            stop.wait(idle_seconds)
