"""Commands for operators: ``flask jobs``, ``flask demo``, ``flask search``, ``flask ledger``."""

import signal
from threading import Event
from typing import NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from tqdm import tqdm

from catalog.search import engine as search_engine
from marketplace import jobs
from marketplace.demo import load as demo
from orders.ledger import verification


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


demo_group = AppGroup("demo", help="Invented data to look around with; never in production.")


@demo_group.command("load")
def load_demo_data() -> None:
    """Load the demo into an empty shop and check its books."""
    if not current_app.extensions["settings"].is_demo:
        raise click.ClickException("the demo is refused in production")
    bars: dict[str, tqdm[NoReturn]] = {}

    def progress(name: str, done: int, total: int) -> None:
        if name not in bars:
            bars[name] = tqdm(total=total, desc=name, unit="")
        bar = bars[name]
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    counts = demo.load_all(progress)
    click.echo("，".join(f"{name} {count}" for name, count in counts.items()))


search_group = AppGroup("search", help="The search index.")


@search_group.command("rebuild")
def rebuild_search() -> None:
    """Build the search index anew from the database and put it in place of the old one."""
    click.echo(f"{search_engine.rebuild()} listings indexed")


ledger_group = AppGroup("ledger", help="The books.")


@ledger_group.command("verify")
def verify_ledger() -> None:
    """Check every invariant on what is stored; name each broken row and exit with 1 when there is one."""
    findings = verification.verify()
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.exceptions.Exit(1)
    click.echo("账目自检通过：没有不一致的行。")


def install(app: Flask) -> None:
    for group in (ledger_group, jobs_group, demo_group, search_group):
        app.cli.add_command(group)
