"""The supplier answers what buyers claim, and looks at what they send back."""

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.exports import Fen, csv_response, moment_cell
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_number
from marketplace.parties.queries import get_contact, get_supplier
from marketplace.regions.queries import full_name
from orders.refunds import commands, queries, story
from orders.refunds.queries import RefundFacts
from orders.refunds.returning import accept_return, usual_address
from orders.refunds.rules import RefundKind
from orders.refunds.words import CAUSES, KINDS, SUPPLIERS
from orders.refunds.workflow import RefundState
from supplier_portal.fulfilment.forms import DecisionForm
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk


def _asked_state() -> RefundState | None:
    return asked_choice(RefundState, absent=RefundState.REQUESTED)


def export() -> Response:
    """What the list shows, whole."""
    rows = queries.supplier_refunds(current_supplier_id(), _asked_state(), looked=asked_for())
    return csv_response(
        f"售后-{clock.today():%Y%m%d}",
        ("售后单", "订单号", "申请", "怎么退", "原因", "说明", "金额（元）", "状态"),
        [
            [
                row.number,
                row.order_number,
                moment_cell(row.requested_at),
                KINDS[row.kind],
                CAUSES[row.cause],
                row.reason,
                Fen(row.amount_fen),
                SUPPLIERS[row.state][0],
            ]
            for row in rows
        ],
    )


def refund_list() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    state, looked = _asked_state(), asked_for()
    page = page_number(request.args.get("page"))
    counts = queries.count_supplier_refunds(supplier_id, looked)
    total = sum(counts.values()) if state is None else counts.get(state, 0)
    rows = queries.supplier_refunds(supplier_id, state, offset_of(page), PAGE_SIZE, looked)
    waits = queries.count_supplier_refunds(supplier_id) if looked else counts
    return render_desk(
        "supplier_portal/fulfilment/refunds.html",
        counts={
            "supplier.refunds": waits.get(RefundState.REQUESTED, 0) + waits.get(RefundState.SENT_BACK, 0)
        },
        page=Page(rows, page, total),
        looked=looked,
        state=state.value if state else "all",
        chips=[
            *((each.value, word, counts.get(each, 0)) for each, (word, _tone) in SUPPLIERS.items()),
            ("all", "全部", sum(counts.values())),
        ],
        states=SUPPLIERS,
        kinds=KINDS,
        causes=CAUSES,
        now=clock.now(),
    )


def refund(refund_id: int) -> ResponseReturnValue:
    """GET: one request; POST: the answer."""
    actor = require_actor()
    found, order_number = queries.supplier_refund(actor, refund_id)
    form = DecisionForm()
    form.decision.choices = _answers(found)
    if not form.is_submitted():
        form.return_to.data = usual_address(current_supplier_id()) or _own_address(current_supplier_id())
    if form.validate_on_submit():
        note = form.note.data or ""
        with errors_at(form):
            if form.decision.data == "accept_return":
                accept_return(actor, refund_id, form.return_to.data or "", note)
            else:
                restock = {line.line_id: f"restock-{line.line_id}" in request.form for line in found.lines}
                is_yes = form.decision.data == "approve"
                commands.decide_refund(actor, refund_id, approve=is_yes, restock=restock, note=note)
            flash("答复好了，买家马上看得到。", "success")
            return redirect(url_for("supplier.refunds"), 303)
    return _page(found, order_number, form)


def _answers(found: RefundFacts) -> list[SelectChoice]:
    if found.state is RefundState.SENT_BACK:
        return [
            SelectChoice("approve", "收到了，同意退款"),
            SelectChoice("reject", "货不对，不同意"),
        ]
    if found.kind is RefundKind.RETURN_AND_REFUND:
        return [
            SelectChoice("accept_return", "同意退货，请买家寄回"),
            SelectChoice("approve", "不用寄回，直接退款"),
            SelectChoice("reject", "不同意"),
        ]
    return [SelectChoice("approve", "同意退款"), SelectChoice("reject", "不同意")]


def _own_address(supplier_id: int) -> str:
    contact = get_contact(supplier_id)
    place = full_name(get_supplier(supplier_id).village_code)
    return f"{contact.contact_name} {contact.contact_mobile} {place}"


def _page(found: RefundFacts, order_number: str, form: DecisionForm) -> ResponseReturnValue:
    page = render_desk(
        "supplier_portal/fulfilment/refund.html",
        refund=found,
        order_number=order_number,
        form=form,
        timeline=story.of_refund(found),
        states=SUPPLIERS,
        kinds=KINDS,
        causes=CAUSES,
        is_open=found.waits_for_supplier,
        may_return=found.state is RefundState.REQUESTED and found.may_go_back,
    )
    return page, status_of(form)


def refund_photo(refund_id: int, position: int) -> ResponseReturnValue:
    found, _number = queries.supplier_refund(require_actor(), refund_id)
    return send_document(queries.photo(found.id, position))
