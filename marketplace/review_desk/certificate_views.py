"""Certificates of an official's regions: what was found about them, and what the city does with them."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.certificates import findings, histories, queries
from certification.certificates.commands import (
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from certification.certificates.models import Certificate
from certification.certificates.rules import FindingKind, StopCause
from certification.certificates.words import CAUSE_WORDS, FINDING_WORDS, STATE_WORDS
from certification.certificates.workflow import CERTIFICATE
from certification.reviews.scope import regions_of
from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import asked_text, choices_of, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.regions.queries import names_of, rows_of
from marketplace.regions.rules import RegionLevel, is_within, town_code_of
from marketplace.review_desk.forms import CertificateForm, FindingForm, ResolutionForm
from marketplace.review_desk.nav import render_desk

ACTION_WORDS = {
    "suspend": "暂停（马上停售，可以恢复）",
    "reinstate": "恢复",
    "revoke": "撤销（不能恢复，要重新认定）",
}
TONES = {"in_force": "done", "suspended": "warn", "expired": "", "revoked": "danger", "superseded": ""}
DUE = (("", "全部期限"), ("60", "60 天内到期"), ("30", "30 天内到期"), ("7", "7 天内到期"))


def certificates() -> str:
    actor = require_actor()
    due = request.args.get("due", "")
    page = queries.in_regions(
        actor.official_regions,
        state=request.args.get("state", ""),
        text=asked_text("q", 40),
        page=page_number(request.args.get("page")),
        due_within=int(due) if due in dict(DUE) and due else None,
    )
    return render_desk(
        "review_desk/certificates.html",
        page=page,
        towns=names_of({town_code_of(row.region_code) for row in page.items}),
        town_code_of=town_code_of,
        overseen=_overseen(actor, page.items),
        words=STATE_WORDS,
        tones=TONES,
        due=DUE,
        today=clock.today(),
    )


def _overseen(actor: Actor, rows: Sequence[queries.CertificateRow]) -> set[int]:
    """Ids of those whose record the actor may open; the public page is there for the others."""
    regions = findings.overseen_regions(actor)
    return {
        row.id for row in rows if any(is_within(row.region_code, each.code, each.level) for each in regions)
    }


def certificate(certificate_id: int) -> str | Response | tuple[str, int]:
    """The page, and for a city official what is done with it."""
    actor = require_actor()
    shown = findings.get_of_officials(actor, certificate_id)
    form = _decision_form(shown)
    if form is None:
        return _page(shown, None), 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        with errors_at(form):
            _act(form, certificate_id)
            flash("已处理，商城里马上生效。", "success")
            return redirect(url_for("review.certificate", certificate_id=certificate_id))
        shown = findings.get_of_officials(actor, certificate_id)
    return _page(shown, form), status_of(form)


def _act(form: CertificateForm, certificate_id: int) -> None:
    actor, reason = require_actor(), form.reason.data or ""
    if form.action.data == "reinstate":
        reinstate_certificate(actor, certificate_id, reason)
        return
    if form.cause.data not in set(StopCause):
        raise InvalidInput("certificates.cause", field="cause")
    stop = suspend_certificate if form.action.data == "suspend" else revoke_certificate
    stop(actor, certificate_id, reason, StopCause(form.cause.data), form.finding_id.data or None)


def _decision_form(shown: Certificate) -> CertificateForm | None:
    """None for who is no official of its city, and where nothing can be done any more."""
    cities = [
        row for row in rows_of(require_actor().official_regions).values() if row.level is RegionLevel.CITY
    ]
    allowed = [each for each in ACTION_WORDS if CERTIFICATE.allows(shown.state, each)]
    if not allowed or not any(is_within(shown.region_code, city.code, city.level) for city in cities):
        return None
    form = CertificateForm()
    form.action.choices = choices_of((each, ACTION_WORDS[each]) for each in allowed)
    found = findings.findings_of([shown.id])[shown.id]
    form.finding_id.choices = choices_of(
        [(0, "不引用"), *((row.id, f"{row.number} {row.text[:24]}") for row in found)]
    )
    return form


def record_finding(certificate_id: int) -> Response | tuple[str, int]:
    shown = findings.get_of_officials(require_actor(), certificate_id)
    form = FindingForm()
    if form.validate_on_submit():
        with errors_at(form):
            findings.record_finding(
                require_actor(), certificate_id, FindingKind(form.kind.data), form.text.data or ""
            )
            flash("已记下，并已告诉证书持有人。", "success")
            return redirect(url_for("review.certificate", certificate_id=certificate_id))
    return _page(shown, _decision_form(shown), finding_form=form), status_of(form)


def close_finding(certificate_id: int, finding_id: int) -> Response | tuple[str, int]:
    shown = findings.get_of_officials(require_actor(), certificate_id)
    form = ResolutionForm()
    if form.validate_on_submit():
        with errors_at(form):
            findings.close_finding(require_actor(), finding_id, form.resolution.data or "")
            flash("这条问题已办结。", "success")
            return redirect(url_for("review.certificate", certificate_id=certificate_id))
    return _page(shown, _decision_form(shown), resolution_form=form, closing=finding_id), status_of(form)


def _page(
    shown: Certificate,
    form: CertificateForm | None,
    *,
    finding_form: FindingForm | None = None,
    resolution_form: ResolutionForm | None = None,
    closing: int | None = None,
) -> str:
    context: dict[str, Any] = {
        "certificate": shown,
        "form": form,
        "finding_form": finding_form or FindingForm(formdata=None),
        "resolution_form": resolution_form or ResolutionForm(formdata=None),
        "closing": closing,
        "findings": findings.findings_of([shown.id])[shown.id],
        "finding_words": FINDING_WORDS,
        "timeline": histories.timeline(histories.steps_of_certificates([shown.id]), public=False),
        "word": STATE_WORDS[shown.state],
        "cause": CAUSE_WORDS[shown.stop_cause] if shown.stop_cause else "",
        "tone": TONES[shown.state],
        "is_city": bool(regions_of(require_actor(), RegionLevel.CITY)),
    }
    return render_desk("review_desk/certificate.html", **context)
