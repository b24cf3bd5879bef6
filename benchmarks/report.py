"""The rows of quality.md that a run on this machine can answer."""

from statistics import median

from benchmarks.measuring import Targets
from benchmarks.rows import Measured, Row, at_least, at_most
from benchmarks.subjects import Subjects

PAGES = ("home", "category", "product", "search")


def rows_of(found: Targets, subjects: Subjects) -> list[Row]:
    pages = found.pages
    rows = [
        Row("products on sale, order lines", f"{subjects.products:,}, {subjects.order_lines:,}"),
        Row("hello", f"{pages['hello'].rate:,.0f}/s", f"{pages['hello'].cpu:.2f} ms CPU"),
        Row("60-row table", f"{pages['table'].rate:,.0f}/s", f"{pages['table'].cpu:.2f} ms CPU"),
    ]
    for name in PAGES:
        rows += _page(name, found, subjects)
    rows += _purchase(found, subjects)
    for name, measured in found.reports.items():
        rows += [
            at_most(f"{name}: time", 1000 / measured.rate, 150, " ms"),
            at_most(f"{name}: statements", subjects.statements[name], 8),
        ]
    rows.append(at_most("memory per worker, largest", max(found.memory_mb), 200, " MB"))
    return rows


def _page(name: str, found: Targets, subjects: Subjects) -> list[Row]:
    page, floor = found.pages[name], found.pages["table"]
    limit, stretch = (0.12, 0.25) if name == "search" else (0.25, 0.4)
    rows = [
        Row(f"{name}", f"{page.rate:,.0f}/s", f"{page.cpu:.2f} ms CPU"),
        at_least(f"{name}: rendered anew, of the 60-row table", page.rate / floor.rate, limit, stretch),
        Row(f"{name}: the same by CPU time", f"{floor.cpu / page.cpu:.3f}"),
        at_most(f"{name}: statements", subjects.statements[name], 6),
    ]
    kept = found.pages[f"{name} kept"]
    rows.append(Row(f"{name}: as guests get it, of the table", f"{kept.rate / floor.rate:.3f}"))
    if name == "search":
        return rows
    return [*rows, at_most(f"{name}: HTML", page.size / 1000, 60, " kB"), _repeat(name, found)]


def _repeat(name: str, found: Targets) -> Row:
    again: Measured | None = found.pages.get(f"{name} 304")
    label = f"{name}: 304 on repeat, of hello"
    if again is None:
        return Row(label, "no 304", "≥ 0.4", holds=False)
    return at_least(label, again.rate / found.pages["hello"].rate, 0.4)


def _purchase(found: Targets, subjects: Subjects) -> list[Row]:
    bought, statements = found.purchases, subjects.statements
    beside = found.pages["table beside purchases"]
    return [
        at_most("cart page: statements", statements["cart"], 10),
        at_most("checkout page: statements", statements["checkout"], 10),
        at_most("purchase, cart to paid: requests", bought.requests, 8),
        at_most("purchase: statements at the placing click", statements["placing"], 20),
        at_most("purchase: CPU of all requests", median(bought.cpu_ms), 40, " ms"),
        Row("purchase: the same in 60-row tables", f"{median(bought.cpu_ms) / beside.cpu:.1f}"),
        Row("purchases one after the other", f"{median(bought.rates):.1f}/s"),
    ]
