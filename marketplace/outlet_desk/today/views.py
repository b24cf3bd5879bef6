"""今天: what waits, four big buttons, and the day's figures."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.forms import typed_id
from marketplace.outlet_desk.collecting.queries import collected_between
from marketplace.outlet_desk.guards import choose_outlet, current_outlet_id
from marketplace.outlet_desk.month.queries import ROLES, figures_by_role
from marketplace.outlet_desk.nav import render_desk
from marketplace.outlets.queries import outlets_by_ids
from marketplace.presentation import Todo, date_cn
from orders.fulfilment import pickup_queries as pickups
from orders.fulfilment.pickup_queries import PickupCounts
from orders.my_orders.queries import count_placed_by_outlet
from orders.my_orders.rules import Tab

WEEKDAYS = "一二三四五六日"


def home() -> ResponseReturnValue:
    outlet_id = current_outlet_id()
    today = clock.today()
    parcels = pickups.count_pickups(outlet_id)
    return render_desk(
        "outlet_desk/home.html",
        parcels=parcels,
        today=f"{date_cn(today)} 星期{WEEKDAYS[today.weekday()]}",
        todos=_todos(parcels, count_placed_by_outlet(outlet_id)[Tab.TO_PAY]),
        collected=collected_between(outlet_id, today, today),
        rows=pickups.oldest_waiting(outlet_id, 5),
        month=today.month,
        roles=figures_by_role(outlet_id, today.replace(day=1)),
        names=ROLES,
    )


def _todos(parcels: PickupCounts, unpaid: int) -> list[Todo]:
    found = []
    if parcels.overdue:
        href = url_for("outlet.pickups", state="overdue")
        found.append(Todo(parcels.overdue, "过了保管期没来取", href, "先打个电话", "已过期", "late"))
    if parcels.due_today:
        found.append(
            Todo(parcels.due_today, "今天保管到期", url_for("outlet.pickups"), "提醒来取", "今天", "soon")
        )
    if parcels.arriving:
        href = url_for("outlet.pickups", state="expected")
        found.append(Todo(parcels.arriving, "包裹在路上", href, "到了就登记，买家才有取件码"))
    if unpaid:
        href = url_for("outlet.orders", state=Tab.TO_PAY.value)
        found.append(Todo(unpaid, "代买的单没付款", href, "到时间不付会自动取消", "", "soon"))
    return found


def switch() -> ResponseReturnValue:
    if request.method == "POST":
        choose_outlet(typed_id(request.form.get("outlet_id")))
        return redirect(url_for("outlet.home"), 303)
    mine = outlets_by_ids(require_actor().outlet_ids)
    return render_desk("outlet_desk/switch.html", mine=sorted(mine.values(), key=lambda row: row.code))
