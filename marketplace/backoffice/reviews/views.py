"""评价与举报."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from catalog.reviews import commands, queries
from catalog.reviews.queries import CaseFilter, CaseRow
from catalog.reviews.rules import Fault
from catalog.reviews.words import FAULTS
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.reviews.forms import HideForm, ReasonForm
from marketplace.kernel.forms import Form, asked_choice, errors_at, status_of
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import page_number

_WORDS = {CaseFilter.WAITING: "等处理", CaseFilter.HIDDEN: "隐藏着的", CaseFilter.ALL: "全部被举报过的"}
_SAID = {"hide": "隐藏了，原处写明了原因。", "show": "恢复了。", "keep": "举报不成立，评价留着。"}


def index() -> str:
    wanted = asked_choice(CaseFilter, "show") or CaseFilter.WAITING
    counts = queries.count_cases()
    return render_desk(
        "backoffice/reviews.html",
        counts={"backoffice.reviews": counts[CaseFilter.WAITING]},
        page=queries.cases(wanted, page_number(request.args.get("page")), counts[wanted]),
        chips=[(each.value, word, counts[each]) for each, word in _WORDS.items()],
        current=wanted.value,
        faults=FAULTS,
    )


def show(review_id: int) -> ResponseReturnValue:
    return _page(queries.get_case(review_id))


def decide(review_id: int, action: str) -> ResponseReturnValue:
    """POST: hide, show again, or keep, each with a reason."""
    case = queries.get_case(review_id)
    form: Form = HideForm(prefix="hide") if action == "hide" else ReasonForm(prefix=action)
    if form.validate_on_submit():
        actor = require_actor()
        with errors_at(form):
            if isinstance(form, HideForm):
                commands.hide(actor, review_id, Fault(form.fault.data), str(form.reason.data))
            elif isinstance(form, ReasonForm):
                judge = commands.show_again if action == "show" else commands.keep
                judge(actor, review_id, str(form.reason.data))
            flash(_SAID[action], "success")
            return redirect(url_for("backoffice.review", review_id=review_id), 303)
    return _page(case, action, form)


def _page(case: CaseRow, action: str = "", failed: Form | None = None) -> ResponseReturnValue:
    forms: dict[str, Form] = {
        "hide": HideForm(formdata=None, prefix="hide"),
        "show": ReasonForm(formdata=None, prefix="show"),
        "keep": ReasonForm(formdata=None, prefix="keep"),
    } | ({action: failed} if failed is not None else {})
    page = render_desk(
        "backoffice/review.html",
        case=case,
        reports=queries.reports_of(case.review.id),
        forms=forms,
        faults=FAULTS,
    )
    return page, status_of(*forms.values())


def photo(review_id: int, position: int) -> Response:
    return send_document(queries.photo_of_case(review_id, position))
