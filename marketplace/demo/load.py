"""Loading the demo: one transaction, so that a killed load leaves nothing, and then the books are checked.

For a load test, copies of the content follow, each in a transaction of its own, so that memory stays what one needs.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.accounts.models import User
from marketplace.accounts.passwords import hash_password
from marketplace.demo.build.catalog import build_catalog, store_pictures
from marketplace.demo.build.certification import build_certification
from marketplace.demo.build.history import build_history
from marketplace.demo.build.outlets import build_outlets, grant_outlets
from marketplace.demo.build.partners import build_partners
from marketplace.demo.build.people import build_people
from marketplace.demo.build.world import Progress, World
from marketplace.demo.content.loader import Content, load
from marketplace.demo.content.plan import make_plan
from marketplace.demo.content.variants import Village, variant
from marketplace.demo.live import load_live
from marketplace.demo.live_monitoring import load_monitoring
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.media import Media, store_document_bytes
from marketplace.kernel.numbering import NumberSeries
from marketplace.kernel.statistics import renew_statistics
from marketplace.kernel.transaction import transactional
from marketplace.regions.models import Region
from marketplace.regions.rules import RegionLevel
from marketplace.reporting.models import WaitingEntry
from marketplace.reporting.reconciliation import check_books
from marketplace.reporting.roll import roll_up
from orders.ledger.verification import verify

PAPER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 98>>stream
BT /F1 18 Tf 60 420 Td (DEMO DOCUMENT) Tj 0 -28 Td /F1 11 Tf (Invented, not a real paper.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


Counts = dict[str, int]
SUMMED_AT_ONCE = 12_000
CACHE_KB = 400_000


def load_all(progress: Progress, scale: int = 1) -> Counts:
    """The history, ``scale`` − 1 copies of it, then what goes through the commands, and the sums of reports.

    Returns how many rows of the main things were made. Raises RuntimeError where the books are not right.
    """
    _give_memory()
    with _collecting_by_hand():
        world = load_demo(progress)
        counts = _counts(world)
        villages = _villages(world.content) if scale > 1 else {}
        for number in range(1, scale):
            copied = load_copy(world, variant(world.content, number, villages))
            counts = {name: count + copied[name] for name, count in counts.items()}
            gc.collect()
            progress("同样规则的副本", number, scale - 1)
        renew_statistics()
        load_live(PAPER, progress)
        _sum_up(progress)
        renew_statistics()
        if scale == 1:  # of a city's worth the worker measures every certificate by itself
            load_monitoring(progress)
        # of a shop as big as a city's, comparing every sum takes as long as making them: `flask reports verify`
        findings = check_books() if scale == 1 else verify()
    if findings:
        raise RuntimeError("\n".join(str(finding) for finding in findings))
    return counts | {"包扶单位": len(world.units), "网点": len(world.outlets)}


def _give_memory() -> None:
    """SQLite may keep more of a growing file in memory than a shop's process needs, for as long as this one loads."""
    if db.engine.dialect.name == "sqlite":
        db.session.connection().exec_driver_sql(f"PRAGMA cache_size={-CACHE_KB}")
        db.session.rollback()


@contextmanager
def _collecting_by_hand() -> Iterator[None]:
    """Rows that wait are no garbage; looking through them again and again would take a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def is_empty() -> bool:
    """Whether nobody has an account here yet."""
    return not db.session.scalar(select(func.count()).select_from(User))


@transactional
def load_demo(progress: Progress) -> World:
    """Fill an empty shop. Raises Conflict("demo.not_empty") where somebody has an account already."""
    if not is_empty():
        raise Conflict("demo.not_empty")
    content = load()
    world = World(make_plan(content, clock.now()), progress, hash_password(content.password))
    paper = store_document_bytes(PAPER, "demo.pdf", None)
    build_people(world, paper)
    build_partners(world, paper)
    build_outlets(world)
    _build_trade(world, paper)
    return world


@transactional
def load_copy(world: World, content: Content) -> Counts:
    """A copy of the content beside what is there."""
    copy = world.for_copy(make_plan(content, world.now))
    paper = store_document_bytes(PAPER, "demo.pdf", None)
    build_people(copy, paper)
    grant_outlets(copy)
    _build_trade(copy, paper)
    return _counts(copy)


def _build_trade(world: World, paper: Media) -> None:
    """Products, their certificates, and half a year of orders."""
    world.rows.write()
    store_pictures(world)
    build_certification(world, paper)
    build_catalog(world)
    build_history(world, paper)
    _keep_numbers(world)


def _keep_numbers(world: World) -> None:
    """Counters go on from where the builders stopped. Only those that moved, for copies share thousands."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(NumberSeries)
    db.session.connection().execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"last": statement.excluded.last}),
        [{"name": name, "last": world.numbers[name]} for name in sorted(world.counted)],
    )
    world.counted.clear()


def _counts(world: World) -> Counts:
    return {
        "供应商": len(world.suppliers),
        "农户": len(world.households),
        "认定产品": len(world.products),
        "批次": len(world.lots),
        "订单": len(world.plan.orders),
        "订单行": sum(len(order.lines) for order in world.plan.orders),
        "采购单": len(world.plan.purchases),
    }


def _villages(content: Content) -> dict[str, list[Village]]:
    """Where copies may lie: the villages of the counties that the content names."""
    counties = {code[:6] for code in content.village_households} | {
        s.village[:6] for s in content.suppliers.values()
    }
    return {county: _villages_of(county) for county in sorted(counties)}


def _villages_of(county: str) -> list[Village]:
    rows = db.session.execute(
        select(Region.code, Region.name)
        .where(Region.code.startswith(county), Region.level == RegionLevel.VILLAGE)
        .order_by(Region.code)
    )
    return [Village(*row) for row in rows]


def _sum_up(progress: Progress) -> None:
    """What reports add up, so that the first page need not."""
    total = db.session.scalar(select(func.count()).select_from(WaitingEntry)) or 0
    done = 0
    while rolled := roll_up(SUMMED_AT_ONCE):
        done += rolled
        gc.collect()
        progress("报表汇总", min(done, total), total)
