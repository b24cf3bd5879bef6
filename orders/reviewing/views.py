"""写评价 and 追评: one page a line of a member's order."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog.reviews.queries import of_lines
from catalog.reviews.rules import MOST_PHOTOS
from catalog.reviews.words import FAULTS
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import Form, errors_at, status_of, uploads_of
from orders.ordering.models import Order
from orders.ordering.queries import LineFacts
from orders.payments.web import order_url
from orders.reviewing.commands import add_follow_up, write_review
from orders.reviewing.forms import FollowUpForm, ReviewForm
from orders.reviewing.queries import require_own_line
from orders.reviewing.rules import may_review


def write(number: str, line_id: int) -> ResponseReturnValue:
    """GET: the form, or the review that was written; POST: write it."""
    actor = require_actor()
    order, line = require_own_line(actor, number, line_id)
    if line_id not in of_lines([line_id]) and not may_review(order.state, line.units, line.refunded_units):
        flash("收到货以后才能评价；全部退款的不能评价。", "warning")
        return redirect(order_url(number, None), 303)
    form = ReviewForm()
    if form.validate_on_submit():
        with errors_at(form):
            write_review(actor, number, line_id, form.to_opinion(), uploads_of(form.photos))
            flash("评价发出去了，谢谢您。", "success")
            return redirect(url_for("reviews.write", number=number, line_id=line_id), 303)
    return _page(order, line, form)


def follow_up(number: str, line_id: int) -> ResponseReturnValue:
    """POST: 追评."""
    actor = require_actor()
    order, line = require_own_line(actor, number, line_id)
    if line_id not in of_lines([line_id]):
        flash("先评价，以后再追评。", "warning")
        return redirect(url_for("reviews.write", number=number, line_id=line_id), 303)
    form = FollowUpForm()
    if form.validate_on_submit():
        with errors_at(form):
            add_follow_up(actor, number, line_id, str(form.text.data))
            flash("追评发出去了。", "success")
            return redirect(url_for("reviews.write", number=number, line_id=line_id), 303)
    return _page(order, line, form)


def _page(order: Order, line: LineFacts, form: Form) -> ResponseReturnValue:
    review = of_lines([line.id]).get(line.id)
    page = render_template(
        "orders/reviewing/write.html",
        order=order,
        line=line,
        review=review,
        form=form if isinstance(form, ReviewForm) else None,
        follow_form=form if isinstance(form, FollowUpForm) else FollowUpForm(formdata=None),
        most_photos=MOST_PHOTOS,
        faults=FAULTS,
        back=order_url(order.number, None),
    )
    return page, status_of(form)
