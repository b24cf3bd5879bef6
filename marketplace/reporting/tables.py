"""The tables of reports: one list of columns, from which page, CSV and xlsx are made, so that they can't differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplace.kernel import clock
from marketplace.kernel.exports import Fen
from marketplace.presentation import percent
from marketplace.reporting.by_key import WITH_TARGETS, By, KeyReport, OutletReport
from marketplace.reporting.dimensions import OUTLET_ROLES
from marketplace.reporting.figures import Figures
from marketplace.reporting.order_lists import OrderRow
from marketplace.reporting.queries import Report
from marketplace.reporting.rules import BELOW, LEVEL_WORDS, change
from marketplace.reporting.words import KIND_WORDS, ORDER_WORDS, ROLE_WORDS
from orders.ledger.words import STATE_WORDS

Cell = str | int | Fen


@dataclass(frozen=True, slots=True)
class Table:
    """A file's content; the last row is the total."""

    name: str
    header: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    cell: Callable[[Figures], Cell]


COMPARED = (
    Column("净销售（元）", lambda row: Fen(row.sales_fen)),
    Column("上一期净销售（元）", lambda row: Fen(row.before_fen)),
    Column("对比上期", lambda row: change(row.sales_fen, row.before_fen)),
    Column("农户收入（元，经营性未扣除生产成本）", lambda row: Fen(row.income_fen)),
    Column("农户收入占净销售", lambda row: percent(row.income_fen, row.sales_fen)),
    Column("已到账（元）", lambda row: Fen(row.arrived_fen)),
    Column("订单（单）", lambda row: row.orders),
    Column("有收入的农户（户）", lambda row: row.households),
)
DETAILS = (
    *(
        Column(f"农户收入·{word}（元）", lambda row, state=state: Fen(row.by_state[state]))  # type: ignore[misc]
        for state, word in STATE_WORDS.items()
    ),
    *(
        Column(f"农户收入·{word}（元）", lambda row, kind=kind: Fen(row.by_kind[kind]))  # type: ignore[misc]
        for kind, word in KIND_WORDS.items()
    ),
)
NOUNS = {
    By.OUTLET: "网点",
    By.PAIRING: "结对",
    By.UNIT: "单位",
    By.SUPPLIER: "供应商",
    By.PRODUCT: "产品",
    By.CATEGORY: "类别",
    By.CHANNEL: "渠道",
}


def region_table(report: Report) -> Table:
    below = BELOW.get(report.region.level)
    columns = [
        Column("区划代码", lambda row: row.code),
        Column(LEVEL_WORDS[below] if below else "村（社区）", lambda row: row.name),
        *COMPARED,
        *DETAILS,
    ]
    total = _cells(columns, report.total)
    total[1] = f"{report.total.name}合计"
    return _table(f"{report.total.name}-{report.period.label}-区域报表", columns, report.rows, total)


def key_table(report: KeyReport) -> Table:
    noun = NOUNS[report.by]
    columns = [Column("编号", lambda row: row.code), Column(noun, lambda row: row.name)]
    if report.by in (By.PRODUCT, By.PAIRING):
        columns.append(Column("供应商" if report.by is By.PRODUCT else "类别", lambda row: row.note))
    columns += COMPARED
    if report.by in WITH_TARGETS:
        columns += [
            Column(f"{report.year}年目标（元）", lambda row: _fen_or_blank(row.target_fen)),
            Column(f"{report.year}年已采购（元，不限产地）", lambda row: Fen(row.year_fen)),
            Column("完成", lambda row: percent(row.year_fen, row.target_fen or 0)),
        ]
    columns += DETAILS
    total = _cells(columns, report.total)
    total[1] = "合计"
    if (
        report.by in WITH_TARGETS
    ):  # a target holds for all a unit buys: it is not of this region, so it has no sum here
        for place, column in enumerate(columns):
            if "年目标" in column.label or "年已采购" in column.label or column.label == "完成":
                total[place] = ""
    return _table(f"{report.total.name}-{report.period.label}-{noun}报表", columns, report.rows, total)


def _fen_or_blank(fen: int | None) -> Cell:
    return "" if fen is None else Fen(fen)


def _cells(columns: Sequence[Column], row: Figures) -> list[Cell]:
    return [column.cell(row) for column in columns]


def _table(name: str, columns: Sequence[Column], rows: Sequence[Figures], total: list[Cell]) -> Table:
    return Table(name, [column.label for column in columns], [*(_cells(columns, row) for row in rows), total])


def outlet_table(report: OutletReport, region_name: str) -> Table:
    header = ["编号", "网点", "类别"]
    for role in OUTLET_ROLES:
        word = ROLE_WORDS[role]
        header += [f"{word}净销售（元）", f"{word}订单（单）", f"{word}农户收入（元）"]
    rows: list[list[Cell]] = []
    for row in (*report.rows, report.total):
        cells: list[Cell] = [row.code, row.name, row.note]
        for role in OUTLET_ROLES:
            figures = row.roles[role]
            cells += [Fen(figures.sales_fen), figures.orders, Fen(figures.income_fen)]
        rows.append(cells)
    rows[-1][1] = "合计"
    return Table(f"{region_name}-{report.period.label}-网点报表", header, rows)


def orders_table(name: str, orders: Sequence[OrderRow]) -> Table:
    """Every order, without a total row: it is a list to work with, and the page says what it adds up to."""
    header = ["订单号", "付款时间", "状态", "净销售（元）", "农户收入（元）"]
    rows: list[list[Cell]] = [
        [
            row.number,
            row.paid_at.astimezone(clock.BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
            ORDER_WORDS[row.state],
            Fen(row.sales_fen),
            Fen(row.income_fen),
        ]
        for row in orders
    ]
    return Table(name, header, rows)
