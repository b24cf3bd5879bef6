"""问答: questions about a listing, asking one and answering one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.questions import commands, queries
from catalog.reviews.queries import get_reviewed_listing
from catalog.reviews.words import FAULTS
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.storefront.guests import guest_page
from marketplace.storefront.question_forms import AnswerForm, QuestionForm
from orders.reviewing.commands import answer_question
from orders.reviewing.queries import has_received


@guest_page
def index(listing_id: int) -> ResponseReturnValue:
    return render_template(
        "storefront/questions.html",
        listing=get_reviewed_listing(listing_id),
        page=queries.questions_of(listing_id, page_number(request.args.get("page"))),
        faults=FAULTS,
    )


def ask(listing_id: int) -> ResponseReturnValue:
    listing = get_reviewed_listing(listing_id)
    form = QuestionForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.ask(require_actor(), listing_id, str(form.text.data))
            flash("问题发出去了，有人回答会告诉您。", "success")
            return redirect(url_for("questions.index", listing_id=listing_id), 303)
    return render_template("storefront/question_ask.html", listing=listing, form=form), status_of(form)


def answer(listing_id: int, question_id: int) -> ResponseReturnValue:
    """GET and POST; whoever neither sells nor received it is told who answers."""
    actor = require_actor()
    listing = get_reviewed_listing(listing_id)
    question = queries.get_readable(listing_id, question_id)
    form = AnswerForm()
    if form.validate_on_submit():
        with errors_at(form):
            answer_question(actor, listing_id, question_id, str(form.text.data))
            flash("回答发出去了。", "success")
            return redirect(url_for("questions.index", listing_id=listing_id), 303)
    sells = actor.acts_for_supplier(listing.supplier_id)
    page = render_template(
        "storefront/question_answer.html",
        listing=listing,
        question=question,
        form=form,
        may=sells or has_received(actor.user_id, listing_id),
        sells=sells,
        faults=FAULTS,
    )
    return page, status_of(form)
