"""Certificates of an official's regions; the city suspends, reinstates and revokes."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.certificates import queries
from certification.certificates.commands import (
    get_of_city,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from certification.certificates.models import Certificate
from certification.certificates.words import STATE_WORDS
from certification.certificates.workflow import CERTIFICATE
from certification.reviews.scope import regions_of
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import attach_error, choices_of
from marketplace.kernel.paging import page_number
from marketplace.regions.queries import names_of
from marketplace.regions.rules import RegionLevel, town_code_of
from marketplace.review_desk.forms import ReasonForm
from marketplace.review_desk.nav import render_desk

ACTIONS = {"suspend": suspend_certificate, "reinstate": reinstate_certificate, "revoke": revoke_certificate}
ACTION_WORDS = {
    "suspend": "暂停（马上停售，可以恢复）",
    "reinstate": "恢复",
    "revoke": "撤销（不能恢复，要重新认定）",
}
TONES = {"in_force": "done", "suspended": "warn", "expired": "", "revoked": "danger", "superseded": ""}


def certificates() -> str:
    actor = require_actor()
    page = queries.in_regions(
        actor.official_regions,
        state=request.args.get("state", ""),
        text=request.args.get("q", "").replace("\x00", "").strip()[:40],
        page=page_number(request.args.get("page")),
    )
    return render_desk(
        "review_desk/certificates.html",
        page=page,
        towns=names_of({town_code_of(row.region_code) for row in page.rows}),
        town_code_of=town_code_of,
        words=STATE_WORDS,
        tones=TONES,
        is_city=bool(regions_of(actor, RegionLevel.CITY)),
    )


def certificate(certificate_id: int) -> str | Response | tuple[str, int]:
    actor = require_actor()
    shown = get_of_city(actor, certificate_id)
    form = ReasonForm()
    form.action.choices = choices_of(
        (each, ACTION_WORDS[each]) for each in ACTIONS if CERTIFICATE.allows(shown.state, each)
    )
    if form.validate_on_submit():
        try:
            ACTIONS[form.action.data](actor, certificate_id, form.reason.data or "")
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("已处理，商城里马上生效。", "success")
            return redirect(url_for("review.certificate", certificate_id=certificate_id))
        shown = get_of_city(actor, certificate_id)
    page = _page(shown, form)
    return (page, 422) if request.method == "POST" else page


def _page(shown: Certificate, form: ReasonForm) -> str:
    return render_desk(
        "review_desk/certificate.html",
        certificate=shown,
        form=form if form.action.choices else None,
        word=STATE_WORDS[shown.state],
        tone=TONES[shown.state],
    )
