"""The platform looks at what both sides say, and decides."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types

from marketplace.accounts.web import require_actor
from marketplace.backoffice.arbitration.forms import CHOICES, RulingForm
from marketplace.backoffice.nav import render_desk
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import page_number
from orders.ordering.queries import events_of, get_order_facts
from orders.refunds import cases, story
from orders.refunds.arbitration import Ruling, rule
from orders.refunds.cases import Case
from orders.refunds.queries import photo as photo_of
from orders.refunds.returning import usual_address
from orders.refunds.words import CAUSES, KINDS, SUPPLIERS
from orders.refunds.workflow import RefundState


def index() -> str:
    is_done = request.args.get("state") == "done"
    waiting = cases.count_appeals(waiting=True)
    return render_desk(
        "backoffice/arbitrations.html",
        counts={"backoffice.arbitrations": waiting},
        page=cases.appeals(waiting=not is_done, page=page_number(request.args.get("page"))),
        chips=[("", "等裁定", waiting), ("done", "裁定过的", cases.count_appeals(waiting=False))],
        current="done" if is_done else "",
        causes=CAUSES,
        states=SUPPLIERS,
    )


def show(refund_id: int) -> ResponseReturnValue:
    """GET: what both sides say; POST: the platform's word."""
    case = cases.appealed(refund_id)
    form = RulingForm()
    form.ruling.choices = [
        SelectChoice(each.value, word)
        for each, word in CHOICES.items()
        if each is not Ruling.RETURN_FIRST or case.refund.may_go_back
    ]
    if not form.is_submitted():
        form.return_to.data = usual_address(case.supplier_id)
    if form.validate_on_submit():
        with errors_at(form):
            rule(
                require_actor(),
                refund_id,
                Ruling(form.ruling.data),
                str(form.reason.data),
                return_to=form.return_to.data or "",
                restock={
                    line.line_id: f"restock-{line.line_id}" in request.form for line in case.refund.lines
                },
            )
            flash("裁定好了，双方马上看得到。", "success")
            return redirect(url_for("backoffice.arbitrations"), 303)
    return _page(case, form)


def _page(case: Case, form: RulingForm) -> ResponseReturnValue:
    page = render_desk(
        "backoffice/arbitration.html",
        case=case,
        refund=case.refund,
        order=get_order_facts(case.refund.order_id),
        form=form,
        timeline=story.of_order(events_of(case.refund.order_id)),
        is_open=case.refund.state is RefundState.ARBITRATION,
        may_return=case.refund.may_go_back,
        states=SUPPLIERS,
        kinds=KINDS,
        causes=CAUSES,
    )
    return page, status_of(form)


def photo(refund_id: int, position: int) -> ResponseReturnValue:
    return send_document(photo_of(cases.appealed(refund_id).refund.id, position))
