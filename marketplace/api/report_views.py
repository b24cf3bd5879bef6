"""Report rows: built by the functions behind the report pages, within the reader's own scope."""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.accounts.web import require_actor
from marketplace.api import links
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidFields
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import place_name
from marketplace.reporting.by_key import By, OutletReport, build_key_report, build_outlet_report
from marketplace.reporting.dimensions import Dimension
from marketplace.reporting.figures import Figures
from marketplace.reporting.queries import build_report, region_for
from marketplace.reporting.rules import Period, read_period

PAGE_SIZE = 200


def rows(ask: Ask) -> Answer:
    asked = ask.query
    by, category = By(asked["by"]), asked.get("category", "")
    if category and by not in (By.REGION, By.PRODUCT):
        raise InvalidFields({"category": ["只有 by=region 和 by=product 能再按类别看。"]})
    region, period = region_for(require_actor(), asked.get("region", "")), _period(asked)
    if by is By.OUTLET:
        outlets = build_outlet_report(region, period)
        return _page(ask, region, period, _by_role(outlets), None, outlets.adds_up)
    report = (
        build_report(region, period, category)
        if by is By.REGION
        else build_key_report(by, region, period, category)
    )
    return _page(
        ask, region, period, [_row(each) for each in report.rows], _row(report.total), report.adds_up
    )


def _period(asked: Mapping[str, Any]) -> Period:
    """Unlike a page, which falls back to this month, a program is told what it got wrong."""
    key = asked.get("period", "")
    period = read_period(key, asked.get("start", ""), asked.get("end", ""), clock.today())
    if key and period.key != key:
        if key == "custom":
            raise InvalidFields({"from": ["from、to 要成对写，不能前后颠倒，不超过三年。"]})
        raise InvalidFields({"period": ["没有这个时段。"]})
    if key != "custom" and ("start" in asked or "end" in asked):
        raise InvalidFields({"period": ["写了 from 或 to，period 要写 custom。"]})
    return period


def _row(figures: Figures, role: Dimension | None = None) -> dict[str, Any]:
    has_target = figures.target_fen is not None
    return {
        "code": figures.code,
        "name": figures.name,
        "note": figures.note,
        "is_own": figures.is_own,
        "role": role.value if role else None,
        "sales_fen": figures.sales_fen,
        "before_fen": figures.before_fen,
        "income_fen": figures.income_fen,
        "arrived_fen": figures.arrived_fen,
        "income_by_state": {state.value: fen for state, fen in figures.by_state.items()},
        "income_by_kind": {kind.value: fen for kind, fen in figures.by_kind.items()},
        "orders": figures.orders,
        "households": figures.households,
        "target_fen": figures.target_fen,
        "year_fen": figures.year_fen if has_target else None,
    }


def _by_role(report: OutletReport) -> list[dict[str, Any]]:
    """One row per outlet and role it had a part in."""
    return [
        {**_row(figures, role), "note": outlet.note}
        for outlet in report.rows
        for role, figures in outlet.roles.items()
        if not figures.is_empty
    ]


def _page(
    ask: Ask,
    region: RegionRow,
    period: Period,
    found: Sequence[dict[str, Any]],
    total: dict[str, Any] | None,
    adds_up: bool,
) -> Answer:
    number = ask.query["page"]
    end = number * PAGE_SIZE
    return Answer(
        {
            "by": ask.query["by"],
            "region": {"code": region.code, "name": place_name(region.name)},
            "period": period,
            "items": found[end - PAGE_SIZE : end],
            "total": total,
            "adds_up": adds_up,
            "next": links.next_page(number, there_is=len(found) > end),
        }
    )
