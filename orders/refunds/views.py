"""The buyer's side of after-sales: asking for a refund, cancelling. Members by login, guests by the secret."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import attach_error
from orders.ordering.models import Order
from orders.ordering.queries import LineFacts, lines_of
from orders.payments.queries import require_buyers_order
from orders.payments.web import current_buyer, order_url
from orders.refunds import commands
from orders.refunds.forms import CancelForm, RefundForm
from orders.refunds.queries import pending_units
from orders.refunds.rules import REFUNDABLE, LinePart, RefundKind

MOST = 9999


def request_form(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """GET and POST: ask for a refund by line and quantity."""
    buyer = current_buyer(checkout_token)
    order = require_buyers_order(buyer, number)
    if order.state not in REFUNDABLE:
        flash("这个订单现在不能申请售后。", "warning")
        return redirect(order_url(number, checkout_token), 303)
    form = RefundForm()
    lines = lines_of(order.id)
    if not form.is_submitted():
        return _page(order, lines, form, checkout_token)
    if not form.validate():
        return _page(order, lines, form, checkout_token, 422)
    try:
        commands.request_refund(
            buyer,
            number,
            RefundKind(form.kind.data),
            _quantities(lines),
            str(form.reason.data),
            form.photo.data or None,
        )
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        attach_error(form, error)
        return _page(order, lines, form, checkout_token, error.status)
    if order.pays_later and order.paid_at is None:
        flash("申请记下了。单位付款、财务核对以后，供应商再答复，退款原路退回。", "success")
    else:
        flash("申请已经交给供应商，48 小时内答复；到时没答复就自动同意。", "success")
    return redirect(order_url(number, checkout_token), 303)


def _quantities(lines: list[LineFacts]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for line in lines:
        text = request.form.get(f"units-{line.id}", "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdigit()) or len(text) > 4:
            raise InvalidInput("refunds.no_units", field="lines")
        wanted[line.id] = int(text)
    return wanted


def _page(
    order: Order, lines: list[LineFacts], form: RefundForm, checkout_token: str | None, status: int = 200
) -> ResponseReturnValue:
    pending = pending_units(order.id)
    rows = []
    for line in lines:
        before = line.refunded_units + pending.get(line.id, 0)
        left = line.units - before
        fen = LinePart(line.net_fen, line.fee_fen, line.units, before, left).goods_fen
        typed = request.form.get(f"units-{line.id}", "0")[:4]
        rows.append({"line": line, "left": left, "fen": fen, "typed": typed})
    page = render_template(
        "orders/refunds/request.html",
        order=order,
        rows=rows,
        form=form,
        has_shipped=any(line.shipped_units for line in lines),
        back=order_url(order.number, checkout_token),
    )
    return page, status


def cancel(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """POST: cancel before the first parcel."""
    form = CancelForm()
    commands.cancel_order(current_buyer(checkout_token), number, form.reason.data or "")
    flash("订单取消了。付过的钱会原路退回。", "success")
    return redirect(order_url(number, checkout_token), 303)
