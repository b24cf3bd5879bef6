"""``flask demo``: invented data, never in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup
from tqdm import tqdm

from marketplace.demo import load as demo
from marketplace.demo.build.world import Progress

group = AppGroup("demo", help="Invented data to look around with; never in production.")


@group.command("load")
@click.option(
    "--scale",
    type=click.IntRange(1, 200),
    default=1,
    show_default=True,
    help="So many times the products and orders, by the same rules: 15 are 1,000 products, 141 are 10,000. "
    "Then the sums of reports are made and not compared: `flask reports verify` does.",
)
def load_demo_data(scale: int) -> None:
    """Load the demo into an empty shop, sum up the reports and check the books."""
    if not current_app.extensions["settings"].is_demo:
        raise click.ClickException("the demo is refused in production")
    with _bars() as progress:
        counts = demo.load_all(progress, scale)
    click.echo("，".join(f"{name} {count}" for name, count in counts.items()))


@contextmanager
def _bars() -> Iterator[Progress]:
    """One bar after the other, each named by what it counts."""
    bars: dict[str, tqdm[NoReturn]] = {}

    def progress(name: str, done: int, total: int) -> None:
        if name not in bars:
            bars[name] = tqdm(total=total, desc=name, unit="")
        bar = bars[name]
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    try:
        yield progress
    finally:
        for bar in bars.values():
            bar.close()
