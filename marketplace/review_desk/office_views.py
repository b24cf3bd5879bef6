"""An official's own wordings, and handing a post over."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.applications.words import LEVEL_WORDS
from certification.reviews import handover, templates
from certification.reviews.rules import Decision
from certification.reviews.scope import regions_of
from marketplace.accounts.web import end_session, require_actor
from marketplace.kernel.forms import choices_of, errors_at, status_of
from marketplace.review_desk.forms import DECISION_WORDS, HandoverForm, WordingForm
from marketplace.review_desk.nav import render_desk

Page = str | Response | tuple[str, int]


def _levels() -> list[str]:
    return [
        level
        for level in templates.LEVELS
        if level in {row.level.value for row in regions_of(require_actor())}
    ]


def wordings() -> Page:
    actor, levels = require_actor(), _levels()
    form = WordingForm()
    form.level.choices = choices_of((level, LEVEL_WORDS[level]) for level in levels)
    if form.validate_on_submit():
        with errors_at(form):
            templates.add_wording(actor, form.level.data, Decision(form.decision.data), form.text.data or "")
            flash("存好了，审核时可以点一下就用。", "success")
            return redirect(url_for("review.templates"))
    page = render_desk(
        "review_desk/templates.html",
        form=form,
        groups=[(LEVEL_WORDS[level], templates.wordings(actor.user_id, level)) for level in levels],
        decision_words=DECISION_WORDS,
    )
    return page, status_of(form)


def wording_remove(template_id: int) -> Response:
    templates.remove_wording(require_actor(), template_id)
    flash("删掉了。", "success")
    return redirect(url_for("review.templates"), 303)


def hand_over() -> Page:
    """Two steps on one page: who takes over and what waits there; then it is done and this person is signed out."""
    actor = require_actor()
    posts = regions_of(actor)
    form = HandoverForm()
    form.region.choices = choices_of((row.code, row.name) for row in posts)
    work, successor = None, None
    if form.validate_on_submit():
        with errors_at(form):
            successor = handover.find_successor(form.successor.data or "")
            work = handover.open_work(form.region.data, successor)
            if form.confirmed.data:
                handover.hand_over(actor, actor.user_id, form.region.data, successor, form.note.data or "")
                end_session()
                flash("已经交接，请重新登录。", "success")
                return redirect(url_for("accounts.login"), 303)
    page = render_desk(
        "review_desk/handover.html",
        form=form,
        work=work,
        rows=handover.handovers_of([row.code for row in posts]),
    )
    return (page, 422) if request.method == "POST" and form.errors else page
