"""``flask jobs`` and ``flask search``: the worker and what it does."""

import signal
from contextlib import nullcontext
from datetime import datetime
from threading import Event

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from catalog.search import engine as search_engine
from marketplace import jobs
from marketplace.kernel.clock import BUSINESS_ZONE, turned_to


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


class Moment(click.ParamType[datetime]):
    """``2026-11-26``, ``2026-11-26 09:30`` or ``2026-11-26T09:30``, in Xi'an."""

    name = "datetime"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is not a date or time like 2026-11-26 09:30", param, ctx)
        return moment.replace(tzinfo=BUSINESS_ZONE) if moment.tzinfo is None else moment


@jobs_group.command("run")
@click.option(
    "--at",
    type=Moment(),
    help="As if it were then (Xi'an time): to see what the timers would do. What is written carries that time.",
)
@click.option("--in-production", is_flag=True, help="Allow --at on real data. It cannot be undone.")
def run(at: datetime | None, *, in_production: bool) -> None:
    """Run the outbox and every periodic job once; exits with 1 and names the jobs that failed."""
    if at is not None and not current_app.extensions["settings"].is_demo and not in_production:
        raise click.ClickException("--at is refused in production without --in-production")
    with turned_to(at) if at is not None else nullcontext():
        failed = jobs.run_all(_app())
    if failed:
        raise click.ClickException("failed: " + ", ".join(failed))
    click.echo("ok")


search_group = AppGroup("search", help="The search index.")


@search_group.command("rebuild")
def rebuild_search() -> None:
    """Build the search index anew from the database and put it in place of the old one."""
    click.echo(f"{search_engine.rebuild()} listings indexed")
