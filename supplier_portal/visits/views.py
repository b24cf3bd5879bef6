"""到店核销: who is expected on a day, and taking a code on a phone."""

from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import error_text
from marketplace.kernel.paging import page_number
from marketplace.kernel.typed import digits_of, half_width
from marketplace.presentation import date_cn
from orders.visits import commands, queries
from orders.visits.rules import clean_code
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk

UNKNOWN = "visits.unknown_code"


def index() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    on = _day(request.args.get("on", ""))
    page = queries.guests_on(supplier_id, on, page_number(request.args.get("page")))
    coming = queries.expected_by_day(supplier_id, clock.today())
    today = clock.today()
    return render_desk(
        "supplier_portal/visits/index.html",
        page=page,
        on=on,
        today=today,
        coming=coming,
        choices=[
            (day.isoformat(), "今天" if day == today else date_cn(day), places) for day, _, places in coming
        ],
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) == 10 else clock.today()
    except ValueError:
        return clock.today()


def redeem() -> ResponseReturnValue:
    """GET: type a code, or find it filled in from the buyer's QR code. POST: show whose it is, and once confirmed, take
    it. A code of another supplier's is as unknown as none."""
    if request.method == "GET":
        code = digits_of(request.args.get("code", ""), 8)
        return render_desk("supplier_portal/visits/redeem.html", row=None, code=code, error="")
    actor, supplier_id = require_actor(), current_supplier_id()
    text = half_width(request.form.get("code", ""))[:200]
    try:
        if request.form.get("step") == "confirm":
            number = commands.redeem(actor, supplier_id, text)
            flash(f"核销好了，订单 {number} 已记成到店。", "success")
            return redirect(url_for("supplier.visits"), 303)
        order_id = commands.find_by_code(actor, supplier_id, text)
    except DomainError as error:
        if isinstance(error, NotFound) and error.code != UNKNOWN:
            raise
        page = render_desk(
            "supplier_portal/visits/redeem.html", row=None, code=text[:20], error=error_text(error)
        )
        return page, error.status
    row = queries.guest(supplier_id, order_id)
    return render_desk(
        "supplier_portal/visits/redeem.html", row=row, code=clean_code(text), error="", today=clock.today()
    )
