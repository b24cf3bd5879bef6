"""An applicant's applications as a list and as records, withdrawing one, and the sponsor's signature."""

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications import commands, queries
from certification.applications.models import Application
from certification.applications.rules import EDITABLE
from certification.applications.versions import changes_since
from certification.applications.words import (
    EVIDENCE_WORDS,
    KIND_WORDS,
    LEVEL_WORDS,
    STATE_WORDS,
    chain_steps,
    history,
    state_tone,
)
from certification.applications.workflow import APPLICATION, ApplicationState
from certification.certificates.queries import in_force
from certification.linkage.queries import terms_of
from certification.linkage.rules import terms_in_words
from certification.products.queries import get_product
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import asked_text, error_text, errors_flashed
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.working_days import working_days_between
from marketplace.parties.queries import get_supplier
from marketplace.regions.queries import full_name
from marketplace.regions.rules import place_name
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk

#: of so many drafts a list says what each still lacks
MOST = 20


def index() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    which = request.args.get("state", "")
    rows = queries.applications_of(supplier_id, which=which, text=asked_text("q", 40))
    drafts = [row.id for row in rows if row.state is ApplicationState.DRAFT]
    return render_desk(
        "supplier_portal/certification/applications.html",
        rows=rows,
        which=which if which in queries.FILTERS else "",
        figures=queries.counts_of(supplier_id),
        lacking=queries.lacking_in(supplier_id, drafts[:MOST]),
        to_sign=queries.applications_to_sign(supplier_id),
        today=clock.today(),
        urgency=working_days_between,
        state_words=STATE_WORDS,
        state_tone=state_tone,
        level_words=LEVEL_WORDS,
        kind_words=KIND_WORDS,
    )


def record_page(shown: Application) -> str:
    agreed = terms_of([shown.agreement_id]).get(shown.agreement_id) if shown.agreement_id else None
    steps = queries.steps_of(shown.id)
    return render_desk(
        "supplier_portal/certification/record.html",
        application=shown,
        product=get_product(shown.product_id),
        origin=place_name(full_name(shown.region_code)),
        sponsor=get_supplier(shown.sponsor_id) if shown.sponsor_id else None,
        terms=terms_in_words(agreed.terms) if agreed else [],
        confirmed=queries.confirmation_counts([shown.id]).get(shown.id, (0, 0)),
        evidence=queries.evidence_of(shown.id),
        evidence_words=EVIDENCE_WORDS,
        chain=chain_steps(shown.state, shown.returned_from, steps, is_short=shown.is_short),
        changes=changes_since(shown.id, shown.copied_from_id),
        kind_word=KIND_WORDS[shown.kind],
        timeline=history(steps, names=True),
        state_word=STATE_WORDS[shown.state],
        state_tone=state_tone(shown.state),
        may_withdraw=APPLICATION.allows(shown.state, "withdraw"),
        certificate=_certificate_number(shown),
    )


def _certificate_number(shown: Application) -> str | None:
    found = in_force([shown.product_id]).get(shown.product_id)
    return found.number if found and shown.state is ApplicationState.CERTIFIED else None


def document(application_id: int, evidence_id: int) -> Response:
    """A private paper of one's own application, or of one that one is to co-sign."""
    try:
        shown = queries.get_own(require_actor(), application_id)
    except NotFound:
        shown = queries.get_sponsored(require_actor(), application_id)
    row = next((each for each in queries.evidence_of(shown.id) if each.id == evidence_id), None)
    media = db.session.get(Media, row.media_id) if row else None
    if media is None:
        raise NotFound
    return send_document(media)


def withdraw(application_id: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "").replace("\x00", "")
    commands.withdraw_application(require_actor(), own(application_id).id, reason)
    flash("申请已撤回。", "success")
    return redirect(url_for("supplier.applications"))


def sign(application_id: int) -> ResponseReturnValue:
    """What the sponsor vouches for, and its signature (POST)."""
    shown = queries.get_sponsored(require_actor(), application_id)
    if request.method == "POST":
        with errors_flashed():
            commands.sign_as_sponsor(require_actor(), shown.id)
            flash("已签字。申请人再改内容的话，要重新签。", "success")
            return redirect(url_for("supplier.applications"))
        shown = queries.get_sponsored(require_actor(), application_id)
    agreed = terms_of([shown.agreement_id]).get(shown.agreement_id) if shown.agreement_id else None
    return render_desk(
        "supplier_portal/certification/sign.html",
        application=shown,
        product=get_product(shown.product_id),
        applicant=get_supplier(shown.supplier_id),
        me=current_supplier(),
        origin=place_name(full_name(shown.region_code)),
        terms=terms_in_words(agreed.terms) if agreed else [],
        member_count=len(agreed.members) if agreed else 0,
        evidence=queries.evidence_of(shown.id),
        evidence_words=EVIDENCE_WORDS,
        missing=[told(code) for code in queries.missing_codes(shown) if code != "sponsor_signature"],
        editable=shown.state in EDITABLE,
    )


def own(application_id: int) -> Application:
    shown = queries.get_own(require_actor(), application_id)
    if shown.supplier_id != current_supplier_id():
        raise NotFound
    return shown


def told(code: str) -> str:
    """What is still missing, in words."""
    return error_text(DomainError(f"applications.missing.{code}"))
