"""取件: what lies here and what comes, marked as arrived, handed over by code."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import asked_text, error_text, errors_flashed
from marketplace.kernel.paging import page_number
from marketplace.kernel.typed import half_width
from marketplace.outlet_desk.guards import current_outlet_id
from marketplace.outlet_desk.nav import render_desk
from orders.fulfilment import pickup_queries as queries
from orders.fulfilment import pickups

WAITING, EXPECTED, OVERDUE, DONE = "", "expected", "overdue", "done"


def index() -> ResponseReturnValue:
    outlet_id = current_outlet_id()
    tab = request.args.get("state", WAITING)
    text = asked_text("q", 24)
    number = page_number(request.args.get("page"))
    if tab == EXPECTED:
        page = queries.expected_page(outlet_id, text, number)
    elif tab == DONE:
        page = queries.handed_page(outlet_id, text, number)
    else:
        tab = tab if tab == OVERDUE else WAITING
        page = queries.waiting_page(outlet_id, text, number, overdue=tab == OVERDUE)
    counts = queries.count_pickups(outlet_id)
    tabs = [
        (WAITING, "在架", counts.waiting),
        (EXPECTED, "要来的", counts.expected),
        (OVERDUE, "过期没取", counts.overdue),
        (DONE, "交出去的", None),
    ]
    return render_desk(
        "outlet_desk/pickups.html", parcels=counts, page=page, tabs=tabs, current=tab, text=text
    )


def arrived(number: str) -> ResponseReturnValue:
    """POST: it lies here from now on, on this shelf."""
    with errors_flashed():
        pickups.arrive(require_actor(), current_outlet_id(), number, request.form.get("shelf", ""))
        flash("登记好了。取件码已经在买家的订单里。", "success")
    return redirect(url_for("outlet.pickups", state=EXPECTED), 303)


def hand_over() -> ResponseReturnValue:
    """GET: type a code. POST: show what it opens, and once confirmed, give it."""
    if request.method == "GET":
        return render_desk("outlet_desk/hand_over.html", row=None, code="", error="")
    actor, outlet_id = require_actor(), current_outlet_id()
    code = half_width(request.form.get("code", ""))[:20]
    try:
        if request.form.get("step") == "confirm":
            order_id = pickups.hand_over(actor, outlet_id, code)
            row = queries.parcel(outlet_id, order_id)
            flash(f"交给 {row.name}（尾号 {row.tail}）了，订单已记成收货。", "success")
            return redirect(url_for("outlet.hand_over"), 303)
        found = pickups.find_by_code(actor, outlet_id, code)
    except NotFound:
        raise
    except DomainError as error:
        page = render_desk("outlet_desk/hand_over.html", row=None, code=code, error=error_text(error))
        return page, error.status
    row = queries.parcel(outlet_id, found.order_id)
    return render_desk("outlet_desk/hand_over.html", row=row, code=pickups.clean_code(code), error="")
