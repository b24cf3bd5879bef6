"""An applicant's applications: the steps of the form, the evidence, submitting, answering, withdrawing, and the
sponsor's signature."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications import commands, queries
from certification.applications.models import Application
from certification.applications.rules import EDITABLE, EvidenceKind
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
from certification.linkage.queries import agreements_of, terms_of
from certification.linkage.rules import terms_in_words
from certification.linkage.workflow import AgreementState
from certification.products.queries import get_product
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form, attach_error, choices_of, error_text
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.working_days import working_days_between
from marketplace.parties.queries import get_supplier
from marketplace.presentation import Step
from marketplace.regions.queries import full_name
from marketplace.regions.rules import place_name
from supplier_portal.certification.forms import (
    REFERENCE_ROWS,
    AnswerForm,
    EvidenceForm,
    LinkageStep,
    PriceStep,
    ProductStep,
    upload_of,
)
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk

#: step → (label, the codes of the checklist that belong to it)
STEPS: dict[str, tuple[str, frozenset[str]]] = {
    "product": (
        "产品与协议",
        frozenset({"supplier", "sponsor", "agreement", "agreement_ended", "package", "capacity"}),
    ),
    "price": ("价格依据", frozenset({"price", "references", "price_reason"})),
    "papers": ("质量材料", frozenset(kind.value for kind in EvidenceKind)),
    "linkage": ("联结与承诺", frozenset({"households", "too_many_households", "income", "pledge"})),
    "submit": ("看一遍，提交", frozenset({"sponsor_signature"})),
}
_ORDER = list(STEPS)
#: of so many drafts a list says what each still lacks
MOST = 20


def index() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    which = request.args.get("state", "")
    rows = queries.applications_of(
        supplier_id, which=which, text=request.args.get("q", "").replace("\x00", "").strip()[:40]
    )
    drafts = [row.id for row in rows if row.state is ApplicationState.DRAFT]
    return render_desk(
        "supplier_portal/certification/applications.html",
        rows=rows,
        which=which if which in queries.FILTERS else "",
        figures=queries.counts_of(supplier_id),
        lacking={
            each: len(queries.missing_codes(queries.get_own(require_actor(), each))) for each in drafts[:MOST]
        },
        to_sign=queries.applications_to_sign(supplier_id),
        today=clock.today(),
        urgency=working_days_between,
        state_words=STATE_WORDS,
        state_tone=state_tone,
        level_words=LEVEL_WORDS,
        kind_words=KIND_WORDS,
    )


def application(application_id: int) -> ResponseReturnValue:
    """The step asked for while it can be edited, else the record. POST keeps the step."""
    shown = _own(application_id)
    if shown.state not in EDITABLE:
        return _record(shown)
    asked = request.args.get("step", "")
    step = asked if asked in STEPS else "product"
    form = _step_form(shown, step)
    if request.method == "POST" and form is not None:
        if form.validate_on_submit():
            try:
                commands.save_draft(require_actor(), shown.id, form.draft())
            except DomainError as error:
                attach_error(form, error)
            else:
                stay = "stay" in request.form
                target = step if stay else _ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)]
                flash("已存草稿。", "success")
                return redirect(url_for("supplier.application", application_id=shown.id, step=target))
        shown = _own(application_id)
        return _step_page(shown, step, form), 422
    return _step_page(shown, step, form)


def _step_form(shown: Application, step: str) -> Any:
    if step == "product":
        form = ProductStep(obj=shown)
        rows = [row for row in agreements_of(shown.supplier_id) if row.product_id == shown.product_id]
        offered = [
            (row.id, f"第 {row.version} 版 · {row.households} 户 · {row.ends_on:%Y.%m.%d} 到期")
            for row in rows
            if row.state is not AgreementState.ENDED or row.id == shown.agreement_id
        ]
        form.agreement_id.choices = choices_of([(0, "请选协议"), *offered])
        return form
    if step == "price":
        typed: dict[str, Any] = {"price_fen": shown.price_fen, "price_reason": shown.price_reason}
        for number, reference in enumerate(shown.reference_prices[:REFERENCE_ROWS], 1):
            typed[f"source_{number}"] = reference["source"]
            typed[f"fen_{number}"] = reference["price_fen"]
        return PriceStep(data=typed)
    if step == "linkage":
        return LinkageStep(
            data={
                "promised_households": shown.promised_households,
                "promised_income_fen": shown.promised_income_fen,
                "pledged": shown.pledged_at is not None,
            }
        )
    return None


def _step_page(shown: Application, step: str, form: Form | None, **extra: Any) -> str:
    codes = queries.missing_codes(shown)
    agreed = terms_of([shown.agreement_id]).get(shown.agreement_id) if shown.agreement_id else None
    position = _ORDER.index(step)
    return render_desk(
        "supplier_portal/certification/application.html",
        application=shown,
        product=get_product(shown.product_id),
        origin=place_name(full_name(shown.region_code)),
        sponsor=get_supplier(shown.sponsor_id) if shown.sponsor_id else None,
        step=step,
        label=STEPS[step][0],
        before=_ORDER[position - 1] if position else None,
        steps=_nav(shown, step, codes),
        missing=[(code, _told(code)) for code in codes],
        missing_here=[_told(code) for code in codes if code in STEPS[step][1]],
        form=form,
        price=queries.price_check(shown),
        terms=terms_in_words(agreed.terms) if agreed else [],
        member_count=len(agreed.members) if agreed else 0,
        evidence=queries.evidence_of(shown.id),
        evidence_form=extra.get("evidence_form") or EvidenceForm(formdata=None),
        evidence_words=EVIDENCE_WORDS,
        answer_form=extra.get("answer_form") or AnswerForm(formdata=None),
        steps_taken=history(queries.steps_of(shown.id), names=True),
        returned=shown.state is ApplicationState.RETURNED,
        kind_word=KIND_WORDS[shown.kind],
        earlier=_earlier(shown),
        level_word=LEVEL_WORDS.get(shown.returned_from or "", ""),
        return_reason=next((row.opinion for row in reversed(queries.steps_of(shown.id))), ""),
    )


def _earlier(shown: Application) -> list[tuple[int, str]]:
    """Applications whose words may be taken over into a first draft."""
    if shown.state is not ApplicationState.DRAFT or shown.certificate_number:
        return []
    return [
        (row.id, f"{row.product_name} {row.number or ''}")
        for row in queries.applications_of(shown.supplier_id)
        if row.id != shown.id and row.state is not ApplicationState.DRAFT
    ][:50]


def _told(code: str) -> str:
    return error_text(DomainError(f"applications.missing.{code}"))


def _nav(shown: Application, current: str, codes: list[str]) -> list[Step]:
    steps = []
    for name, (label, own) in STEPS.items():
        lacking = sum(code in own for code in codes)
        done = not lacking if name != "submit" else False
        steps.append(
            Step(
                label,
                f"差 {lacking} 项" if lacking else "",
                "now" if name == current else ("done" if done else ""),
                url_for("supplier.application", application_id=shown.id, step=name),
            )
        )
    return steps


def _record(shown: Application) -> str:
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


def evidence(application_id: int) -> ResponseReturnValue:
    """POST: add one paper or picture."""
    shown = _own(application_id)
    form = EvidenceForm()
    upload = upload_of(form.file)
    if upload is None:
        attach_error(form, DomainError("applications.file", field="file"))
    elif form.validate_on_submit():
        try:
            commands.add_evidence(
                require_actor(), shown.id, EvidenceKind(form.kind.data), upload, form.title.data or ""
            )
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("材料传好了。", "success")
            return redirect(url_for("supplier.application", application_id=shown.id, step="papers"))
    return _step_page(_own(application_id), "papers", None, evidence_form=form), 422


def evidence_remove(application_id: int, evidence_id: int) -> ResponseReturnValue:
    commands.remove_evidence(require_actor(), _own(application_id).id, evidence_id)
    return redirect(url_for("supplier.application", application_id=application_id, step="papers"))


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


def submit(application_id: int) -> ResponseReturnValue:
    shown = _own(application_id)
    try:
        commands.submit_application(require_actor(), shown.id)
    except DomainError as error:
        flash(error_text(error), "danger")
        return redirect(url_for("supplier.application", application_id=application_id, step="submit"))
    flash("交上去了。先由村里逐户确认，每一步都会记在“经过”里。", "success")
    return redirect(url_for("supplier.application", application_id=application_id))


def answer(application_id: int) -> ResponseReturnValue:
    """POST: answer a return."""
    shown = _own(application_id)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            commands.answer_return(require_actor(), shown.id, form.note.data or "")
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("补正交上去了，回到退回您的那一级。", "success")
            return redirect(url_for("supplier.application", application_id=application_id))
    return _step_page(_own(application_id), "submit", None, answer_form=form), 422


def withdraw(application_id: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "").replace("\x00", "")
    commands.withdraw_application(require_actor(), _own(application_id).id, reason)
    flash("申请已撤回。", "success")
    return redirect(url_for("supplier.applications"))


def sign(application_id: int) -> ResponseReturnValue:
    """What the sponsor vouches for, and its signature (POST)."""
    shown = queries.get_sponsored(require_actor(), application_id)
    if request.method == "POST":
        try:
            commands.sign_as_sponsor(require_actor(), shown.id)
        except DomainError as error:
            flash(error_text(error), "danger")
        else:
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
        missing=[_told(code) for code in queries.missing_codes(shown) if code != "sponsor_signature"],
        editable=shown.state in EDITABLE,
    )


def _own(application_id: int) -> Application:
    shown = queries.get_own(require_actor(), application_id)
    if shown.supplier_id != current_supplier_id():
        raise NotFound
    return shown
