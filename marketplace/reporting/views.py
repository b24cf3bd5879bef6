"""Reports by region and period, the orders behind every total, and the same figures as a file."""

from flask import Response, request

from certification.linkage.rules import IncomeKind
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.exports import Fen, csv_response
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_cards
from marketplace.regions.queries import RegionRow, names_of, path_of, rows_of
from marketplace.regions.rules import RegionLevel, is_within, place_name
from marketplace.reporting import queries
from marketplace.reporting.nav import render_desk
from marketplace.reporting.rules import BELOW, LEVEL_WORDS, Period, change, period_choices, read_period
from marketplace.reporting.words import ACCOUNT_WORDS, ENTRY_WORDS, KIND_WORDS, ORDER_WORDS, STATE_WORDS
from orders.ledger.rules import IncomeState
from orders.ledger.verification import verify


def _asked() -> tuple[RegionRow, Period]:
    region = queries.region_for(require_actor(), request.args.get("region", ""))
    period = read_period(
        request.args.get("period", ""),
        request.args.get("from", ""),
        request.args.get("to", ""),
        clock.today(),
    )
    return region, period


def _address(period: Period) -> dict[str, str]:
    """What a link needs to come to the same period."""
    if period.key != "custom":
        return {"period": period.key}
    return {"period": "custom", "from": period.start.isoformat(), "to": period.end.isoformat()}


def _crumbs(region: RegionRow) -> list[RegionRow]:
    """The regions above, as far as this person may look up."""
    scopes = list(rows_of(queries.roots_of(require_actor())).values())
    return [
        above
        for above in path_of(region.code)
        if above.code != region.code
        and any(is_within(above.code, scope.code, scope.level) for scope in scopes)
    ]


def home() -> str:
    region, period = _asked()
    report = queries.build_report(region, period)
    below = BELOW.get(region.level)
    return render_desk(
        "reporting/region.html",
        report=report,
        region=region,
        region_name=place_name(region.name),
        period=period,
        before=period.before(),
        address=_address(period),
        crumbs_above=[(place_name(above.name), above.code) for above in _crumbs(region)],
        below_word=LEVEL_WORDS[below] if below else "村（社区）",
        can_drill=below is not None,
        choices=period_choices(clock.today()),
        scopes=rows_of(queries.roots_of(require_actor())).values(),
        largest_fen=max((row.sales_fen for row in report.rows), default=0),
        states=IncomeState,
        state_words=STATE_WORDS,
        kind_words=KIND_WORDS,
        change=change,
        place_name=place_name,
        is_village=region.level is RegionLevel.VILLAGE,
    )


def orders() -> str:
    region, period = _asked()
    report = queries.build_report(region, period)
    return render_desk(
        "reporting/orders.html",
        page=queries.order_rows(region, period, page_number(request.args.get("page"))),
        total=report.total,
        region=region,
        region_name=place_name(region.name),
        period=period,
        address=_address(period),
        order_words=ORDER_WORDS,
        choices=period_choices(clock.today()),
    )


def order(number: str) -> str:
    detail = queries.order_detail(require_actor(), number)
    cards = household_cards(row.household_id for row in detail.postings if row.household_id)
    return render_desk(
        "reporting/order.html",
        detail=detail,
        codes={household_id: card.code for household_id, card in cards.items()},
        villages=names_of({row.village_code for row in detail.postings if row.village_code}),
        entry_words=ENTRY_WORDS,
        account_words=ACCOUNT_WORDS,
        state_words=STATE_WORDS,
        order_words=ORDER_WORDS,
        place_name=place_name,
    )


def export() -> Response:
    """The table of the page, row by row, as CSV."""
    region, period = _asked()
    report = queries.build_report(region, period)
    header = [
        "区划代码",
        "区域",
        "净销售（元）",
        "上一期净销售（元）",
        "订单（单）",
        *(f"农户收入·{STATE_WORDS[state]}（元）" for state in IncomeState),
        *(f"农户收入·{KIND_WORDS[kind]}（元）" for kind in IncomeKind),
        "农户收入合计（元，未扣除生产成本）",
        "有收入的农户（户）",
    ]
    rows = [
        [
            row.code,
            row.name,
            Fen(row.sales_fen),
            Fen(row.before_fen),
            row.orders,
            *(Fen(row.by_state.get(state, 0)) for state in IncomeState),
            *(Fen(row.by_kind.get(kind, 0)) for kind in IncomeKind),
            Fen(row.income_fen),
            row.households,
        ]
        for row in (*report.rows, report.total)
    ]
    rows[-1][1] = f"{report.total.name}合计"
    return csv_response(f"{place_name(region.name)}-{period.label}-区域报表", header, rows)


def export_orders() -> Response:
    """Every order behind a total, as CSV."""
    region, period = _asked()
    page = queries.order_rows(region, period, None)
    rows = [
        [
            row.number,
            row.paid_at.astimezone(clock.BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M"),
            ORDER_WORDS[row.state],
            Fen(row.sales_fen),
            Fen(row.income_fen),
        ]
        for row in page.items
    ]
    header = ["订单号", "付款时间", "状态", "本区域净销售（元）", "本区域农户收入（元）"]
    return csv_response(f"{place_name(region.name)}-{period.label}-订单明细", header, rows)


def verify_books() -> str:
    return render_desk("reporting/verify.html", findings=verify(), checked_at=clock.now())
