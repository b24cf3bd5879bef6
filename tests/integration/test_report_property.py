"""Page = CSV = xlsx = ledger: whatever is sold, refunded, paid out and paired, whenever, and however it is summed up."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from marketplace.kernel.db import db
from marketplace.kernel.exports import Fen, csv_text
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.kernel.transaction import transaction
from marketplace.pairing.models import PairingArrangement
from marketplace.regions.queries import RegionRow, get_region
from marketplace.reporting import folding, roll, tables
from marketplace.reporting.by_key import DIMENSIONS, By, build_key_report, build_outlet_report
from marketplace.reporting.dimensions import OUTLET_ROLES, Dimension
from marketplace.reporting.figures import Bucket, Figures
from marketplace.reporting.models import PeriodTotal
from marketplace.reporting.order_lists import OrderFilter, all_orders, orders_page
from marketplace.reporting.progress import unit_progress
from marketplace.reporting.queries import build_report
from marketplace.reporting.reconciliation import verify_totals
from marketplace.reporting.rules import BELOW, Period, month_of, quarter_of, year_of
from tests.factories import builders
from tests.support.report_reckoning import Reckoning, day_of
from tests.support.report_world import EDGES, ReportWorld, build_world, live_on, sell

CODES = (builders.CITY, builders.COUNTY, builders.OTHER_COUNTY, builders.TOWN, builders.VILLAGE)
EDGE_DAYS = sorted({day_of(moment) for moment in EDGES})
LATE = EDGES[-1] + timedelta(days=3)


@pytest.fixture
def world(app: Flask) -> Iterator[ReportWorld]:
    with app.test_request_context():
        yield build_world()


def said(row: Figures) -> dict[str, int]:
    figures = {
        "sales": row.sales_fen,
        "fee": row.fee_fen,
        "given": row.given_fen,
        "income": row.income_fen,
        "orders": row.orders,
        "households": row.households,
        **{state.value: fen for state, fen in row.by_state.items()},
        **{kind.value: fen for kind, fen in row.by_kind.items()},
    }
    return {name: value for name, value in figures.items() if value}


def live(world: ReportWorld, random: Random) -> None:
    """Half a dozen orders at edges of days, months and years, what became of them, and sums taken in between."""
    for _ in range(random.randint(3, 6)):
        sell(world, random, random.choice(EDGES) + timedelta(seconds=random.choice((0, 0, 0, 1, 3600))))
        for _ in range(random.randint(0, 3)):
            live_on(world, random, LATE)
        if random.random() < 0.4:
            roll.roll_up(random.randint(1, 5))
        if random.random() < 0.3:
            correct_arrangement(world, random)


def correct_arrangement(world: ReportWorld, random: Random) -> None:
    with transaction():
        row = db.session.get_one(PairingArrangement, random.choice(world.arrangements))
        row.starts_on = random.choice(EDGE_DAYS)
        row.ends_on = random.choice((None, row.starts_on + timedelta(days=40)))
        db.session.flush()
        roll.recount_unit(row.unit_id)


def periods(random: Random) -> list[Period]:
    first, last = sorted(random.choices(EDGE_DAYS, k=2))
    day = random.choice(EDGE_DAYS)
    return [
        Period("custom", first, last, "自选"),
        Period("custom", day, day, "一天"),
        random.choice((month_of, quarter_of, year_of))(day),
    ]


def regions_agree(books: Reckoning, region: RegionRow, period: Period, category: str = "") -> None:
    by = "category" if category else "all"
    buckets = [Bucket("", period.start, period.end)]
    report = build_report(region, period, category, buckets)
    prefix = region.code[: region.level.prefix_length]
    assert said(report.total) == books.figures(by, category, prefix, period.start, period.end)
    assert report.adds_up
    assert report.line[0][1] == report.total.income_fen
    below = BELOW.get(region.level)
    for row in report.rows:
        length = below.prefix_length if below else 12
        expected = books.figures(by, category, row.code[:length], period.start, period.end)
        assert said(row) == expected, row.name
        filtered = OrderFilter(
            region if row.is_own else get_region(row.code),
            period,
            Dimension(by),
            category,
            is_own=row.is_own and below is not None,
        )
        if not row.is_empty:
            orders_agree(filtered, row)
    files_agree(tables.region_table(report), report.total)


def orders_agree(wanted: OrderFilter, row: Figures) -> None:
    """The orders behind a total add up to it, in a file and page by page."""
    listed = all_orders(wanted)
    sums = sum(order.sales_fen for order in listed), sum(order.income_fen for order in listed)
    assert sums == (row.sales_fen, row.income_fen)
    paged, page = [], orders_page(wanted, None)
    paged += page.items
    while page.next is not None:
        page = orders_page(wanted, page.next)
        paged += page.items
    assert paged == listed
    assert page.total.sales_fen == row.sales_fen


def keys_agree(books: Reckoning, by: By, region: RegionRow, period: Period) -> None:
    report = build_key_report(by, region, period)
    prefix = region.code[: region.level.prefix_length]
    every = "all" if by in (By.SUPPLIER, By.PRODUCT, By.CATEGORY) else by.value
    assert said(report.total) == books.figures(every, "", prefix, period.start, period.end), by
    assert report.adds_up
    for row in report.rows:
        assert said(row) == books.figures(by.value, row.code, prefix, period.start, period.end), (
            by,
            row.code,
        )
    if report.rows:
        row = report.rows[0]
        orders_agree(OrderFilter(region, period, DIMENSIONS[by], row.code), row)
    files_agree(tables.key_table(report), report.total)


def outlets_agree(books: Reckoning, region: RegionRow, period: Period) -> None:
    report = build_outlet_report(region, period)
    prefix = region.code[: region.level.prefix_length]
    assert report.adds_up
    for row in (*report.rows, report.total):
        for role in OUTLET_ROLES:
            expected = books.figures(role.value, row.code, prefix, period.start, period.end)
            expected.pop("households", None)
            assert said(row.roles[role]) == expected, (role, row.code)
            if not row.roles[role].is_empty:
                orders_agree(OrderFilter(region, period, role, row.code), row.roles[role])
    files_agree(tables.outlet_table(report, region.name), None)


def files_agree(table: tables.Table, total: Figures | None) -> None:
    """Every cell of CSV and xlsx is the table's, to the fen; and its last row is the total."""
    text = csv_text(table.header, table.rows).removeprefix("\ufeff")
    from_csv = list(csv.reader(io.StringIO(text)))
    written = io.BytesIO(xlsx_response("x", table.header, table.rows).get_data())
    from_xlsx = CalamineWorkbook.from_filelike(written).get_sheet_by_index(0).to_python()
    assert from_csv[0] == from_xlsx[0] == table.header
    for cells, in_csv, in_xlsx in zip(table.rows, from_csv[1:], from_xlsx[1:], strict=True):
        for cell, csv_cell, xlsx_cell in zip(cells, in_csv, in_xlsx, strict=True):
            if isinstance(cell, Fen):
                assert round(float(csv_cell) * 100) == round(float(str(xlsx_cell)) * 100) == int(cell)
            elif isinstance(cell, int):
                assert int(csv_cell) == xlsx_cell == cell
            else:
                assert csv_cell.lstrip("'") == str(xlsx_cell or "").lstrip("'") == cell
    if total is not None:
        amounts = [cell for cell in table.rows[-1] if isinstance(cell, Fen)]
        assert amounts[0] == total.sales_fen


@settings(
    max_examples=4,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_every_figure_is_the_ledgers(world: ReportWorld, seed: int) -> None:
    """Examples go on from each other: the books only grow."""
    random = Random(seed)
    live(world, random)
    books = Reckoning()
    for period in periods(random):
        for code in CODES:
            regions_agree(books, get_region(code), period)
        regions_agree(books, get_region(builders.CITY), period, random.choice(("fruit", "honey")))
        region = get_region(random.choice(CODES))
        for by in DIMENSIONS:
            keys_agree(books, by, region, period)
        outlets_agree(books, region, period)
    units_agree(world, books)
    assert verify_totals().findings == []
    roll.roll_up_all()
    assert verify_totals().findings == []
    regions_agree(books, get_region(builders.CITY), year_of(date(2026, 1, 1)))
    for by in DIMENSIONS:
        keys_agree(books, by, get_region(builders.CITY), year_of(date(2026, 1, 1)))


def units_agree(world: ReportWorld, books: Reckoning) -> None:
    for unit in world.units:
        progress = unit_progress(unit, 2026)
        expected = books.figures("unit", str(unit), "", date(2026, 1, 1), date(2026, 12, 31))
        assert progress.total_fen == expected.get("sales", 0)
        assert progress.income_fen == expected.get("income", 0)
        assert progress.households == expected.get("households", 0)
        assert sum(progress.by_nearness.values()) == sum(progress.by_arrangement.values())
        for arrangement_id, fen in progress.by_arrangement.items():
            found = books.figures("pairing", str(arrangement_id), "", date(2026, 1, 1), date(2026, 12, 31))
            assert fen == found["sales"]


def test_a_posting_that_is_lost_on_the_way_is_noticed(
    world: ReportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a roller that drops one posting is found out by page and by verification."""
    random = Random(7)
    live(world, random)
    add = folding.Fold.add
    monkeypatch.setattr(folding.Fold, "add", lambda self, postings: add(self, list(postings)[1:]))
    roll.roll_up_all()
    monkeypatch.undo()
    books = Reckoning()
    with pytest.raises(AssertionError):
        regions_agree(books, get_region(builders.CITY), Period("custom", EDGE_DAYS[0], EDGE_DAYS[-1], ""))
    findings = verify_totals().findings
    assert findings
    assert all(finding.invariant == "I11" for finding in findings)
    roll.rebuild()
    assert verify_totals().findings == []
    regions_agree(books, get_region(builders.CITY), year_of(date(2026, 1, 1)))


def test_a_total_that_is_changed_by_hand_is_named(world: ReportWorld) -> None:
    live(world, Random(3))
    roll.roll_up_all()
    with transaction() as session:
        row = session.query(PeriodTotal).filter_by(dimension=Dimension.SUPPLIER).first()
        assert row is not None
        row.sales_fen += 1
        code, key, period = row.region_code, row.key, row.period
    [*_, finding] = verify_totals().findings
    assert "0.01" in finding.text
    assert f"supplier/{key}" in finding.subject
    assert code in finding.subject
    assert str(period)[:4] in finding.subject
