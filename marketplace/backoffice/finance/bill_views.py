"""Suppliers' settlement bills: watched, objections answered, settled with a voucher."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.models import Role
from marketplace.accounts.web import require_actor
from marketplace.backoffice.finance.forms import AnswerForm, SettleForm
from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import asked_choice, error_text, errors_at, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_number
from orders.ordering.concerned import acts_for_seller
from orders.settlement import bill_queries
from orders.settlement import bills as commands
from orders.settlement.bill_rules import SettlementPeriod
from orders.settlement.tables import bills_response
from orders.settlement.words import BILL_WORDS, PERIOD_WORDS
from orders.settlement.workflow import BillState

#: A choice of the list beside the states: bills with an objection that nobody answered
OBJECTED = "objected"


def _asked_state() -> BillState | None:
    return asked_choice(BillState)


def _is_objected() -> bool:
    return request.args.get("state") == OBJECTED


def bills() -> str:
    state, looked = _asked_state(), asked_for()
    counts = bill_queries.count_bills(None, looked)
    objected = bill_queries.objected_bills(looked)
    number = page_number(request.args.get("page"))
    if _is_objected():
        first = offset_of(number)
        page = Page(objected[first : first + PAGE_SIZE], number, len(objected))
    else:
        page = bill_queries.bills(None, state, number, looked)
    return render_desk(
        "backoffice/finance/bills.html",
        page=page,
        looked=looked,
        state=OBJECTED if _is_objected() else state.value if state else "",
        chips=[
            ("", "全部", sum(counts.values())),
            (OBJECTED, "有异议", len(objected)),
            *((each.value, word, counts.get(each, 0)) for each, (word, _) in BILL_WORDS.items()),
        ],
        words=BILL_WORDS,
    )


def export() -> Response:
    """What the list shows, whole."""
    if _is_objected():
        return bills_response(bill_queries.objected_bills(asked_for()))
    return bills_response(bill_queries.all_bills(None, _asked_state(), asked_for()))


def bill(bill_id: int) -> ResponseReturnValue:
    return _page(bill_id, _settling())


def _settling() -> SettleForm:
    return SettleForm(formdata=None, paid_on=clock.today())


def _page(bill_id: int, form: SettleForm, answer_form: AnswerForm | None = None) -> ResponseReturnValue:
    found = bill_queries.get_bill(bill_id)
    answer_form = answer_form or AnswerForm(formdata=None, text=found.answer)
    answer_form.objection.data = found.objection
    actor = require_actor()
    is_own = acts_for_seller(actor, found.supplier_id)
    is_finance = actor.has_role(Role.FINANCE)
    page = render_desk(
        "backoffice/finance/bill.html",
        bill=found,
        words=BILL_WORDS,
        form=form,
        answer_form=answer_form,
        may_settle=is_finance and not is_own and found.state is BillState.CHECKED,
        is_own=is_own,
        may_answer=is_finance and bool(found.objection),
        is_finance=is_finance,
        periods=PERIOD_WORDS,
        period=commands.period_of(found.supplier_id),
    )
    return page, status_of(form, answer_form)


def settle(bill_id: int) -> ResponseReturnValue:
    form = SettleForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.settle_bill(
                require_actor(), bill_id, form.paid_on.data or clock.today(), form.voucher_number.data or ""
            )
            flash("结清了，供应商看得到。", "success")
            return redirect(url_for("finance.bill", bill_id=bill_id))
    return _page(bill_id, form)


def answer(bill_id: int) -> ResponseReturnValue:
    form = AnswerForm()
    with errors_at(form):
        commands.answer_objection(require_actor(), bill_id, form.objection.data or "", form.text.data or "")
        flash("答复发出去了。", "success")
        return redirect(url_for("finance.bill", bill_id=bill_id))
    return _page(bill_id, _settling(), form)


def period(bill_id: int) -> Response:
    """Another settlement period for the bill's supplier."""
    asked = request.form.get("period", "")
    found = bill_queries.get_bill(bill_id)
    if asked not in set(SettlementPeriod):
        flash(error_text(InvalidInput("bills.period")), "warning")
        return redirect(url_for("finance.bill", bill_id=bill_id))
    commands.set_period(require_actor(), found.supplier_id, SettlementPeriod(asked))
    flash("下一张起按新的周期出。", "success")
    return redirect(url_for("finance.bill", bill_id=bill_id))
