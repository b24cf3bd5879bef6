"""Objections to public notices: the county's work list, and looking into one."""

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.applications.models import Application
from certification.notices.models import Objection
from certification.notices.objection_views import WORDS
from certification.products.queries import get_product
from certification.reviews import objections
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import error_text, errors_at, errors_flashed, status_of, uploads_of
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import page_number
from marketplace.review_desk.forms import EvidenceForm, ObjectionDecisionForm
from marketplace.review_desk.nav import render_desk
from marketplace.review_desk.urgency import urgency_word

TONES = {"upheld": "danger", "dismissed": "done", "withdrawn": "", "lodged": "warn", "handling": "info"}


def index() -> str:
    state = "done" if request.args.get("state") == "done" else ""
    return render_desk(
        "review_desk/objections.html",
        page=objections.objections_page(require_actor(), state, page_number(request.args.get("page"))),
        state=state,
        words=WORDS,
        tones=TONES,
        urgency=urgency_word,
        today=clock.today(),
    )


def show(objection_id: int) -> str:
    return _page(objections.get_objection(require_actor(), objection_id))


def _page(
    shown: Objection,
    *,
    form: ObjectionDecisionForm | None = None,
    evidence_form: EvidenceForm | None = None,
    contact: tuple[str, str] | None = None,
    contact_error: str = "",
) -> str:
    actor = require_actor()
    application = db.session.get_one(Application, shown.application_id)
    refusal = objections.may_handle(actor, shown) if shown.state == "lodged" else None
    return render_desk(
        "review_desk/objection.html",
        objection=shown,
        application=application,
        product=get_product(application.product_id),
        evidence=objections.evidence_of(shown.id),
        mine=shown.handler_id == actor.user_id and shown.state == "handling",
        refusal=refusal,
        handler=display_names({shown.handler_id}).get(shown.handler_id, "") if shown.handler_id else "",
        contact=contact or objections.masked_contact(shown),
        in_clear=contact is not None,
        contact_error=contact_error,
        form=form or ObjectionDecisionForm(formdata=None),
        evidence_form=evidence_form or EvidenceForm(formdata=None),
        words=WORDS,
        tones=TONES,
        urgency=urgency_word(shown.deadline_on, clock.today()),
    )


def _back(objection_id: int) -> Response:
    return redirect(url_for("review.objection", objection_id=objection_id), 303)


def take_up(objection_id: int) -> Response:
    return _act(objection_id, release=False)


def release(objection_id: int) -> Response:
    return _act(objection_id, release=True)


def _act(objection_id: int, *, release: bool) -> Response:
    with errors_flashed():
        if release:
            objections.release(require_actor(), objection_id)
        else:
            objections.take_up(require_actor(), objection_id)
        flash("已退回，别人可以受理。" if release else "这条由您核查。", "success")
    return _back(objection_id)


def evidence(objection_id: int) -> Response | tuple[str, int]:
    shown = objections.get_objection(require_actor(), objection_id)
    form = EvidenceForm()
    files = uploads_of(form.evidence)
    if form.validate_on_submit():
        with errors_at(form):
            added = objections.add_evidence(require_actor(), objection_id, files)
            flash(f"存好 {added} 份材料。" if added else "没有选文件。", "success" if added else "warning")
            return _back(objection_id)
    return _page(shown, evidence_form=form), 422


def decide(objection_id: int) -> Response | tuple[str, int]:
    shown = objections.get_objection(require_actor(), objection_id)
    form = ObjectionDecisionForm()
    if form.validate_on_submit():
        with errors_at(form):
            objections.decide_objection(
                require_actor(),
                objection_id,
                upheld=form.decision.data == "uphold",
                findings=form.findings.data or "",
                reply=form.reply.data or "",
            )
            flash("已办结，已答复对方。", "success")
            return _back(objection_id)
    return _page(shown, form=form), status_of(form)


def contact(objection_id: int) -> str | tuple[str, int]:
    """In clear in this one answer only."""
    shown = objections.get_objection(require_actor(), objection_id)
    try:
        found = objections.contact_in_clear(require_actor(), objection_id, request.form.get("reason", ""))
    except NotFound:
        raise
    except DomainError as error:
        return _page(shown, contact_error=error_text(error)), 422
    return _page(shown, contact=found)


def document(objection_id: int, media_id: int) -> FlaskResponse:
    return send_document(objections.document_of(require_actor(), objection_id, media_id))
