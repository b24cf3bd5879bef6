"""``make bench``: the shop beside two floor pages under the same gunicorn command, as ratios within one run.

    python -m benchmarks.run [--scale N | --products N] [--listings N] [--rounds N] [--seconds S] [--instance DIR]

Absolute figures say more of the machine than of the shop, so pages are measured in turns, several rounds, and the
medians are set in relation. Statements are counted in this process, never by the served one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks import floor, goods, servers
from benchmarks.measuring import Targets, measure
from benchmarks.report import rows_of
from benchmarks.rows import table
from benchmarks.subjects import PRODUCTS_OF_ONE_DEMO, Subjects, find_subjects

PORT = 8317


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure the shop against two floor pages."
    )
    parser.add_argument("--scale", type=int, default=1, help="load the demo so many times")
    parser.add_argument(
        "--products", type=int, default=0, help="at least so many products, instead of --scale"
    )
    parser.add_argument(
        "--listings", type=int, default=0, help="copy the demo's listings until there are so many"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="per page and round")
    parser.add_argument("--purchases", type=int, default=30, help="in all rounds together")
    parser.add_argument(
        "--instance", type=Path, help="a prepared instance to use and keep, or where to make one"
    )
    parser.add_argument("--port", type=int, default=PORT, help="the shop's; the floor's is the next one")
    parser.add_argument("--json", type=Path, help="write the rows and all raw figures here too")
    return parser.parse_args(given)


def prepare(instance: Path, scale: int) -> None:
    print(f"preparing {instance} (demo × {scale}) …", flush=True)
    instance.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "INSTANCE": str(instance), "DEMO_SCALE": str(scale)}
    subprocess.run([sys.executable, "deploy/prepare.py"], cwd=servers.ROOT, env=environment, check=True)


def serve_and_measure(options: argparse.Namespace, instance: Path, subjects: Subjects) -> Targets:
    database, log = instance / "floor.sqlite", instance / "bench.log"
    if not database.exists():
        floor.fill(database)
    shop = {"INSTANCE": str(instance), "SHOP_PUBLIC_URL": f"http://127.0.0.1:{options.port}"}
    with (
        servers.gunicorn(
            options.port + 1,
            {"FLOOR_DATABASE": str(database)},
            log,
            application="benchmarks.floor:create()",
            ready="/hello",
        ) as floor_server,
        servers.gunicorn(options.port, shop, log) as shop_server,
    ):
        return measure(
            floor_server,
            shop_server,
            subjects,
            rounds=options.rounds,
            seconds=options.seconds,
            purchases=options.purchases,
        )


def run(options: argparse.Namespace, instance: Path) -> None:
    scale = max(options.scale, -(-options.products // PRODUCTS_OF_ONE_DEMO))
    prepare(instance, scale)
    if options.listings:
        print(f"copying listings until there are {options.listings} …", flush=True)
        goods.grow(instance, options.listings)
    subjects = find_subjects(instance)
    print(
        f"{subjects.products} products; {options.rounds} rounds of {options.seconds} s per page …", flush=True
    )
    found = serve_and_measure(options, instance, subjects)
    rows = rows_of(found, subjects)
    print("\n" + table(rows))
    if options.json:
        content = {
            "products": subjects.products,
            "rows": [asdict(row) for row in rows],
            "pages": {
                name: {"rates": each.rates, "cpu_ms": each.cpu_ms, "bytes": each.size}
                for name, each in found.pages.items()
            },
            "purchases": {"rates": found.purchases.rates, "cpu_ms": found.purchases.cpu_ms},
        }
        options.json.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def main(given: list[str]) -> int:
    options = arguments(given)
    if options.instance is not None:
        run(options, options.instance.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            run(options, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
