"""Purchase orders: the list, drawing one up, submitting it, deciding about it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import (
    asked_choice,
    asked_text,
    error_text,
    errors_at,
    errors_flashed,
    status_of,
)
from marketplace.kernel.paging import page_number
from marketplace.unit_desk.guards import current_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.purchases.figures import desk_counts, open_purchase, paper_of, purchase_context
from marketplace.unit_desk.purchases.forms import DecisionForm, ReturnForm, SubmitForm
from orders.bulk import commands, queries
from orders.bulk.workflow import PURCHASE, PurchaseState
from orders.cart.rules import parse_units

STATES = {
    PurchaseState.DRAFT: ("草稿", ""),
    PurchaseState.SUBMITTED: ("待审批", "warn"),
    PurchaseState.RETURNED: ("退回修改", "danger"),
    PurchaseState.PLACED: ("已下单", "done"),
    PurchaseState.CANCELLED: ("作废", ""),
}


def index() -> ResponseReturnValue:
    unit_id = current_unit_id()
    state = asked_choice(PurchaseState)
    text = asked_text("q", 40)
    counts = queries.count_purchases(unit_id)
    page = queries.purchases_page(unit_id, state, text, page_number(request.args.get("page")))
    return _desk(
        "index",
        page=page,
        state=state.value if state else "",
        text=text,
        has_any=bool(counts),
        chips=[
            ("", "全部", sum(counts.values())),
            *((each.value, STATES[each][0], counts.get(each, 0)) for each in PurchaseState),
        ],
        states=STATES,
        buys=may(Permission.UNIT_BUYER, unit_id),
    )


def _desk(name: str, **context: Any) -> str:
    return render_desk(f"unit_desk/purchases/{name}.html", counts=desk_counts(), **context)


def show(purchase_id: int) -> ResponseReturnValue:
    return _page(purchase_id)


def _page(
    purchase_id: int,
    *,
    submit_form: SubmitForm | None = None,
    decision_form: DecisionForm | None = None,
    return_form: ReturnForm | None = None,
    wrong: DomainError | None = None,
) -> ResponseReturnValue:
    """A form as it was sent, or what is ``wrong`` with the quantities."""
    submit_form = submit_form or SubmitForm(formdata=None)
    decision_form = decision_form or DecisionForm(formdata=None)
    return_form = return_form or ReturnForm(formdata=None)
    status = wrong.status if wrong else status_of(submit_form, decision_form, return_form)
    purchase = open_purchase(purchase_id)
    actor = require_actor()
    context = purchase_context(purchase)
    is_own = actor.user_id in (purchase.created_by, purchase.submitted_by)
    buys = may(Permission.UNIT_BUYER, purchase.unit_id)
    approves = may(Permission.UNIT_APPROVER, purchase.unit_id)
    waits = purchase.state is PurchaseState.SUBMITTED
    page = _desk(
        "show",
        **context,
        states=STATES,
        can_edit=buys and PURCHASE.allows(purchase.state, "submit"),
        can_cancel=buys and PURCHASE.allows(purchase.state, "cancel"),
        can_decide=approves and waits and not is_own,
        is_own=approves and waits and is_own,
        submit_form=submit_form,
        decision_form=decision_form,
        return_form=return_form,
        wrong={"lines": error_text(wrong)} if wrong else {},
        typed=request.form if status != 200 else {},
    )
    return page, status


def _back(purchase_id: int) -> ResponseReturnValue:
    return redirect(url_for("unit.purchase", purchase_id=purchase_id), 303)


def lines(purchase_id: int) -> ResponseReturnValue:
    """POST: quantities by packing; 0 or the bin takes a line off."""
    wanted: dict[int, int] = {}
    gone = request.form.get("remove", "")
    try:
        for name, value in request.form.items():
            key = name.removeprefix("units-")
            if name.startswith("units-") and key.isascii() and key.isdigit() and len(key) < 10:
                is_gone = key == gone or value.strip() == "0"
                wanted[int(key)] = 0 if is_gone else parse_units(value)
        commands.set_lines(require_actor(), purchase_id, wanted)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _page(purchase_id, wrong=error)
    flash("数量改好了，价格按新数量算过。", "success")
    return _back(purchase_id)


def submit(purchase_id: int) -> ResponseReturnValue:
    form = SubmitForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.submit_purchase(
                require_actor(), purchase_id, form.note.data or "", agrees_fresh=bool(form.agree_fresh.data)
            )
            flash("提交了，等审批人审批。批准以后才会下单。", "success")
            return _back(purchase_id)
    return _page(purchase_id, submit_form=form)


def approve(purchase_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate_on_submit():
        seen = form.seen.data or ""
        with errors_at(form):
            approval = commands.approve_purchase(
                require_actor(),
                purchase_id,
                form.note.data or "",
                seen_step=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 12 else 0,
            )
            if approval.changes:
                flash("没有下单：和提交时比有变化，已经退回采购员重新确认。", "warning")
            else:
                flash(f"批准了，下了 {len(approval.order_ids)} 个订单，每家供应商一个。", "success")
            return _back(purchase_id)
    return _page(purchase_id, decision_form=form)


def give_back(purchase_id: int) -> ResponseReturnValue:
    form = ReturnForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.return_purchase(require_actor(), purchase_id, form.reason.data or "")
            flash("退回去了，采购员能看到理由。", "success")
            return _back(purchase_id)
    return _page(purchase_id, return_form=form)


def cancel(purchase_id: int) -> ResponseReturnValue:
    with errors_flashed():
        commands.cancel_purchase(require_actor(), purchase_id, request.form.get("reason", "")[:200])
        flash("采购单作废了。", "success")
    return _back(purchase_id)


def paper(purchase_id: int) -> ResponseReturnValue:
    """The purchase order on paper, a sheet per supplier; only what was submitted is worth a sheet."""
    purchase = open_purchase(purchase_id)
    if purchase.submitted_at is None:
        raise NotFound
    return render_template("unit_desk/purchases/print.html", **paper_of(purchase))
