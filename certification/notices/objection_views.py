"""Objecting to an application in public notice, and following what becomes of it."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from certification.notices import objections, queries
from certification.notices.calendar import OBJECTION_WORKING_DAYS
from certification.notices.forms import FollowForm, ObjectionForm
from certification.notices.objections import Statement
from marketplace.accounts.web import current_actor
from marketplace.kernel.forms import errors_at, status_of, uploads_of

Page = str | Response | tuple[str, int]
WORDS = {
    "lodged": "已收到，等待核查",
    "handling": "正在核查",
    "upheld": "异议成立，不予认定",
    "dismissed": "异议不成立，公示继续",
    "withdrawn": "已撤回",
}


def new(notice_id: int) -> Page:
    notice = queries.get_notice(notice_id)
    form = ObjectionForm()
    if form.validate_on_submit():
        actor = current_actor()
        files = uploads_of(form.evidence)
        said = Statement(
            form.subject.data or "",
            form.statement.data or "",
            form.name.data or "",
            form.mobile.data or "",
            files,
        )
        with errors_at(form):
            receipt = objections.lodge_objection(actor.user_id if actor else None, notice_id, said)
            # shown once, in the answer itself: the code stands in no address and in no log
            return render_template("certification/notices/receipt.html", receipt=receipt, notice=notice)
    page = render_template(
        "certification/notices/object.html", notice=notice, form=form, days=OBJECTION_WORKING_DAYS.get()
    )
    return page, status_of(form)


def follow() -> Page:
    """The form; by POST the state and the reply, for the code must not stand in an address."""
    form = FollowForm()
    found = None
    if form.validate_on_submit():
        found = objections.follow_up(form.number.data or "", form.code.data or "")
        if found is None:
            form.code.errors = ["没有查到。请核对编号和查询码。"]
    page = render_template("certification/notices/follow.html", form=form, found=found, words=WORDS)
    return (page, 422) if form.is_submitted() and found is None else page


def withdraw() -> Page:
    form = FollowForm()
    if not form.validate_on_submit():
        return render_template("certification/notices/follow.html", form=form, found=None, words=WORDS), 422
    objections.withdraw_objection(form.number.data or "", form.code.data or "")
    return redirect(url_for("objections.follow", withdrawn=1), 303)
