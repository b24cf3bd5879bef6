"""认定证书 of a supplier, and of the households it sponsors."""

from flask import request
from werkzeug.wrappers import Response

from certification.certificates import findings, histories, queries
from certification.certificates.models import Certificate
from certification.certificates.views import qr_of
from certification.certificates.words import CAUSE_WORDS, FINDING_WORDS, STATE_WORDS
from certification.certificates.workflow import CertificateState
from marketplace.kernel import clock
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


def show(certificate_id: int) -> str | Response:
    supplier = current_supplier()
    certificate = queries.get_held(supplier.id, certificate_id)
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
        may_renew=_may_go_on(certificate) and owns(supplier.id),
    )


def _may_go_on(certificate: Certificate) -> bool:
    return certificate.state in {CertificateState.IN_FORCE, CertificateState.EXPIRED}
