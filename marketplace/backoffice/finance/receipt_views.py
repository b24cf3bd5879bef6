"""Bank statements: import them, and place what did not find its order by itself."""

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.backoffice.finance.forms import PlaceForm, StatementForm
from marketplace.backoffice.nav import render_desk
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import asked_choice, errors_at, errors_flashed, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.money import format_yuan
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import MAX_BYTES, Sheet, template_response
from marketplace.kernel.typed import digits_of
from orders.payments import receipts
from orders.payments.workflow import ReceiptState

STATES = {
    ReceiptState.OPEN: ("等认领", "warn"),
    ReceiptState.KEPT: ("到了一部分", "info"),
    ReceiptState.USED: ("用于订单", "done"),
    ReceiptState.RETURNED: ("要退回", "danger"),
}


def index() -> ResponseReturnValue:
    return _page(StatementForm(formdata=None), None)


def _page(
    form: StatementForm, sheet: Sheet | None, place_form: PlaceForm | None = None, open_id: int = 0
) -> ResponseReturnValue:
    actor = require_actor()
    place_form = place_form or PlaceForm(formdata=None)
    state = asked_choice(ReceiptState, absent=ReceiptState.OPEN)
    looked = asked_for()
    counts = receipts.count_receipts(actor, looked)
    waits = receipts.count_receipts(actor) if looked else counts
    page = receipts.receipt_rows(actor, state, page_number(request.args.get("page")), looked)
    text = render_desk(
        "backoffice/finance/receipts.html",
        counts={"finance.receipts": waits.get(ReceiptState.OPEN, 0)},
        form=form,
        place_form=place_form,
        open_id=open_id,
        errors=sheet.errors[:200] if sheet else [],
        page=page,
        looked=looked,
        returning=receipts.returning(list(page.items)),
        candidates=receipts.candidates(list(page.items)),
        state=state.value if state else "all",
        chips=[
            *((each.value, word, counts.get(each, 0)) for each, (word, _tone) in STATES.items()),
            ("all", "全部", sum(counts.values())),
        ],
        states=STATES,
    )
    return text, 422 if sheet else status_of(form, place_form)


def template() -> Response:
    return template_response("银行流水模板", receipts.COLUMNS)


def upload() -> ResponseReturnValue:
    form = StatementForm()
    with errors_at(form):
        if not form.file.data:
            raise InvalidInput("sheets.missing", field="file")
        done = receipts.import_statement(require_actor(), form.file.data.read(MAX_BYTES + 1))
        if done.sheet.errors:
            return _page(form, done.sheet)
        if done.new:
            flash(_imported(done), "success")
        else:
            flash("这些流水都导入过了。", "success")
        return redirect(url_for("finance.receipts"), 303)
    return _page(form, None)


def _imported(done: receipts.Imported) -> str:
    rest = done.new - done.placed
    words = [f"导入 {done.new} 条，{done.placed} 条按附言认到了订单"]
    words += [f"{rest} 条等您认领"] if rest else []
    words += [f"多付的 {format_yuan(done.returning_fen)} 记为待退"] if done.returning_fen else []
    return "，".join(words) + "。"


def _placed(placed: receipts.Placed) -> str:
    """Which of it happened: still too little, too much, not wanted at all, or just enough."""
    if placed.missing_fen:
        return f"认到订单了，还差 {format_yuan(placed.missing_fen)}，到齐再放行。"
    if placed.is_unwanted:
        return f"这一单不缺这笔钱（付清过或已取消），{format_yuan(placed.returning_fen)} 记为待退。"
    if placed.returning_fen:
        return f"认到订单了，钱够了；多付的 {format_yuan(placed.returning_fen)} 记为待退。"
    return "认到订单了，钱够了。"


def place(receipt_id: int) -> ResponseReturnValue:
    """POST: finance says which order a line is for; a wrong number is shown at its line."""
    form = PlaceForm()
    with errors_flashed():
        with errors_at(form, only_fields=True):
            number = digits_of(form.order_number.data or "", 24)
            placed = receipts.place_receipt(require_actor(), receipt_id, number)
            flash(_placed(placed), "info" if placed.missing_fen or placed.returning_fen else "success")
            return redirect(url_for("finance.receipts"), 303)
        return _page(StatementForm(formdata=None), None, form, receipt_id)
    return redirect(url_for("finance.receipts"), 303)
