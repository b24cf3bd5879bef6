"""商品问答."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.questions import commands, queries
from catalog.questions.queries import AdminFilter
from catalog.reviews.rules import Fault
from catalog.reviews.words import FAULTS
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.reviews.forms import HideForm, ReasonForm
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.paging import page_number

_WORDS = {AdminFilter.ALL: "全部", AdminFilter.HIDDEN: "隐藏着的"}


def index() -> str:
    wanted = asked_choice(AdminFilter, "show") or AdminFilter.ALL
    counts = queries.count_all()
    return render_desk(
        "backoffice/questions.html",
        page=queries.all_questions(wanted, page_number(request.args.get("page")), counts[wanted]),
        chips=[(each.value, word, counts[each]) for each, word in _WORDS.items()],
        current=wanted.value,
        faults=FAULTS,
    )


def show(question_id: int) -> ResponseReturnValue:
    """GET: the question; POST: hide it, or show it again where it is hidden."""
    row = queries.get_question(question_id)
    form = ReasonForm() if row.fault else HideForm()
    if form.validate_on_submit():
        with errors_at(form):
            if isinstance(form, HideForm):
                commands.hide(require_actor(), question_id, Fault(form.fault.data), str(form.reason.data))
            else:
                commands.show_again(require_actor(), question_id, str(form.reason.data))
            flash("恢复了。" if row.fault else "隐藏了，原处写明了原因。", "success")
            return redirect(url_for("backoffice.question", question_id=question_id), 303)
    return render_desk("backoffice/question.html", row=row, form=form, faults=FAULTS), status_of(form)
