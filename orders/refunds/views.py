"""The buyer's side of after-sales: asking, what became of it, sending goods back, the platform's word, cancelling.
Members by login, guests by the secret."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.policies import Permission
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import (
    Form,
    attach_error,
    errors_at,
    errors_flashed,
    status_of,
    uploads_of,
)
from marketplace.kernel.media import send_document
from orders.ordering.models import Order
from orders.ordering.queries import LineFacts, lines_of
from orders.ordering.workflow import OrderState
from orders.payments.queries import is_open_to, require_buyers_order
from orders.payments.web import buyers_url, current_buyer, order_url
from orders.refunds import arbitration, commands, queries, returning, story
from orders.refunds.forms import AppealForm, CancelForm, RefundForm, SendBackForm
from orders.refunds.rules import REFUNDABLE, LinePart, RefundCause, RefundKind
from orders.refunds.words import BUYERS, CAUSES, KINDS
from orders.refunds.workflow import REFUND


def request_form(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """GET and POST: ask for a refund by line and quantity."""
    buyer = current_buyer(checkout_token)
    order = require_buyers_order(buyer, number)
    is_to_come = order.visit_on is not None and order.state is OrderState.RELEASED
    if order.state not in REFUNDABLE or is_to_come:
        flash("这个订单现在不能申请售后。", "warning")
        return redirect(order_url(number, checkout_token), 303)
    form = RefundForm()
    if order.visit_on is not None:
        form.nothing_to_send_back()
    lines = lines_of(order.id)
    if form.validate_on_submit():
        with errors_at(form):
            refund_id = commands.request_refund(
                buyer,
                number,
                RefundKind(form.kind.data),
                _quantities(lines),
                str(form.reason.data),
                uploads_of(form.photos),
                RefundCause(form.cause.data),
            )
            if order.pays_later and order.paid_at is None:
                flash("申请记下了。单位付款、财务核对以后，供应商再答复，退款原路退回。", "success")
            elif queries.require_buyers_refund(buyer, number, refund_id).needs_consent:
                flash("申请已经交给供应商，同不同意由供应商决定。", "success")
            else:
                flash("申请已经交给供应商，48 小时内答复；到时没答复就自动同意。", "success")
            return redirect(buyers_url("refunds.show", number, checkout_token, refund_id=refund_id), 303)
    elif form.is_submitted():
        _say_if_nothing_is_chosen(form, lines)
    return _page(order, lines, form, checkout_token)


def _say_if_nothing_is_chosen(form: RefundForm, lines: list[LineFacts]) -> None:
    """Beside what else is missing, so that all of it is mended in one go."""
    try:
        some = any(_quantities(lines).values())
    except InvalidInput:
        some = False
    if not some:
        attach_error(form, InvalidInput("refunds.no_units", field="lines"))


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
    order: Order, lines: list[LineFacts], form: RefundForm, checkout_token: str | None
) -> ResponseReturnValue:
    pending = queries.pending_units(order.id)
    before_of = {line.id: line.refunded_units + pending.get(line.id, 0) for line in lines}
    is_plain = sum(before_of[line.id] < line.units for line in lines) == 1
    rows = []
    for line in lines:
        before = before_of[line.id]
        left = line.units - before
        part = LinePart(line.net_fen, line.fee_fen, line.units, before, left, line.subsidy_fen)
        # where only one thing can be sent back, it is what is asked for
        typed = request.form.get(f"units-{line.id}", str(left) if is_plain else "0")[:4]
        wrong = form.is_submitted() and not (typed.isascii() and typed.isdigit() and int(typed) <= left)
        rows.append({"line": line, "left": left, "fen": part.goods_fen, "typed": typed, "wrong": wrong})
    page = render_template(
        "orders/refunds/request.html",
        order=order,
        rows=rows,
        form=form,
        has_shipped=any(line.shipped_units for line in lines),
        has_fresh=any(line.is_fresh for line in lines),
        most_photos=commands.MOST_PHOTOS,
        back=order_url(order.number, checkout_token),
    )
    return page, status_of(form)


def show(number: str, refund_id: int, checkout_token: str | None = None) -> ResponseReturnValue:
    return _refund_page(number, refund_id, checkout_token)


def _refund_page(
    number: str, refund_id: int, checkout_token: str | None, failed: Form | None = None
) -> ResponseReturnValue:
    reader = current_buyer(checkout_token, unit_permission=Permission.UNIT)
    found = queries.require_buyers_refund(reader, number, refund_id)
    facts = queries.facts_of(found)
    acts = is_open_to(current_buyer(checkout_token), number)
    page = render_template(
        "orders/refunds/show.html",
        refund=facts,
        number=number,
        timeline=story.of_refund(facts),
        states=BUYERS,
        kinds=KINDS,
        causes=CAUSES,
        send_form=failed if isinstance(failed, SendBackForm) else SendBackForm(formdata=None),
        appeal_form=failed if isinstance(failed, AppealForm) else AppealForm(formdata=None),
        may_send=acts and REFUND.allows(facts.state, "send_back"),
        may_withdraw=acts and REFUND.allows(facts.state, "withdraw"),
        may_appeal=acts and arbitration.may_appeal(found),
        back=order_url(number, checkout_token),
        secret=checkout_token,
        act_url=lambda action: buyers_url(
            "refunds.act", number, checkout_token, refund_id=refund_id, action=action
        ),
        photo_url=lambda position: buyers_url(
            "refunds.photo", number, checkout_token, refund_id=refund_id, position=position
        ),
    )
    return page, status_of(failed) if failed else 200


def act(number: str, refund_id: int, action: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """POST: withdraw, say that the goods are on their way, or ask the platform."""
    buyer = current_buyer(checkout_token)
    forms: dict[str, type[Form]] = {"send_back": SendBackForm, "appeal": AppealForm}
    form = forms.get(action, Form)()
    if form.validate_on_submit():
        with errors_at(form, only_fields=action not in forms):
            if isinstance(form, SendBackForm):
                returning.send_back(
                    buyer, number, refund_id, str(form.carrier.data), str(form.tracking_number.data)
                )
            elif isinstance(form, AppealForm):
                arbitration.appeal(buyer, number, refund_id, str(form.text.data))
            else:
                returning.withdraw(buyer, number, refund_id)
            flash(_SAID[action], "success")
            return redirect(buyers_url("refunds.show", number, checkout_token, refund_id=refund_id), 303)
    queries.require_buyers_refund(buyer, number, refund_id)
    return _refund_page(number, refund_id, checkout_token, form)


_SAID = {
    "withdraw": "申请撤回了。",
    "send_back": "记下了，供应商收到后会验收。",
    "appeal": "交给平台了，看过双方的说法后会告诉您。",
}


def photo(number: str, refund_id: int, position: int, checkout_token: str | None = None) -> Response:
    reader = current_buyer(checkout_token, unit_permission=Permission.UNIT)
    queries.require_buyers_refund(reader, number, refund_id)
    return send_document(queries.photo(refund_id, position))


def cancel(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """POST: cancel before the first parcel."""
    form = CancelForm()
    with errors_flashed():
        is_paid = commands.cancel_order(current_buyer(checkout_token), number, form.reason.data or "")
        flash("订单取消了，付过的钱原路退回。" if is_paid else "订单取消了，没有扣款。", "success")
    return redirect(order_url(number, checkout_token), 303)
