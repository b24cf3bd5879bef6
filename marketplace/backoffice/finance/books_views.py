"""The books: balances of a month, closing it, one order's ledger, corrections by two people. Auditors read it all."""

from collections.abc import Sequence
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.models import Role
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.finance.forms import CorrectionForm, DecisionForm
from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.exports import Fen, csv_response
from marketplace.kernel.forms import asked_choice, asked_text, errors_at, errors_flashed, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.paging import page_number
from marketplace.parties.queries import supplier_names
from orders.ledger import corrections, months
from orders.ledger.queries import order_parts, order_rows
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.ledger.words import ACCOUNT_WORDS, STATE_WORDS, WORDS
from orders.ledger.workflow import CorrectionState
from orders.ordering.queries import OrderFacts, find_order_by_number
from orders.payments import disputes
from orders.payments.workflow import DisputeState

CORRECTION_STATES = {
    CorrectionState.PROPOSED: ("等另一位财务批", "warn"),
    CorrectionState.POSTED: ("已记账", "done"),
    CorrectionState.REFUSED: ("没同意", "danger"),
    CorrectionState.WITHDRAWN: ("撤回了", ""),
}
DISPUTE_STATES = {
    DisputeState.OPEN: ("银行在查", "warn"),
    DisputeState.WON: ("判给商家，钱回来了", "done"),
    DisputeState.LOST: ("判给买家，供应商承担", "danger"),
}


def _words() -> dict[str, Any]:
    actor = require_actor()
    return {
        "accounts": ACCOUNT_WORDS,
        "income_states": STATE_WORDS,
        "correction_states": CORRECTION_STATES,
        "is_finance": actor.has_role(Role.FINANCE),
        "me": actor.user_id,
    }


def _month() -> str:
    """The asked month; this one where that is none, or has not begun."""
    asked, this_month = request.args.get("month", ""), months.month_of(clock.now())
    try:
        months.bounds(asked)
    except InvalidInput:
        return this_month
    return min(asked, this_month)


def ledger() -> ResponseReturnValue:
    """``?order=`` leads to that order's rows."""
    number = asked_text("order", 24)
    if number:
        if find_order_by_number(number) is not None:
            return redirect(url_for("finance.order", number=number))
        flash("没有这个订单号，请核对。", "warning")
    month = _month()
    if (request.args.get("month") or month) != month:
        flash("没有那个月的账：月份不对，或者还没到。下面是这个月的。", "warning")
    closed = months.closed_months()
    following = months.first_open_month()
    this_month = months.month_of(clock.now())
    return render_desk(
        "backoffice/finance/ledger.html",
        month=month,
        this_month=this_month,
        rows=months.trial_balance(month),
        closed=closed,
        is_closed=any(each.month == month for each in closed),
        following=following if following and following < this_month else None,
        people=display_names({each.closed_by for each in closed if each.closed_by}),
        waiting=corrections.waiting_corrections(),
        **_words(),
    )


def export_ledger() -> FlaskResponse:
    month = _month()
    header = ["科目", "状态", "期初（元）", "本期借方（元）", "本期贷方（元）", "期末（元）"]
    rows = [
        [
            ACCOUNT_WORDS[row.kind],
            STATE_WORDS[row.state] if row.state else "",
            Fen(row.opening_fen),
            Fen(row.debit_fen),
            Fen(row.credit_fen),
            Fen(row.closing_fen),
        ]
        for row in months.trial_balance(month)
    ]
    return csv_response(f"科目余额-{month}", header, rows)


def close_month() -> Response:
    """Books with a finding are not shut over it."""
    month = request.form.get("month", "")
    with errors_flashed():
        findings = verify()
        if findings:
            raise Conflict("months.dirty", count=len(findings))
        months.close_month(require_actor(), month)
        flash(f"{month} 结账了，这个月不会再有新的分录。", "success")
        return redirect(url_for("finance.ledger", month=month))
    return redirect(url_for("finance.ledger"))


def _order(number: str) -> OrderFacts:
    found = find_order_by_number(number)
    if found is None:
        raise NotFound
    return found


def order(number: str) -> str:
    found = _order(number)
    made, rows = corrections.corrections_of(found.id), order_rows(found.id)
    return render_desk(
        "backoffice/finance/order.html",
        order=found,
        supplier=supplier_names({found.supplier_id})[found.supplier_id],
        rows=rows,
        parts=order_parts(found.id, rows),
        ledger_words=WORDS,
        corrections=made,
        people=_people(made),
        **_words(),
    )


def _people(rows: Sequence[corrections.CorrectionRow]) -> dict[int, str]:
    ids = {row.proposed_by for row in rows} | {row.decided_by for row in rows if row.decided_by}
    return display_names(ids)


def dispute_list() -> str:
    state = asked_choice(DisputeState)
    looked = asked_for()
    return render_desk(
        "backoffice/finance/disputes.html",
        page=disputes.dispute_rows(state, page_number(request.args.get("page")), looked),
        looked=looked,
        state=state.value if state else "",
        chips=[("", "全部"), *((each.value, word) for each, (word, _) in DISPUTE_STATES.items())],
        states=DISPUTE_STATES,
    )


def correction_list() -> ResponseReturnValue:
    return _corrections_page(DecisionForm(formdata=None))


def _corrections_page(form: DecisionForm, open_id: int = 0) -> ResponseReturnValue:
    """The list; ``form`` as it was sent for the correction ``open_id``."""
    state = asked_choice(CorrectionState)
    looked = asked_for()
    page = corrections.correction_rows(state, page_number(request.args.get("page")), looked)
    text = render_desk(
        "backoffice/finance/corrections.html",
        page=page,
        form=form,
        open_id=open_id,
        looked=looked,
        state=state.value if state else "",
        chips=[("", "全部"), *((each.value, word) for each, (word, _) in CORRECTION_STATES.items())],
        people=_people(page.items),
        **_words(),
    )
    return text, status_of(form)


def correction_new(number: str) -> ResponseReturnValue:
    found = _order(number)
    form = CorrectionForm()
    if form.validate_on_submit():
        with errors_at(form):
            corrections.propose_correction(
                require_actor(),
                number,
                AccountKind(form.source.data),
                AccountKind(form.target.data),
                form.fen.data,
                form.reason.data or "",
            )
            flash("提上去了，等另一位财务批。", "success")
            return redirect(url_for("finance.order", number=number))
    page = render_desk(
        "backoffice/finance/correction_new.html",
        order=found,
        form=form,
        movable=[(ACCOUNT_WORDS[kind], fen) for kind, fen in corrections.movable(found.id).items()],
        **_words(),
    )
    return page, status_of(form)


def correction_decide(correction_id: int) -> ResponseReturnValue:
    """POST; what is wrong with the reason is shown at it."""
    post, form = request.form.get("decision") == "post", DecisionForm()
    if not form.validate():
        return _corrections_page(form, correction_id)
    with errors_flashed():
        with errors_at(form, only_fields=True):
            corrections.decide_correction(
                require_actor(), correction_id, post=post, note=form.note.data or ""
            )
            flash("记上账了。" if post else "没有同意，已告诉提的人。", "success")
            return redirect(url_for("finance.corrections"))
        return _corrections_page(form, correction_id)
    return redirect(url_for("finance.corrections"))


def correction_withdraw(correction_id: int) -> Response:
    corrections.withdraw_correction(require_actor(), correction_id)
    flash("撤回了，账没有动。", "success")
    return redirect(url_for("finance.corrections"))
