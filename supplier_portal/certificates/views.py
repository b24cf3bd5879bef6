"""认定证书 of a supplier, and of the households it sponsors."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.certificates import findings, histories, queries, renewals
from certification.certificates.models import Certificate
from certification.certificates.views import qr_of
from certification.certificates.words import CAUSE_WORDS, FINDING_WORDS, STATE_WORDS
from certification.certificates.workflow import CertificateState
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import error_text, errors_at, errors_flashed, status_of
from supplier_portal.certificates.forms import ChangeForm
from supplier_portal.guards import current_supplier, owns
from supplier_portal.nav import render_desk

TONES = {"in_force": "done", "suspended": "warn", "expired": "", "revoked": "danger", "superseded": ""}
SOON_DAYS = 60


def index() -> str:
    """In force first, the next to end on top; older versions only when asked for."""
    supplier = current_supplier()
    with_old = request.args.get("old") == "1"
    rows = queries.certificates_of(supplier.id, with_old=with_old)
    return render_desk(
        "supplier_portal/certificates/index.html",
        rows=rows,
        with_old=with_old,
        words=STATE_WORDS,
        tones=TONES,
        today=clock.today(),
        soon=SOON_DAYS,
    )


def show(certificate_id: int) -> str:
    return _page(queries.get_held(current_supplier().id, certificate_id), ChangeForm(formdata=None))


def _page(certificate: Certificate, form: ChangeForm) -> str:
    mine = owns(certificate.supplier_id) and certificate.supplier_id == current_supplier().id
    refusal = renewals.why_not_renew(certificate)
    return render_desk(
        "supplier_portal/certificates/show.html",
        certificate=certificate,
        facts=certificate.facts,
        word=STATE_WORDS[certificate.state],
        tone=TONES[certificate.state],
        cause=CAUSE_WORDS[certificate.stop_cause] if certificate.stop_cause else "",
        findings=findings.findings_of([certificate.id])[certificate.id],
        finding_words=FINDING_WORDS,
        timeline=histories.timeline(histories.steps_of_certificates([certificate.id]), public=False),
        qr=qr_of(certificate),
        days_left=(certificate.valid_until - clock.today()).days,
        soon=SOON_DAYS,
        may_renew=mine and refusal is None,
        why_not_renew=error_text(Conflict(refusal, days=renewals.RENEW_FROM_DAYS.get())) if refusal else "",
        may_change=mine and certificate.state is CertificateState.IN_FORCE,
        form=form,
    )


def renew(certificate_id: int) -> Response:
    queries.get_held(current_supplier().id, certificate_id)
    with errors_flashed():
        application_id = renewals.start_renewal(require_actor(), certificate_id)
        flash("续期草稿开好了，内容从原证书带过来。核对一遍，勾选承诺，就能交。", "success")
        return redirect(url_for("supplier.application", application_id=application_id), 303)
    return redirect(url_for("supplier.certificate", certificate_id=certificate_id), 303)


def change(certificate_id: int) -> Response | tuple[str, int]:
    certificate = queries.get_held(current_supplier().id, certificate_id)
    form = ChangeForm()
    if form.validate_on_submit():
        with errors_at(form):
            application_id = renewals.start_change(require_actor(), certificate_id, form.reason.data or "")
            flash("变更草稿开好了。新一版发证以前，原证书照常有效。", "success")
            return redirect(url_for("supplier.application", application_id=application_id), 303)
    return _page(certificate, form), status_of(form)
