"""The supplier ships and sets what it asks for freight."""

from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.exports import Fen, csv_response, moment_cell
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_number
from marketplace.regions.queries import children_of, full_names_of, names_of, nation
from marketplace.regions.rules import county_code_of
from orders.bulk.order_queries import receivables as owed_by_units
from orders.bulk.queries import purchase_of_order
from orders.fulfilment import commands, desk
from orders.fulfilment.carriers import carriers
from orders.fulfilment.deadlines import ship_due
from orders.fulfilment.desk import DeskFilter
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.fulfilment.queries import freight_rules
from orders.fulfilment.rules import FreightBasis
from orders.ledger.queries import income_left, order_rows
from orders.ledger.words import WORDS
from orders.ordering.queries import events_of
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.queries import payment_of
from orders.refunds import commands as refunds
from orders.refunds import queries as refund_queries
from orders.refunds.rules import left_to_ship
from orders.refunds.words import KINDS, SUPPLIERS
from supplier_portal.fulfilment.forms import CancelForm, FreightForm, ShipForm
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk

#: state → (word, tone)
STATES = {
    OrderState.PLACED: ("等买家付款", ""),
    OrderState.RELEASED: ("待发货", "warn"),
    OrderState.PARTIALLY_SHIPPED: ("部分发货", "warn"),
    OrderState.SHIPPED: ("在路上", "info"),
    OrderState.RECEIVED: ("已收货", "info"),
    OrderState.COMPLETED: ("已完成", "done"),
    OrderState.CANCELLED: ("已取消", ""),
}
#: of a visit other words are used
VISIT_STATES = {
    OrderState.RELEASED: ("等客人到店", "info"),
    OrderState.RECEIVED: ("已到店", "info"),
}
#: what happened to an order, as the supplier reads it
EVENT_WORDS = {
    "place": "下单",
    "release": "付款到账",
    "ship_part": "发出一部分",
    "ship_all": "全部发出",
    "receive": "收货",
    "redeem": "到店核销",
    "lapse": "过了日子没有核销，视为已到店",
    "visit_moved": "买家改期",
    "complete": "完成",
    "cancel": "取消",
    "refund_requested": "买家申请售后",
    "refund_approved": "售后同意",
    "refund_rejected": "售后没同意",
    "refund_done": "退款到账",
    "refund_withdrawn": "售后结束",
    "refund_appealed": "买家申请平台介入",
    "return_accepted": "同意退货",
    "return_sent": "买家寄回退货",
    "dispute_opened": "买家向银行拒付",
    "dispute_won": "拒付判给商家",
    "dispute_lost": "拒付判给买家",
    "part_received": "货款到了一部分",
    "proof_submitted": "买家传了转账凭证",
    "proof_refused": "转账凭证没对上",
    "paid": "货款核对到账",
    "batch_accepted": "单位验收",
    "arrive": "到了网点",
    "invoice_blue": "开了发票",
    "invoice_red": "开了红字发票",
    "invoice_removed": "收回登记错的发票",
    "address_changed": "买家改了收货地址",
}
FILTERS = {
    DeskFilter.ALL: "全部",
    DeskFilter.VISIT: "等客人到店",
    **{DeskFilter(state.value): word for state, (word, _) in STATES.items()},
}
EVERYWHERE = "else"


def _asked_filter() -> DeskFilter:
    return asked_choice(DeskFilter) or DeskFilter.ALL


def export() -> Response:
    """What the list shows, whole; where it goes to the county, and nobody's name."""
    rows = desk.supplier_orders(current_supplier_id(), _asked_filter(), asked_for())
    places = full_names_of({county_code_of(row.street_code) for row in rows})
    return csv_response(
        f"订单-{clock.today():%Y%m%d}",
        (
            "订单号",
            "下单",
            "付款",
            "状态",
            "商品",
            "规格",
            "份数",
            "共几样",
            "送到",
            "应付（元）",
            "农户收入（元）",
        ),
        [
            [
                row.number,
                moment_cell(row.placed_at),
                moment_cell(row.paid_at),
                _words_of(row)[row.state][0],
                row.first_title,
                row.first_sku,
                row.first_units,
                row.lines,
                f"{row.visit_on:%Y-%m-%d} 到店"
                if row.visit_on
                else places.get(county_code_of(row.street_code)),
                Fen(row.total_fen),
                Fen(row.income_fen),
            ]
            for row in rows
        ],
    )


def _words_of(row: desk.SupplierOrderRow) -> dict[OrderState, tuple[str, str]]:
    return STATES | VISIT_STATES if row.visit_on else STATES


def orders() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    which, looked = _asked_filter(), asked_for()
    page = page_number(request.args.get("page"))
    rows = desk.supplier_orders(supplier_id, which, looked, offset_of(page), PAGE_SIZE)
    counts = desk.count_supplier_orders(supplier_id, looked)
    waits = desk.count_supplier_orders(supplier_id) if looked else counts
    within = timedelta(hours=SHIP_WITHIN_HOURS.get())
    dues = {
        row.id: ship_due(row.paid_at, row.ship_by, within)
        for row in rows
        if row.paid_at and row.state.value in desk.TO_SHIP and row.visit_on is None
    }
    moment = clock.now()
    return render_desk(
        "supplier_portal/fulfilment/orders.html",
        counts={"supplier.orders": sum(waits[each] for each in desk.TO_SHIP)},
        page=Page(rows, page, counts[which]),
        looked=looked,
        which=which,
        # few hosts have visits: their filter stands there only for who does
        chips=[
            (each.value, FILTERS[each], counts[each])
            for each in DeskFilter
            if each is not DeskFilter.VISIT or counts[each] or which is each
        ],
        states=STATES,
        visit_states=STATES | VISIT_STATES,
        places=names_of({county_code_of(row.street_code) for row in rows}),
        county_of=county_code_of,
        ship_by=dues,
        tones={
            order_id: "late" if due < moment else "soon"
            for order_id, due in dues.items()
            if due < moment + within / 2
        },
    )


def order(number: str) -> ResponseReturnValue:
    return _order_page(number)


def _order_page(
    number: str, form: ShipForm | None = None, cancel_form: CancelForm | None = None
) -> ResponseReturnValue:
    form, cancel_form = form or ShipForm(formdata=None), cancel_form or CancelForm(formdata=None)
    found = desk.supplier_order(require_actor(), current_supplier_id(), number)
    lines = [
        {"line": line, "left": left_to_ship(line.units, line.shipped_units, line.refunded_units)}
        for line in found.lines
    ]
    typed = {name: value[:4] for name, value in request.form.items() if name.startswith("units-")}
    deliver_to = found.deliver_to
    frozen = sum(line.income_fen for line in found.lines)
    order_id = found.facts.id
    income = income_left({order_id: found.facts.state}, {order_id: found.lines})[order_id]
    page = render_desk(
        "supplier_portal/fulfilment/order.html",
        order=found.facts,
        lines=lines,
        typed=typed,
        form=form,
        cancel_form=cancel_form,
        can_ship=found.facts.visit_on is None and ORDER.allows(found.facts.state, "ship_all"),
        can_cancel=ORDER.allows(found.facts.state, "cancel"),
        deliver_to=deliver_to,
        address=full_names_of([deliver_to.street_code]).get(deliver_to.street_code, "") if deliver_to else "",
        parcels=found.parcels,
        payment=payment_of(found.facts.id),
        events=events_of(found.facts.id),
        purchase=purchase_of_order(found.facts.id) if found.facts.purchase_order_id else None,
        today=clock.today(),
        refunds=refund_queries.refunds_of(found.facts.id),
        income_fen=income,
        income_back_fen=frozen - income if found.facts.paid_at else 0,
        discount_fen=sum(line.discount_fen for line in found.lines),
        subsidy_fen=sum(line.subsidy_fen for line in found.lines),
        ledger=order_rows(found.facts.id),
        ledger_words=WORDS,
        states=STATES | VISIT_STATES if found.facts.visit_on else STATES,
        refund_states=SUPPLIERS,
        refund_kinds=KINDS,
        words=EVENT_WORDS,
        now_local=f"{clock.now().astimezone(clock.BUSINESS_ZONE):%Y-%m-%dT%H:%M}",
    )
    return page, status_of(form, cancel_form)


def receivables() -> ResponseReturnValue:
    """What units owe for goods that were delivered first; its income is expected until it is paid."""
    page = owed_by_units(current_supplier_id(), page_number(request.args.get("page")))
    return render_desk("supplier_portal/fulfilment/receivables.html", page=page, states=STATES)


def _whole_numbers(prefix: str) -> dict[int, int]:
    """``units-12=3`` → {12: 3}; raises InvalidInput for what is no whole number."""
    found: dict[int, int] = {}
    for name, value in request.form.items():
        line_id, text = name.removeprefix(prefix), value.strip()
        if name.startswith(prefix) and text and line_id.isascii() and line_id.isdigit() and len(line_id) < 10:
            if not (text.isascii() and text.isdigit()) or len(text) > 4:
                raise InvalidInput("fulfilment.empty_parcel", field="quantities")
            found[int(line_id)] = int(text)
    return found


def ship(number: str) -> ResponseReturnValue:
    form = ShipForm()
    found = desk.supplier_order(require_actor(), current_supplier_id(), number)
    if form.validate_on_submit():
        with errors_at(form):
            commands.ship(
                require_actor(),
                found.facts.id,
                form.carrier.data,
                str(form.tracking_number.data),
                _whole_numbers("units-"),
            )
            flash("发货登记好了，买家能查到运单。", "success")
            if not carriers()[form.carrier.data].looks_right(str(form.tracking_number.data)):
                flash(f"这个运单号不太像{form.carrier.data}的，请照面单再核对一遍。", "warning")
            return redirect(url_for("supplier.order", number=number), 303)
    return _order_page(number, form)


def cancel(number: str) -> ResponseReturnValue:
    form = CancelForm()
    found = desk.supplier_order(require_actor(), current_supplier_id(), number)
    if form.validate_on_submit():
        with errors_at(form):
            refunds.cancel_by_supplier(require_actor(), found.facts.id, str(form.reason.data))
            flash("订单取消了，钱退给买家，货回到库存。", "success")
            return redirect(url_for("supplier.order", number=number), 303)
    return _order_page(number, cancel_form=form)


def _freight_form(supplier_id: int) -> FreightForm:
    form = FreightForm()
    provinces = [SelectChoice(row.code, row.name) for row in children_of(nation().code)]
    form.province_code.choices = [SelectChoice(EVERYWHERE, "其他所有地方"), *provinces]
    asked = request.args.get("for", "")
    if request.method == "GET" and asked:
        code = None if asked == EVERYWHERE else asked
        for terms in freight_rules([supplier_id])[supplier_id]:
            if terms.province_code == code:
                form = FreightForm(formdata=None, obj=terms)
                form.province_code.choices = [SelectChoice(EVERYWHERE, "其他所有地方"), *provinces]
                form.province_code.data = asked
    return form


def freight(**_: Any) -> ResponseReturnValue:
    """GET: what is asked where; POST: set it for one province or everywhere else."""
    supplier_id = current_supplier_id()
    form = _freight_form(supplier_id)
    if form.validate_on_submit():
        chosen = form.province_code.data
        commands.save_freight_rule(
            require_actor(),
            supplier_id,
            None if chosen == EVERYWHERE else chosen,
            basis=FreightBasis(form.basis.data),
            first_size=form.first_size.data or form.default_size,
            first_fen=form.first_fen.data or 0,
            next_size=form.next_size.data or form.default_size,
            next_fen=form.next_fen.data or 0,
            free_over_fen=form.free_over_fen.data,
            is_excluded=bool(form.is_excluded.data),
        )
        flash("运费存好了，新下的订单照这个算。", "success")
        return redirect(url_for("supplier.freight"), 303)
    rules = freight_rules([supplier_id])[supplier_id]
    names = names_of({rule.province_code for rule in rules if rule.province_code})
    page = render_desk(
        "supplier_portal/fulfilment/freight.html",
        form=form,
        rules=sorted(rules, key=lambda rule: rule.province_code or ""),
        names=names,
        everywhere=EVERYWHERE,
    )
    return page, status_of(form)


def freight_remove() -> ResponseReturnValue:
    code = request.form.get("province_code", "")
    commands.remove_freight_rule(
        require_actor(), current_supplier_id(), None if code == EVERYWHERE else code[:12]
    )
    flash("删掉了。", "success")
    return redirect(url_for("supplier.freight"), 303)
