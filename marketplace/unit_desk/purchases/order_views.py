"""What purchase orders became: the list of orders, batches to accept, transfers to make."""

from typing import Any, cast

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.exports import Fen, csv_response
from marketplace.kernel.forms import asked_choice, asked_text, errors_at, errors_flashed, status_of
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.presentation import datetime_cn
from marketplace.unit_desk.guards import chosen_unit, current_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.purchases.figures import desk_counts, pay_by
from marketplace.unit_desk.purchases.forms import AcceptForm
from orders.bulk.batches import batches
from orders.bulk.order_queries import (
    OrderFilter,
    Transfer,
    UnitOrderRow,
    all_unit_orders,
    count_unit_orders,
    transfers,
    unit_orders,
)
from orders.fulfilment.acceptance import accept_delivery
from orders.ordering.workflow import OrderState
from orders.payments import commands as payments
from orders.payments.forms import ProofForm
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer
from orders.payments.workflow import PaymentState

STATES = {
    OrderState.PLACED: ("待付款", "warn"),
    OrderState.RELEASED: ("待发货", "info"),
    OrderState.PARTIALLY_SHIPPED: ("部分发货", "info"),
    OrderState.SHIPPED: ("待验收", "warn"),
    OrderState.RECEIVED: ("验收完了", "info"),
    OrderState.COMPLETED: ("已完成", "done"),
    OrderState.CANCELLED: ("已取消", ""),
}
PAID = {
    PaymentState.UNPAID: ("没付", "warn"),
    PaymentState.PENDING: ("核对中", "info"),
    PaymentState.PAID: ("付清", "done"),
    PaymentState.FAILED: ("没付", "warn"),
    PaymentState.EXPIRED: ("不用付", ""),
}
HEADER = (
    "订单号",
    "采购单",
    "供应商",
    "预算单位",
    "付款方式",
    "状态",
    "付款",
    "商品（元）",
    "运费（元）",
    "合计（元）",
    "已退（元）",
    "农户收入（元，未付款的为预计）",
    "下单",
    "付款时间",
    "应付日",
)


def _asked() -> tuple[OrderFilter, str]:
    wanted = asked_choice(OrderFilter) or OrderFilter.ALL
    return wanted, asked_text("q", 40)


def orders() -> ResponseReturnValue:
    unit_id = current_unit_id()
    wanted, text = _asked()
    counts = count_unit_orders(unit_id)
    return render_desk(
        "unit_desk/purchases/orders.html",
        counts=desk_counts(),
        page=unit_orders(unit_id, wanted, text, page_number(request.args.get("page"))),
        chips=[(each.value, each.label, counts[each]) for each in OrderFilter],
        wanted=wanted.value,
        text=text,
        has_any=counts[OrderFilter.ALL] > 0,
        states=STATES,
        paid=PAID,
        pay_by=pay_by,
    )


def export() -> ResponseReturnValue:
    """What the list shows, whole: CSV, or xlsx."""
    unit_id = current_unit_id()
    wanted, text = _asked()
    rows = [_cells(row) for row in all_unit_orders(unit_id, wanted, text)]
    name = f"{chosen_unit().name}采购订单{clock.today():%Y%m%d}"
    if request.args.get("format") == "xlsx":
        return xlsx_response(name, HEADER, rows)
    return csv_response(name, HEADER, rows)


def _cells(row: UnitOrderRow) -> list[object]:
    return [
        row.number,
        row.purchase_number,
        row.supplier,
        row.budget_unit,
        "先货后款" if row.pays_later else "先款后货",
        STATES[row.state][0],
        PAID[row.payment_state][0],
        Fen(row.goods_fen),
        Fen(row.freight_fen),
        Fen(row.total_fen),
        Fen(row.refunded_fen),
        Fen(row.income_fen),
        datetime_cn(row.placed_at),
        datetime_cn(row.paid_at) if row.paid_at else "",
        f"{row.pay_due_on:%Y-%m-%d}" if row.pay_due_on else "",
    ]


def acceptance() -> ResponseReturnValue:
    return _acceptance_page()


def _acceptance_page(form: AcceptForm | None = None, at: int = 0) -> ResponseReturnValue:
    unit_id = current_unit_id()
    is_done = request.args.get("state") == "done"
    page = batches(unit_id, waiting=not is_done, page=page_number(request.args.get("page")))
    forms = {
        batch.id: form if form is not None and batch.id == at else AcceptForm(formdata=None)
        for batch in page.items
    }
    counts = desk_counts()
    text = render_desk(
        "unit_desk/purchases/acceptance.html",
        counts=counts,
        page=page,
        forms=forms,
        is_done=is_done,
        chips=[("", "待验收", counts.get("unit.acceptance", 0)), ("done", "验收过的", None)],
        buys=may(Permission.UNIT_BUYER, unit_id),
    )
    return text, status_of(form) if form else 200


def accept(delivery_id: int) -> ResponseReturnValue:
    """POST: this batch is accepted; what was wrong with it is claimed for next."""
    form = AcceptForm()
    if not form.validate():
        return _acceptance_page(form, delivery_id)
    with errors_flashed():
        accept_delivery(require_actor(), delivery_id, form.note.data or "")
        if number := request.form.get("claim", ""):
            flash("验收记下了。有差异的，在这里按数量申请退款。", "success")
            return redirect(url_for("refunds.request", number=number[:24]), 303)
        flash("这一批验收好了。", "success")
    return redirect(url_for("unit.acceptance"), 303)


def _pays(unit_id: int) -> bool:
    """Whether the person may show a proof for the unit: its finance, or its manager."""
    return may(Permission.UNIT_FINANCE, unit_id) or may(Permission.UNIT_MANAGER, unit_id)


def transfer_list() -> ResponseReturnValue:
    return _transfers_page()


def _transfers_page(form: ProofForm | None = None, at: str = "") -> ResponseReturnValue:
    unit_id = current_unit_id()
    is_done = request.args.get("state") == "done"
    page = transfers(unit_id, paid=is_done, page=page_number(request.args.get("page")))
    forms = {
        item.order.number: form if form is not None and item.order.number == at else _proof_form(item)
        for item in page.items
    }
    counts = desk_counts()
    text = render_desk(
        "unit_desk/purchases/transfers.html",
        counts=counts,
        page=page,
        forms=forms,
        is_done=is_done,
        chips=[("", "待付款", counts.get("unit.transfers", 0)), ("done", "付清的", None)],
        pays=_pays(unit_id),
        pay_by=pay_by,
        states=STATES,
    )
    return text, status_of(form) if form else 200


def _proof_form(item: Transfer | None = None, number: str = "") -> ProofForm:
    """Several orders stand on one page, so every field carries its order's number; the page's token guards all."""
    values: dict[str, Any] = {}
    if item is not None:
        number = item.order.number
        values = {"amount_fen": item.order.total_fen, "payer": item.payer or chosen_unit().name}
    formdata = {"formdata": None} if item is not None else {}
    return ProofForm(prefix=f"p{number}-", meta={"csrf": False}, data=values, **formdata)


def proof(number: str) -> ResponseReturnValue:
    """POST: the receipt of a transfer, by the unit's finance or its manager."""
    actor = require_actor()
    order = require_buyers_order(Buyer(actor.user_id, unit_ids=frozenset(actor.unit_ids)), number)
    paying = frozenset(
        actor.unit_ids_with(Permission.UNIT_FINANCE) + actor.unit_ids_with(Permission.UNIT_MANAGER)
    )
    buyer = Buyer(actor.user_id, unit_ids=paying)
    form = _proof_form(number=number)
    if form.validate_on_submit():
        try:
            with errors_at(form):
                payments.submit_proof(
                    buyer,
                    order.number,
                    str(form.payer.data),
                    cast("Any", form.paid_on.data),
                    form.amount_fen.data,
                    form.document.data,
                )
                flash("回单收到了，平台财务和银行流水核对好就通知供应商。", "success")
                return redirect(url_for("unit.transfers"), 303)
        except NotFound as error:  # the order is the unit's, but paying it is not this person's
            raise Forbidden from error
    return _transfers_page(form, number)
