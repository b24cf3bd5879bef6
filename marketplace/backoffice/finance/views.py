"""Finance's day, the proofs, the money going back."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.finance.forms import CheckForm, VoucherForm
from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.exports import Fen, csv_response, moment_cell
from marketplace.kernel.forms import asked_choice, errors_at, errors_flashed, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_number
from marketplace.presentation import Todo, datetime_cn
from orders.ledger.corrections import waiting_corrections
from orders.payments import finance, receipts, returns
from orders.payments.commands import check_proof
from orders.payments.models import MoneyReturn
from orders.payments.workflow import MoneyReturnState, ProofState, ReceiptState
from orders.settlement import bill_queries
from orders.settlement.overdue import owing

PROOF_STATES = {
    ProofState.SUBMITTED: ("等核对", "warn"),
    ProofState.ACCEPTED: ("已对上", "done"),
    ProofState.REFUSED: ("没对上", "danger"),
}
RETURN_STATES = {
    MoneyReturnState.WAITING: ("等转出", "warn"),
    MoneyReturnState.SENT: ("转出中", "info"),
    MoneyReturnState.DONE: ("已退回", "done"),
    MoneyReturnState.FAILED: ("没退成", "danger"),
}
PROVIDERS = {"sandbox": "沙箱银行", "bank_transfer": "对公转账", "stripe": "Stripe"}
REASONS = {
    "refund": "售后退款",
    "order_gone": "钱到时订单已取消",
    "paid_twice": "付了两次",
    "amount_differs": "金额和应付的不一样",
}
OUTCOMES = {"unknown_session": "不认识这次付款", "unreadable_amount": "金额或币种看不懂"}


def _counts(counts: finance.FinanceCounts) -> dict[str, int]:
    return {
        "finance.proofs": counts.proofs,
        "finance.returns": counts.by_hand + counts.failed,
        "finance.stray": counts.stray,
    }


def home() -> ResponseReturnValue:
    actor = require_actor()
    counts = finance.finance_counts(actor)
    lines = receipts.count_receipts(actor)
    objected, checked = bill_queries.bills_to_do()
    moves = waiting_corrections()
    todos = [
        *_todos(counts),
        *_line_todos(lines.get(ReceiptState.OPEN, 0), lines.get(ReceiptState.KEPT, 0)),
        *_book_todos(objected, checked, moves),
    ]
    return render_desk(
        "backoffice/finance/home.html",
        counts=_counts(counts)
        | {
            "finance.receipts": lines.get(ReceiptState.OPEN, 0),
            "finance.bills": objected + checked,
            "finance.corrections": moves,
        },
        todos=[todo for todo in todos if todo.count],
        proofs=finance.proof_rows(actor, ProofState.SUBMITTED, 0, 8),
        returns=finance.return_rows(actor, None, stray_only=False, offset=0, limit=8),
        **_words(),
    )


def _todos(counts: finance.FinanceCounts) -> list[Todo]:
    return [
        Todo(
            counts.proofs,
            "转账凭证等核对",
            url_for("finance.proofs"),
            "和供应商的银行流水对一对，买家在等发货",
            f"最早 {datetime_cn(counts.oldest_proof_at)}",
            "soon",
        ),
        Todo(
            sum(each.is_overdue for each in owing()),
            "家供应商逾期没打给农户",
            url_for("finance.disbursements"),
            "收入早就确认了，农户在等",
            "",
            "late",
        ),
        Todo(
            counts.failed,
            "退款没退成",
            url_for("finance.returns", state="failed"),
            "看看支付机构怎么说，再退一次或转账退",
            "",
            "late",
        ),
        Todo(
            counts.by_hand,
            "要转账退回的款",
            url_for("finance.returns", state="waiting"),
            "供应商转回后，登记凭证号",
            "",
            "soon",
        ),
        Todo(
            counts.stray,
            "来路不明的钱还没退清",
            url_for("finance.stray"),
            "迟到、重复、金额不对的：网上付的自动退回，转账的由供应商转回",
        ),
    ]


def _line_todos(unclaimed: int, kept: int) -> list[Todo]:
    return [
        Todo(
            unclaimed,
            "银行流水等认领",
            url_for("finance.receipts", state="open"),
            "附言没写对参考号的，看看是哪个订单的",
            "",
            "soon",
        ),
        Todo(
            kept,
            "流水只到了一部分",
            url_for("finance.receipts", state="kept"),
            "订单等补齐，到期没补齐的会记为待退",
        ),
    ]


def _book_todos(objected: int, checked: int, moves: int) -> list[Todo]:
    return [
        Todo(
            objected,
            "结算单有异议",
            url_for("finance.bills", state="objected"),
            "供应商说哪里不对，核对后答复",
            "",
            "soon",
        ),
        Todo(
            checked,
            "结算单等结清",
            url_for("finance.bills", state="checked"),
            "供应商核对过了，结清后登记凭证号",
        ),
        Todo(
            moves,
            "更正等另一位财务批",
            url_for("finance.corrections"),
            "提的人不能批自己的",
        ),
    ]


def _words() -> dict[str, Any]:
    return {
        "proof_states": PROOF_STATES,
        "return_states": RETURN_STATES,
        "providers": PROVIDERS,
        "reasons": REASONS,
        "outcomes": OUTCOMES,
    }


def proofs() -> ResponseReturnValue:
    actor = require_actor()
    state = asked_choice(ProofState) or ProofState.SUBMITTED
    looked, page = asked_for(), page_number(request.args.get("page"))
    counts = finance.count_proofs(actor, looked)
    rows = finance.proof_rows(actor, state, offset_of(page), PAGE_SIZE, looked)
    return render_desk(
        "backoffice/finance/proofs.html",
        counts=_counts(finance.finance_counts(actor)),
        page=Page(rows, page, counts.get(state, 0)),
        looked=looked,
        state=state,
        chips=[(each.value, PROOF_STATES[each][0], counts.get(each, 0)) for each in ProofState],
        **_words(),
    )


def proof(proof_id: int) -> ResponseReturnValue:
    """GET: a proof beside what was due; POST: what the bank statement says."""
    actor = require_actor()
    found = finance.proof_to_check(actor, proof_id)
    form = CheckForm()
    if form.validate_on_submit():
        with errors_at(form):
            check_proof(actor, proof_id, accept=form.decision.data == "accept", note=form.note.data or "")
            flash("核对记下了，买家马上看得到。", "success")
            return redirect(url_for("finance.proofs"), 303)
    names = display_names({found.checked_by} if found.checked_by else set())
    page = render_desk(
        "backoffice/finance/proof.html",
        counts=_counts(finance.finance_counts(actor)),
        found=found,
        form=form,
        checker=names.get(found.checked_by or 0, ""),
        is_open=found.row.state is ProofState.SUBMITTED,
        **_words(),
    )
    return page, status_of(form)


def proof_document(proof_id: int) -> ResponseReturnValue:
    return send_document(finance.proof_to_check(require_actor(), proof_id).document)


def return_list() -> ResponseReturnValue:
    return _returns("backoffice/finance/returns.html", stray_only=False)


def stray() -> ResponseReturnValue:
    return _returns("backoffice/finance/stray.html", stray_only=True)


def _returns(
    template: str, *, stray_only: bool, form: VoucherForm | None = None, open_id: int = 0
) -> ResponseReturnValue:
    actor = require_actor()
    state, looked = _asked_state(), asked_for()
    page = page_number(request.args.get("page"))
    form = form or VoucherForm(formdata=None)
    counts = finance.count_returns(actor, stray_only=stray_only, looked=looked)
    rows = finance.return_rows(
        actor, state, stray_only=stray_only, offset=offset_of(page), limit=PAGE_SIZE, looked=looked
    )
    content = render_desk(
        template,
        counts=_counts(finance.finance_counts(actor)),
        page=Page(rows, page, sum(counts.values()) if state is None else counts.get(state, 0)),
        looked=looked,
        state=state.value if state else "",
        chips=[
            ("", "全部", sum(counts.values())),
            *((each.value, RETURN_STATES[each][0], counts.get(each, 0)) for each in MoneyReturnState),
        ],
        unplaced=finance.unplaced_notices(actor) if stray_only else [],
        form=form,
        open_id=open_id,
        **_words(),
    )
    return content, status_of(form)


def _asked_state() -> MoneyReturnState | None:
    return asked_choice(MoneyReturnState)


def export_returns() -> Response:
    """What the list of returns shows, whole."""
    rows = finance.return_rows(require_actor(), _asked_state(), stray_only=False, looked=asked_for())
    return csv_response(
        f"退回的钱-{clock.today():%Y%m%d}",
        (
            "订单号",
            "为什么",
            "怎么退",
            "金额（元）",
            "要退的时间",
            "退回的时间",
            "状态",
            "凭证号",
            "没退成的原因",
        ),
        [
            [
                row.order_number or "",
                REASONS.get(row.reason, row.reason),
                PROVIDERS.get(row.provider, row.provider),
                Fen(row.amount_fen),
                moment_cell(row.requested_at),
                moment_cell(row.done_at),
                RETURN_STATES[row.state][0],
                row.external_id,
                row.failure,
            ]
            for row in rows
        ],
    )


def return_confirm(return_id: int) -> ResponseReturnValue:
    """POST: a return by hand was made."""
    form = VoucherForm()
    if db.session.get(MoneyReturn, return_id) is None:
        raise NotFound
    if form.validate_on_submit():
        with errors_at(form):
            returns.confirm_return(require_actor(), return_id, str(form.voucher_number.data))
            flash("登记好了，买家看得到已经退回。", "success")
            return redirect(url_for("finance.returns"), 303)
    return _returns("backoffice/finance/returns.html", stray_only=False, form=form, open_id=return_id)


def return_retry(return_id: int) -> ResponseReturnValue:
    """POST: ask the provider again."""
    with errors_flashed():
        returns.retry_return(require_actor(), return_id)
        flash("已经重新交给支付机构，稍后看结果。", "success")
    return redirect(url_for("finance.returns"), 303)
