"""Reports by region, period and dimension, the orders behind every total, and the same figures as files."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.exports import csv_response
from marketplace.kernel.paging import Page, offset_of, page_number
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.parties.household_queries import household_cards
from marketplace.regions.queries import names_of, rows_of
from marketplace.regions.rules import RegionLevel, place_name
from marketplace.reporting import by_key, charts, order_lists, queries, reconciliation, tables
from marketplace.reporting.asking import Asking, asked, asked_orders, regions_above
from marketplace.reporting.by_key import By
from marketplace.reporting.dimensions import OUTLET_ROLES
from marketplace.reporting.figures import buckets_of
from marketplace.reporting.naming import category_names, names_of_keys
from marketplace.reporting.nav import FILTERS, kept, render_desk
from marketplace.reporting.order_detail import order_detail
from marketplace.reporting.rules import BELOW, LEVEL_WORDS, change, period_choices, quick_choices
from marketplace.reporting.words import KIND_WORDS, ORDER_WORDS, ROLE_WORDS
from orders.ledger.rules import IncomeState
from orders.ledger.words import ACCOUNT_WORDS, ENTRY_WORDS, STATE_WORDS

#: rows a page of a report shows
ROWS = 50


def home() -> str:
    asking = asked()
    if asking.by is By.REGION:
        return _region_page(asking)
    if asking.by is By.OUTLET:
        return _outlet_page(asking)
    return _key_page(asking)


def _frame(asking: Asking) -> dict[str, Any]:
    """What every report page needs."""
    region = asking.region
    return {
        "asking": asking,
        "region": region,
        "region_name": place_name(region.name),
        "period": asking.period,
        "before": asking.period.before(),
        "above": regions_above(region),
        "choices": period_choices(clock.today()),
        "quick": quick_choices(clock.today()),
        "scopes": list(rows_of(queries.roots_of(require_actor())).values()),
        "check": reconciliation.standing_check(),
        "states": IncomeState,
        "state_words": STATE_WORDS,
        "kind_words": KIND_WORDS,
        "change": change,
        "place_name": place_name,
    }


def _region_page(asking: Asking) -> str:
    region, period = asking.region, asking.period
    report = queries.build_report(region, period, asking.category, buckets_of(period, clock.today()))
    below = BELOW.get(region.level)
    word = LEVEL_WORDS[below] if below else "村（社区）"
    return render_desk(
        "reporting/region.html",
        report=report,
        below_word=word,
        can_drill=below is not None,
        bars=charts.bars_of(report.rows, f"个{word}"),
        tiles=charts.tiles_of(report.rows, _short) if region.level is RegionLevel.CITY else [],
        line=charts.line_of(report.line),
        registered=queries.registered_households(region),
        categories=category_names(),
        **_frame(asking),
    )


def _short(name: str) -> str:
    return name.removesuffix("区").removesuffix("县")


def _key_page(asking: Asking) -> str:
    report = by_key.build_key_report(asking.by, asking.region, asking.period, _category(asking))
    page = page_number(request.args.get("page"))
    shown = report.rows[offset_of(page, ROWS) :][:ROWS]
    noun = tables.NOUNS[asking.by]
    return render_desk(
        "reporting/by_key.html",
        report=report,
        page=Page(shown, page, len(report.rows), ROWS),
        bars=charts.bars_of(report.rows, f"个{noun}"),
        noun=noun,
        has_targets=asking.by in by_key.WITH_TARGETS,
        is_whole=asking.by in (By.SUPPLIER, By.PRODUCT, By.CATEGORY),
        categories=category_names() if asking.by is By.PRODUCT else {},
        **_frame(asking),
    )


def _category(asking: Asking) -> str:
    return asking.category if asking.by is By.PRODUCT else ""


def _outlet_page(asking: Asking) -> str:
    report = by_key.build_outlet_report(asking.region, asking.period)
    page = page_number(request.args.get("page"))
    shown = report.rows[offset_of(page, ROWS) :][:ROWS]
    return render_desk(
        "reporting/by_outlet.html",
        report=report,
        page=Page(shown, page, len(report.rows), ROWS),
        roles=OUTLET_ROLES,
        role_words=ROLE_WORDS,
        **_frame(asking),
    )


def orders() -> str:
    asking, wanted = asked_orders()
    page = order_lists.orders_page(wanted, order_lists.read_cursor(request.args.get("before", "")))
    return render_desk(
        "reporting/orders.html",
        page=page,
        asking=asking,
        region=asking.region,
        region_name=_place_of(wanted),
        period=asking.period,
        what=_what(asking, wanted, is_there=not page.total.is_empty),
        choices=period_choices(clock.today()),
        quick=quick_choices(clock.today()),
        order_words=ORDER_WORDS,
        filters=kept(FILTERS),
    )


def _place_of(wanted: order_lists.OrderFilter) -> str:
    return place_name(wanted.region.name) + ("本级" if wanted.level is not wanted.region.level else "")


def _what(asking: Asking, wanted: order_lists.OrderFilter, *, is_there: bool) -> str:
    """The filter in words: which supplier, product, unit … What has nothing in the region keeps its name there."""
    if asking.by is By.REGION:
        return category_names().get(asking.category, "") if asking.category else ""
    word = ROLE_WORDS.get(wanted.dimension, tables.NOUNS[asking.by])
    if not wanted.key:
        return f"全部{word}" if asking.by is not By.OUTLET else f"网点{word}"
    keys = {wanted.key} if is_there else set()
    named = names_of_keys(wanted.dimension, keys, asking.region, asking.period)
    return f"{word}：{named[wanted.key].name if wanted.key in named else wanted.key}"


def order(number: str) -> str:
    detail = order_detail(require_actor(), number)
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
        filters=kept(FILTERS),
    )


def _table() -> tables.Table:
    """The table of the page, all of its rows."""
    asking = asked()
    if asking.by is By.REGION:
        return tables.region_table(queries.build_report(asking.region, asking.period, asking.category))
    if asking.by is By.OUTLET:
        report = by_key.build_outlet_report(asking.region, asking.period)
        return tables.outlet_table(report, place_name(asking.region.name))
    return tables.key_table(
        by_key.build_key_report(asking.by, asking.region, asking.period, _category(asking))
    )


def export() -> Response:
    table = _table()
    return csv_response(table.name, table.header, table.rows)


def export_xlsx() -> Response:
    table = _table()
    return xlsx_response(table.name, table.header, table.rows)


def _orders_table() -> tables.Table:
    """Every order behind the total. Raises InvalidInput when there are more than a file takes."""
    asking, wanted = asked_orders()
    found = order_lists.all_orders(wanted)
    if len(found) > order_lists.EXPORT_LIMIT:
        raise InvalidInput("reports.too_many_orders", limit=order_lists.EXPORT_LIMIT)
    what = _what(asking, wanted, is_there=bool(found)).replace("：", "-")
    name = "-".join(part for part in (_place_of(wanted), what, asking.period.label, "订单明细") if part)
    return tables.orders_table(name, found)


def export_orders() -> Response:
    table = _orders_table()
    return csv_response(table.name, table.header, table.rows)


def export_orders_xlsx() -> Response:
    table = _orders_table()
    return xlsx_response(table.name, table.header, table.rows)


def verify_books() -> str:
    return render_desk("reporting/verify.html", check=reconciliation.last_check())


def check_books() -> Redirect:
    """Check now; the page then shows what was found."""
    found = reconciliation.check_books(require_actor().user_id)
    flash(
        f"核完了，有 {len(found)} 行对不上" if found else "核完了，没有对不上的",
        "warning" if found else "success",
    )
    return redirect(url_for("reports.verify"))
