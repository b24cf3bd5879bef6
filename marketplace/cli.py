"""Commands for operators: ``flask jobs``, ``flask demo``, ``flask search``, ``flask ledger``."""

import signal
from threading import Event

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from marketplace import jobs


def _app() -> Flask:
    """The application itself: the worker outlives the command's context."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 — Flask's documented way
    return app


jobs_group = AppGroup("jobs", help="Periodic work and the outbox.")


@jobs_group.command("worker")
def worker() -> None:
    """Handle the outbox and the periodic jobs until SIGTERM."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    jobs.work(_app(), stop)


@jobs_group.command("run")
def run() -> None:
    """Run every periodic job once."""
    jobs.run_due(_app(), {}, force=True)
    click.echo("ok")


def install(app: Flask) -> None:
    for group in (jobs_group,):
        app.cli.add_command(group)
