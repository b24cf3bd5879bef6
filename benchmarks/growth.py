"""What a page and a search cost with more goods: ``python -m benchmarks.growth INSTANCE INSTANCE … [--rounds N]``.

Instances of the same demo that differ in how many listings they hold, as ``make bench BENCH_LISTINGS=100000
BENCH_ARGS="--instance DIR"`` makes them. Each is opened by a process of its own and only read; the processes take turns
of a few requests, because the machine's speed changes by half within seconds. The same category and the same product,
those of the first instance, are asked of all. CPU time of the process, in milliseconds; a ratio is the median of what
each round gives.

The engine is asked every question once by a process that has answered none before; a question's figure is the median of
several such processes. Questions are words of the shop, two of them at once, and words read aloud.
"""

import argparse
import gc
import random
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import Client

from benchmarks.rows import Row, at_most, table
from benchmarks.subjects import anew, pages_of
from catalog.products.models import Listing
from catalog.search import engine, words
from catalog.search.documents import documents, entries
from catalog.search.pinyin import readings
from catalog.search.queries import ask
from catalog.search.sql_backend import MOST_READ
from catalog.search.vocabulary import Kind, merged
from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.storefront import shared

PAGES = ("category", "product")
REQUESTS = 10
WORDS, PAIRS, SOUNDS = 300, 100, 50
FRESH = 3


class _Shop:
    """What runs in an instance's own process."""

    def __init__(self, instance: str) -> None:
        self._app: Flask = create_app(Settings(instance=Path(instance)))
        self._client = Client(self._app)

    def listings(self) -> int:
        with self._app.app_context():
            return db.session.scalar(select(func.count()).select_from(Listing)) or 0

    def subjects(self) -> dict[str, str]:
        with self._app.app_context():
            pages, _ = pages_of(self._app)
            return {name: anew(pages[name]) for name in PAGES}

    def settle(self, paths: dict[str, str]) -> None:
        """As ``deploy/gunicorn.conf.py`` leaves a worker that has answered its first pages."""
        for path in paths.values():
            self.page(path)
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)

    def page(self, path: str) -> float:
        """Milliseconds of CPU of one request."""
        before = time.process_time()
        for _ in range(REQUESTS):
            response = self._client.get(path)
            if response.status_code != 200:
                raise RuntimeError(f"{path}: {response.status}")
            response.close()
        return (time.process_time() - before) * 1000 / REQUESTS

    def questions(self) -> list[str]:
        with self._app.app_context():
            found = merged(entries(documents(most=MOST_READ), words.cut)).values()
        return _questions({entry.word: entry.kind for entry in found if len(entry.word) >= 2})

    def answers(self, questions: list[str]) -> list[float]:
        """Milliseconds of CPU of each."""
        with self._app.app_context():
            backend, ordered = engine.current_backend(), shared.table().by_sales
            ask(backend, "qqqqqq", ordered)  # opens the index and reads the words
            gc.collect()
            gc.freeze()
            found = []
            for question in questions:
                before = time.process_time()
                ask(backend, question, ordered)
                found.append((time.process_time() - before) * 1000)
            return found


def _questions(known: dict[str, Kind]) -> list[str]:
    """Always the same of the same words; half of the single ones name goods, kinds, places or sellers."""
    named = sorted(word for word, kind in known.items() if kind is not Kind.WORD)
    chance = random.Random(3)
    found = [
        *_some(chance, sorted(known), WORDS // 2),
        *_some(chance, named, WORDS // 2),
        *(
            one + other
            for one, other in zip(_some(chance, named, PAIRS), _some(chance, named, PAIRS), strict=True)
        ),
        *("".join(ways[0]) for word in _some(chance, named, SOUNDS) if (ways := readings(word))),
    ]
    return list(dict.fromkeys(found))


def _some(chance: random.Random, given: list[str], most: int) -> list[str]:
    return chance.sample(given, min(most, len(given)))


class _Process:
    """A fresh process with a ``_Shop`` of its own, which does one thing at a time as it is told."""

    def __init__(self, instance: Path) -> None:
        context = get_context("spawn")
        self._line, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(str(instance), far), daemon=True)
        self._process.start()
        far.close()

    def do(self, name: str, *given: Any) -> Any:
        self._line.send((name, given))
        return self._line.recv()

    def end(self) -> None:
        self._line.close()
        self._process.join()


def _serve(instance: str, line: Connection) -> None:
    shop = _Shop(instance)
    while True:
        try:
            name, given = line.recv()
        except EOFError:
            return
        line.send(getattr(shop, name)(*given))


def pages(shops: list[_Process], rounds: int) -> dict[str, list[list[float]]]:
    """Milliseconds by page, shop and round."""
    paths = shops[0].do("subjects")
    for shop in shops:
        shop.do("settle", paths)
    found: dict[str, list[list[float]]] = {name: [[] for _ in shops] for name in paths}
    for _ in range(rounds):
        for name, path in paths.items():
            for shop, taken in zip(shops, found[name], strict=True):
                taken.append(shop.do("page", path))
    return found


def searches(instances: list[Path]) -> list[list[float]]:
    """Milliseconds by instance and question."""
    asking = _Process(instances[0])
    questions = asking.do("questions")
    asking.end()
    runs: list[list[list[float]]] = [[] for _ in instances]
    for _ in range(FRESH):
        for instance, taken in zip(instances, runs, strict=True):
            fresh = _Process(instance)
            taken.append(fresh.do("answers", questions))
            fresh.end()
    return [[median(times) for times in zip(*each, strict=True)] for each in runs]


def rows_of(sizes: list[int], found: dict[str, list[list[float]]], answered: list[list[float]]) -> list[Row]:
    rows = []
    for name, by_shop in found.items():
        for size, taken in zip(sizes, by_shop, strict=True):
            rows.append(
                Row(f"{name}: {size:,} listings", f"{median(taken):.2f} ms CPU", f"least {min(taken):.2f}")
            )
            if taken is not by_shop[0]:
                ratio = median(more / less for less, more in zip(by_shop[0], taken, strict=True))
                rows.append(at_most(f"{name}: of {sizes[0]:,} listings'", ratio, 1.2))
    for size, times in zip(sizes, answered, strict=True):
        ordered = sorted(times)
        rows.append(Row(f"engine: {size:,} listings, median", f"{median(ordered):.2f} ms CPU"))
        rows.append(at_most("engine: p95", ordered[int(len(ordered) * 0.95)], 10, " ms"))
    return rows


def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("instances", nargs="+", type=Path, help="prepared ones, the smallest first")
    parser.add_argument("--rounds", type=int, default=25, help=f"of {REQUESTS} requests of every page")
    options = parser.parse_args(given)
    shops = [_Process(each) for each in options.instances]
    sizes = [shop.do("listings") for shop in shops]
    found = pages(shops, options.rounds)
    for shop in shops:
        shop.end()
    print(table(rows_of(sizes, found, searches(options.instances))))


if __name__ == "__main__":
    main(sys.argv[1:])
