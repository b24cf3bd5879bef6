"""A supplier's settlement bills: looked at, found right or objected to."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_choice, errors_at, errors_flashed, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.paging import page_number
from orders.settlement import bill_queries
from orders.settlement import bills as commands
from orders.settlement.bill_queries import BillFacts
from orders.settlement.tables import bills_response
from orders.settlement.words import OWN_BILL_WORDS, PERIOD_WORDS
from orders.settlement.workflow import BILL, BillState
from supplier_portal.guards import current_supplier_id, owns
from supplier_portal.nav import render_desk
from supplier_portal.statements.forms import ObjectionForm


def _asked_state() -> BillState | None:
    return asked_choice(BillState)


def bills() -> str:
    supplier_id = current_supplier_id()
    state, looked = _asked_state(), asked_for()
    counts = bill_queries.count_bills(supplier_id, looked)
    return render_desk(
        "supplier_portal/statements/bills.html",
        page=bill_queries.bills(supplier_id, state, page_number(request.args.get("page")), looked),
        looked=looked,
        state=state.value if state else "",
        chips=[
            ("", "全部", sum(counts.values())),
            *((each.value, word, counts.get(each, 0)) for each, (word, _) in OWN_BILL_WORDS.items()),
        ],
        words=OWN_BILL_WORDS,
        period=PERIOD_WORDS[commands.period_of(supplier_id)],
    )


def export() -> Response:
    """What the list shows, whole."""
    return bills_response(bill_queries.all_bills(current_supplier_id(), _asked_state(), asked_for()))


def _own(bill_id: int) -> BillFacts:
    found = bill_queries.get_bill(bill_id)
    if found.supplier_id != current_supplier_id():
        raise NotFound
    return found


def bill(bill_id: int) -> ResponseReturnValue:
    return _page(bill_id, ObjectionForm(formdata=None))


def _page(bill_id: int, form: ObjectionForm) -> ResponseReturnValue:
    found = _own(bill_id)
    page = render_desk(
        "supplier_portal/statements/bill.html",
        bill=found,
        form=form,
        words=OWN_BILL_WORDS,
        may_check=BILL.allows(found.state, "check")
        and not found.waits_for_answer
        and owns(found.supplier_id),
        may_object=BILL.allows(found.state, "object") and owns(found.supplier_id),
    )
    return page, status_of(form)


def bill_check(bill_id: int) -> Response:
    _own(bill_id)
    with errors_flashed():
        commands.check_bill(require_actor(), bill_id)
        flash("核对记下了，等财务结清。", "success")
    return redirect(url_for("supplier.bill", bill_id=bill_id))


def bill_object(bill_id: int) -> ResponseReturnValue:
    _own(bill_id)
    form = ObjectionForm()
    with errors_at(form):
        commands.object_to_bill(require_actor(), bill_id, form.text.data or "")
        flash("告诉财务了，答复会在这里和消息里。", "success")
        return redirect(url_for("supplier.bill", bill_id=bill_id))
    return _page(bill_id, form)


def bill_withdraw(bill_id: int) -> Response:
    _own(bill_id)
    with errors_flashed():
        commands.withdraw_objection(require_actor(), bill_id)
        flash("异议收回了，请核对这张结算单。", "success")
    return redirect(url_for("supplier.bill", bill_id=bill_id))
