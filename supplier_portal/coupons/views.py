"""A supplier makes its coupons, sees how they are used and stops them."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.paging import page_number
from orders.coupons import commands
from orders.coupons.forms import CouponForm
from orders.coupons.queries import coupon_rows
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk


def coupons() -> str:
    page = coupon_rows(current_supplier_id(), page_number(request.args.get("page")))
    return render_desk("supplier_portal/coupons/index.html", page=page)


def coupon_new() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    form = CouponForm()
    if request.method == "GET":
        form.starts_on.data = clock.today()
    if form.validate_on_submit():
        with errors_at(form):
            commands.make_coupon(require_actor(), form.to_new(supplier_id))
            flash("券发出去了，结算页从现在起看得到。", "success")
            return redirect(url_for("supplier.coupons"))
    return render_desk("supplier_portal/coupons/new.html", form=form), status_of(form)


def coupon_stop(coupon_id: int) -> Response:
    commands.stop_coupon(require_actor(), coupon_id)
    flash("停发了。已经下的单不受影响。", "success")
    return redirect(url_for("supplier.coupons"))
