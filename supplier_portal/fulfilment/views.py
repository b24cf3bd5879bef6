"""The supplier ships, answers after-sales and sets what it asks for freight."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import attach_error
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_number
from marketplace.regions.queries import children_of, full_names_of, names_of, nation
from marketplace.regions.rules import county_code_of
from orders.bulk.order_queries import receivables as owed_by_units
from orders.bulk.queries import purchase_of_order
from orders.fulfilment import commands, desk
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.fulfilment.queries import freight_rules
from orders.ordering.queries import events_of
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.queries import payment_of
from orders.refunds import commands as refunds
from orders.refunds import queries as refund_queries
from orders.refunds.rules import left_to_ship
from orders.refunds.workflow import RefundState
from supplier_portal.fulfilment.forms import CancelForm, DecisionForm, FreightForm, ShipForm
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk

#: state → (word, tone)
STATES = {
    OrderState.PLACED: ("等买家付款", ""),
    OrderState.RELEASED: ("待发货", "warn"),
    OrderState.PARTIALLY_SHIPPED: ("发了一部分", "warn"),
    OrderState.SHIPPED: ("在路上", "info"),
    OrderState.RECEIVED: ("已收货", "info"),
    OrderState.COMPLETED: ("已完成", "done"),
    OrderState.CANCELLED: ("已取消", ""),
}
REFUND_STATES = {
    RefundState.REQUESTED: ("等您答复", "warn"),
    RefundState.APPROVED: ("已同意，退款中", "info"),
    RefundState.REJECTED: ("没同意", ""),
    RefundState.SENT: ("退款中", "info"),
    RefundState.DONE: ("已退款", "done"),
}
KINDS = {"refund_only": "只退款", "return_and_refund": "退货退款", "cancellation": "整单取消"}
TO_SHIP = (OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED)
EVERYWHERE = "else"


def orders() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    asked = request.args.get("state", "")
    state = OrderState(asked) if asked in set(OrderState) else None
    text = request.args.get("q", "").strip()[:24]
    page = page_number(request.args.get("page"))
    rows = desk.supplier_orders(supplier_id, state, text, offset_of(page), PAGE_SIZE)
    counts = desk.count_supplier_orders(supplier_id)
    total = desk.count_found(supplier_id, state, text) if text else _total(counts, state)
    within = timedelta(hours=SHIP_WITHIN_HOURS.get())
    late_before, soon_before = clock.now() - within, clock.now() - within / 2
    return render_desk(
        "supplier_portal/fulfilment/orders.html",
        counts={"supplier.orders": sum(counts.get(each, 0) for each in TO_SHIP)},
        page=Page(rows, page, total),
        state=state,
        chips=[
            ("", "全部", sum(counts.values())),
            *((each.value, STATES[each][0], counts.get(each, 0)) for each in OrderState),
        ],
        states=STATES,
        places=names_of({county_code_of(row.street_code) for row in rows}),
        county_of=county_code_of,
        ship_by={row.id: row.paid_at + within for row in rows if row.paid_at and row.state in TO_SHIP},
        tones={
            row.id: "late" if row.paid_at < late_before else "soon"
            for row in rows
            if row.paid_at and row.state in TO_SHIP and row.paid_at < soon_before
        },
    )


def _total(counts: dict[OrderState, int], state: OrderState | None) -> int:
    return sum(counts.values()) if state is None else counts.get(state, 0)


def order(number: str) -> ResponseReturnValue:
    return _order_page(number, ShipForm(formdata=None), CancelForm(formdata=None))


def _order_page(
    number: str, form: ShipForm, cancel_form: CancelForm, status: int = 200
) -> ResponseReturnValue:
    found = desk.supplier_order(require_actor(), current_supplier_id(), number)
    lines = [
        {"line": line, "left": left_to_ship(line.units, line.shipped_units, line.refunded_units)}
        for line in found.lines
    ]
    typed = {name: value[:4] for name, value in request.form.items() if name.startswith("units-")}
    deliver_to = found.deliver_to
    page = render_desk(
        "supplier_portal/fulfilment/order.html",
        order=found.facts,
        lines=lines,
        typed=typed,
        form=form,
        cancel_form=cancel_form,
        can_ship=ORDER.allows(found.facts.state, "ship_all"),
        can_cancel=ORDER.allows(found.facts.state, "cancel"),
        deliver_to=deliver_to,
        address=full_names_of([deliver_to.street_code]).get(deliver_to.street_code, "") if deliver_to else "",
        parcels=found.parcels,
        payment=payment_of(found.facts.id),
        events=events_of(found.facts.id),
        purchase=purchase_of_order(found.facts.id) if found.facts.purchase_order_id else None,
        today=clock.today(),
        refunds=refund_queries.refunds_of(found.facts.id),
        income_fen=sum(line.income_fen for line in found.lines),
        states=STATES,
        refund_states=REFUND_STATES,
    )
    return page, status


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
    if not form.validate():
        return _order_page(number, form, CancelForm(formdata=None), 422)
    try:
        commands.ship(
            require_actor(),
            found.facts.id,
            form.carrier.data,
            str(form.tracking_number.data),
            _whole_numbers("units-"),
        )
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        attach_error(form, error)
        return _order_page(number, form, CancelForm(formdata=None), error.status)
    flash("发货登记好了，买家能查到运单。", "success")
    return redirect(url_for("supplier.order", number=number), 303)


def cancel(number: str) -> ResponseReturnValue:
    form = CancelForm()
    found = desk.supplier_order(require_actor(), current_supplier_id(), number)
    if not form.validate():
        return _order_page(number, ShipForm(formdata=None), form, 422)
    try:
        refunds.cancel_by_supplier(require_actor(), found.facts.id, str(form.reason.data))
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        attach_error(form, error)
        return _order_page(number, ShipForm(formdata=None), form, error.status)
    flash("订单取消了，钱退给买家，货回到库存。", "success")
    return redirect(url_for("supplier.order", number=number), 303)


def refund_list() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    asked = request.args.get("state", RefundState.REQUESTED.value)
    state = RefundState(asked) if asked in set(RefundState) else None
    page = page_number(request.args.get("page"))
    counts = refund_queries.count_supplier_refunds(supplier_id)
    total = sum(counts.values()) if state is None else counts.get(state, 0)
    rows = refund_queries.supplier_refunds(supplier_id, state, offset_of(page), PAGE_SIZE)
    return render_desk(
        "supplier_portal/fulfilment/refunds.html",
        counts={"supplier.refunds": counts.get(RefundState.REQUESTED, 0)},
        page=Page(rows, page, total),
        state=state.value if state else "all",
        chips=[
            *((each.value, REFUND_STATES[each][0], counts.get(each, 0)) for each in RefundState),
            ("all", "全部", sum(counts.values())),
        ],
        states=REFUND_STATES,
        kinds=KINDS,
        now=clock.now(),
    )


def refund(refund_id: int) -> ResponseReturnValue:
    """GET: one request; POST: the answer."""
    actor = require_actor()
    found, order_number = refund_queries.supplier_refund(actor, refund_id)
    form = DecisionForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            restock = {line.line_id: f"restock-{line.line_id}" in request.form for line in found.lines}
            try:
                refunds.decide_refund(
                    actor,
                    refund_id,
                    approve=form.decision.data == "approve",
                    restock=restock,
                    note=form.note.data or "",
                )
            except DomainError as error:
                attach_error(form, error)
                status = error.status
            else:
                flash("答复好了，买家马上看得到。", "success")
                return redirect(url_for("supplier.refunds"), 303)
    page = render_desk(
        "supplier_portal/fulfilment/refund.html",
        refund=found,
        order_number=order_number,
        form=form,
        states=REFUND_STATES,
        kinds=KINDS,
        is_open=found.state is RefundState.REQUESTED,
    )
    return page, status


def refund_photo(refund_id: int) -> ResponseReturnValue:
    return send_document(refund_queries.supplier_photo(require_actor(), refund_id))


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
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            chosen = form.province_code.data
            commands.save_freight_rule(
                require_actor(),
                supplier_id,
                None if chosen == EVERYWHERE else chosen,
                first_grams=form.first_grams.data or 1000,
                first_fen=form.first_fen.data or 0,
                next_grams=form.next_grams.data or 1000,
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
    return page, status


def freight_remove() -> ResponseReturnValue:
    code = request.form.get("province_code", "")
    commands.remove_freight_rule(
        require_actor(), current_supplier_id(), None if code == EVERYWHERE else code[:12]
    )
    flash("删掉了。", "success")
    return redirect(url_for("supplier.freight"), 303)
