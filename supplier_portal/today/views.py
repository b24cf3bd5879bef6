"""The first page of the supplier's desk: 待办, today's figures, what to ship."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from catalog.questions.queries import DeskFilter
from catalog.questions.queries import count_of_supplier as count_questions
from catalog.reviews.queries import count_unanswered
from certification.applications.workflow import ApplicationState
from marketplace.kernel import clock
from marketplace.parties import queries as parties
from marketplace.parties.queries import SupplierFacts
from marketplace.parties.standing_rules import Verification
from marketplace.parties.workflow import SupplierState
from marketplace.presentation import Todo, date_cn, datetime_cn
from marketplace.regions.queries import names_of
from marketplace.regions.rules import county_code_of
from marketplace.reporting import monitoring_queries
from marketplace.reporting.monitoring_rules import Light
from orders.fulfilment.deadlines import ship_due
from orders.fulfilment.desk import SupplierOrderRow
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.ledger.queries import due_households
from supplier_portal.guards import current_supplier
from supplier_portal.nav import render_desk
from supplier_portal.today import queries

WEEKDAYS = "一二三四五六日"
SOON = timedelta(hours=12)
PAPERS_AHEAD = timedelta(days=30)


def _url(endpoint: str, **values: Any) -> str:
    """A page of another room, or this desk while an installation leaves that room out."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else url_for("supplier.home")


def _due(moment: datetime | None) -> tuple[str, str]:
    """(words, tone) of a deadline."""
    if moment is None:
        return "", ""
    left = moment - clock.now()
    if left <= timedelta(0):
        hours = int(-left.total_seconds() // 3600)
        return (f"已超 {hours // 24} 天" if hours >= 48 else f"已超 {max(hours, 1)} 小时"), "late"
    return f"{datetime_cn(moment)} 前", "soon" if left <= SOON else ""


def _named(name: str, count: int) -> str:
    return name if count == 1 else f"{name} 等 {count} 项"


def _order_todos(supplier_id: int) -> list[Todo]:
    hours = SHIP_WITHIN_HOURS.get()
    late, in_time = queries.orders_to_ship(supplier_id, timedelta(hours=hours))
    found = []
    to_ship = _url("supplier.orders", state="released")
    if late.count:
        due, tone = _due(late.first_due)
        title = "过了发货期限还没发"
        found.append(Todo(late.count, title, to_ship, "再不发，买家可以直接退款", due, tone))
    refunds = queries.refunds_to_answer(supplier_id)
    if refunds.count:
        due, tone = _due(refunds.first_due)
        text = "到时间不答复会自动同意"
        found.append(Todo(refunds.count, "售后等您答复", _url("supplier.refunds"), text, due, tone))
    unanswered = count_unanswered(supplier_id)
    if unanswered:
        found.append(Todo(unanswered, "评价等您回复", _url("supplier.reviews"), "回复一次，大家都看得到"))
    asked = count_questions(supplier_id)[DeskFilter.UNANSWERED]
    if asked:
        found.append(Todo(asked, "提问等您回答", _url("supplier.questions"), "问的人在等，别人也看得到"))
    if in_time.count:
        due, tone = _due(in_time.first_due)
        found.append(Todo(in_time.count, "等着发货的订单", to_ship, "最早的一单先发", due, tone))
    return found


def _money_todos(supplier_id: int) -> list[Todo]:
    found = []
    due = due_households(supplier_id)
    if due:
        fen = sum(each.fen for each in due)
        title = f"农户收入待打款，共 ¥{fen // 100:,}.{fen % 100:02d}"
        text = "按户算，过了售后期的；打款后传回单"
        found.append(Todo(len(due), title, _url("supplier.disbursements"), text))
    red = monitoring_queries.lights(monitoring_queries.held_by_clause(supplier_id)).counts.get(Light.RED, 0)
    if red:
        text = "县里也看得到；看看是没卖动，还是批次没登记"
        found.append(Todo(red, "带农承诺差得多，红灯", url_for("supplier.monitoring"), text, "", "soon"))
    return found


def _paper_todos(supplier: SupplierFacts) -> list[Todo]:
    found = []
    waiting = queries.applications_open(supplier.id)
    if ApplicationState.RETURNED in waiting:
        count, name = waiting[ApplicationState.RETURNED]
        href = _url("supplier.applications", state="returned")
        found.append(Todo(count, "认定申请退回补正", href, f"{_named(name, count)}，补好再交", "", "soon"))
    if ApplicationState.DRAFT in waiting:
        count, name = waiting[ApplicationState.DRAFT]
        found.append(
            Todo(count, "认定申请还没提交", _url("supplier.applications", state="draft"), _named(name, count))
        )
    if supplier.state is SupplierState.APPROVED and supplier.verification in (
        Verification.SOON,
        Verification.OVERDUE,
    ):
        late = supplier.verification is Verification.OVERDUE
        due = "已逾期" if late or not supplier.verify_due_on else f"{date_cn(supplier.verify_due_on)}到期"
        href, tone = url_for("supplier.verification"), "late" if late else "soon"
        found.append(Todo(1, "半年复核：确认资料没有变", href, "看一遍，没有变点确认", due, tone))
    asked = [pilot for pilot in parties.sponsored_by(supplier.id) if pilot.sponsor_agreed_at is None]
    if asked:
        href = url_for("supplier.sponsored")
        found.append(Todo(len(asked), "示范户请您担保", href, "、".join(pilot.name for pilot in asked[:2])))
    count, first = queries.papers_running_out(supplier.id, clock.today() + PAPERS_AHEAD)
    if count and first is not None:
        tone = "late" if first < clock.today() else "soon"
        due = "已过期" if tone == "late" else f"{date_cn(first)}到期"
        found.append(Todo(count, "证照要换新", url_for("supplier.papers"), "过期前传新的", due, tone))
    return found


def home() -> ResponseReturnValue:
    supplier = current_supplier()
    if supplier.state not in {SupplierState.APPROVED, SupplierState.SUSPENDED}:
        return redirect(url_for("supplier.papers"))
    today = clock.today()
    start, tomorrow = clock.local_day_start(today), clock.local_day_start(today + timedelta(days=1))
    month = clock.local_day_start(today.replace(day=1))
    todos = _order_todos(supplier.id) + _money_todos(supplier.id) + _paper_todos(supplier)
    todos.sort(key=lambda todo: ("late", "soon", "").index(todo.tone))
    hours = timedelta(hours=SHIP_WITHIN_HOURS.get())
    rows = queries.shipping_list(supplier.id, hours)
    return render_desk(
        "supplier_portal/today/home.html",
        counts={"supplier.orders": sum(t.count for t in todos if "发货" in t.title)},
        today=f"{date_cn(today)} 星期{WEEKDAYS[today.weekday()]}",
        todos=todos,
        day=queries.money_between(supplier.id, start, tomorrow),
        yesterday=queries.money_between(supplier.id, start - timedelta(days=1), start),
        month=queries.money_between(supplier.id, month, tomorrow),
        paid_today=queries.paid_orders(supplier.id, start),
        rows=[(row, *_ship_by(row, hours)) for row in rows],
        places=names_of(county_code_of(row.street_code) for row in rows),
        place_of=lambda row: county_code_of(row.street_code),
        low_stock=queries.low_stock(supplier.id),
    )


def _ship_by(row: SupplierOrderRow, hours: timedelta) -> tuple[str, str]:
    """(latest time to ship, tone) of one order."""
    if row.paid_at is None:
        return "", ""
    due = ship_due(row.paid_at, row.ship_by, hours)
    left = due - clock.now()
    return datetime_cn(due), "late" if left <= timedelta(0) else "soon" if left <= SOON else ""
