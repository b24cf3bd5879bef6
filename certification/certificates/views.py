"""Looking up and showing certificates: for anyone, without a login."""

from datetime import date
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from certification.applications.queries import steps_of
from certification.applications.rules import SMALL_CELL
from certification.applications.words import history
from certification.certificates import queries
from certification.certificates.catalogues import batches_of
from certification.certificates.histories import steps_of_certificates, timeline, versions_of
from certification.certificates.models import Certificate
from certification.certificates.rules import normalise_number
from certification.certificates.words import CAUSE_WORDS, STATE_WORDS, issuer
from certification.certificates.workflow import CertificateState
from marketplace.kernel import clock
from marketplace.kernel.forms import asked_text
from marketplace.kernel.settings import Settings
from marketplace.parties.consents import has_consent, head_name, household_of_supplier
from marketplace.parties.rules import ConsentPurpose
from marketplace.presentation import QrCode, qr_code

_DIGITS = "〇一二三四五六七八九"


def verify() -> str | Response | tuple[str, int]:
    """The form, and with ``?number=`` the way to the certificate, or the form again with what was typed."""
    typed = asked_text("number", 40)
    if not typed:
        return render_template("certification/certificates/verify.html", typed="", unknown="")
    number = normalise_number(typed)
    if number is not None and queries.find_certificate(number) is not None:
        return redirect(url_for("certificates.show", number=number))
    unknown = "number_form" if number is None else "unknown"
    return render_template("certification/certificates/verify.html", typed=typed, unknown=unknown), 404


def show(number: str) -> str:
    return render_template("certification/certificates/show.html", **_context(number))


def paper(number: str) -> str:
    return render_template("certification/certificates/print.html", **_context(number))


def document(number: str) -> Response:
    """The certificate as PDF."""
    from certification.certificates.documents import Printed, certificate_pdf  # noqa: PLC0415 - 40 MB of fonts

    certificate = _asked_for(number)
    settings: Settings = current_app.extensions["settings"]
    content = certificate_pdf(
        certificate,
        Printed(
            verify_url=verify_url(certificate),
            issuer=issuer(is_demo=settings.is_demo),
            issued_in_words=_day_in_words(clock.local_date(certificate.issued_at)),
            household=_named_household(certificate),
            mark="演示数据" if settings.is_demo else "",
        ),
    )
    response = current_app.response_class(content, mimetype="application/pdf")
    name = f"certificate-{certificate.number.translate(_PLAIN)}-v{certificate.version}.pdf"
    response.headers["Content-Disposition"] = f"inline; filename={name}"
    return response


#: 西扶认〔2026〕0001号 → 2026-0001 in a file's name
_PLAIN = {ord("西"): None, ord("扶"): None, ord("认"): None, ord("〔"): None, ord("〕"): "-", ord("号"): None}


def _named_household(certificate: Certificate) -> str:
    """The head of a pilot household's name, while it agrees to that: asked now, frozen nowhere."""
    household = household_of_supplier(certificate.supplier_id)
    if household is None or not has_consent(household, ConsentPurpose.NAME_ON_CERTIFICATE):
        return ""
    return head_name(household)


def _asked_for(number: str) -> Certificate:
    version = request.args.get("version", "")
    wanted = int(version) if version.isascii() and version.isdigit() and len(version) < 5 else None
    return queries.get_certificate(normalise_number(number) or number, wanted)


def _context(number: str) -> dict[str, Any]:
    certificate = _asked_for(number)
    versions = versions_of(certificate.number)
    happened = steps_of_certificates([row.id for row in versions])
    return {
        "certificate": certificate,
        "facts": certificate.facts,
        "word": _word(certificate),
        "is_valid": _is_valid(certificate),
        "checked_at": clock.now(),
        "qr": qr_of(certificate),
        "issued_in_words": _day_in_words(clock.local_date(certificate.issued_at)),
        "small": (certificate.facts.get("households") or 0) < SMALL_CELL,
        "timeline": history(steps_of(certificate.application_id), names=False),
        "versions": versions,
        "newest": versions[0].version if versions else certificate.version,
        "happened": timeline(happened, public=True),
        "cause": CAUSE_WORDS[certificate.stop_cause] if certificate.stop_cause else "",
        "named": _named_household(certificate),
        "state_words": STATE_WORDS,
        "batches": batches_of(certificate.id),
    }


def _is_valid(certificate: Certificate) -> bool:
    today = clock.today()
    return (
        certificate.state is CertificateState.IN_FORCE
        and certificate.valid_from <= today <= certificate.valid_until
    )


def _word(certificate: Certificate) -> str:
    if certificate.state is CertificateState.IN_FORCE and clock.today() > certificate.valid_until:
        return STATE_WORDS[CertificateState.EXPIRED]
    return STATE_WORDS[certificate.state]


def verify_url(certificate: Certificate) -> str:
    """The address where anyone can look the certificate up."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url.rstrip("/") + url_for("certificates.show", number=certificate.number)


def qr_of(certificate: Certificate) -> QrCode:
    return qr_code(verify_url(certificate))


def _day_in_words(day: date) -> str:
    """二〇二六年六月十八日"""
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_small_number(day.month)}月{_small_number(day.day)}日"


def _small_number(number: int) -> str:
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else ("十" if tens == 1 else f"{_DIGITS[tens]}十")
    return lead + (_DIGITS[ones] if ones or not tens else "")
