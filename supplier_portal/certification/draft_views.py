"""An application being written: its steps, kept while one writes, the evidence, and handing it in or back."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications import commands, drafts, queries
from certification.applications.models import Application
from certification.applications.rules import EDITABLE, ApplicationKind, EvidenceKind
from certification.applications.words import EVIDENCE_WORDS, KIND_WORDS, LEVEL_WORDS, history
from certification.applications.workflow import ApplicationState
from certification.linkage.queries import agreements_of, terms_of
from certification.linkage.rules import terms_in_words
from certification.linkage.workflow import AgreementState
from certification.products.queries import get_product
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import (
    Form,
    attach_error,
    choices_of,
    error_text,
    errors_at,
    errors_flashed,
    status_of,
    uploads_of,
)
from marketplace.kernel.money import format_yuan
from marketplace.parties.queries import get_supplier
from marketplace.presentation import Step
from marketplace.regions.queries import full_name
from marketplace.regions.rules import place_name
from supplier_portal.certification.application_views import own, record_page, told
from supplier_portal.certification.forms import (
    REFERENCE_ROWS,
    AnswerForm,
    ChangedProductStep,
    EvidenceForm,
    LinkageStep,
    PriceStep,
    ProductStep,
    StepForm,
)
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
_CHANGED = "applications.changed_elsewhere"


def application(application_id: int) -> ResponseReturnValue:
    """The step asked for while it can be edited, else the record. POST keeps the step; with ``autosave``, sent while
    one writes, the answer is the page again, of which the browser takes over what tells how it stands."""
    shown = own(application_id)
    if shown.state not in EDITABLE:
        return record_page(shown)
    asked = request.args.get("step", "")
    step = asked if asked in STEPS else "product"
    form = _step_form(shown, step)
    if request.method == "GET" or form is None:
        return _step_page(shown, step, form)
    autosaving = "autosave" in request.form
    error = _keep(shown.id, form)
    shown = own(application_id)
    if error is None and not autosaving:
        flash("已存草稿。", "success")
        ahead = step if "stay" in request.form else _ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)]
        return redirect(url_for("supplier.application", application_id=shown.id, step=ahead))
    theirs = []
    if error == _CHANGED:
        theirs = _stored_otherwise(form, _step_form(shown, step, stored=True))
    if error is None or (error == _CHANGED and not autosaving):
        form.stamp.data = drafts.stamp_of(shown, form.KEEPS)
    page = _step_page(shown, step, form, kept_at=clock.now() if error is None else None, theirs=theirs)
    return page if autosaving else (page, 422)


def _keep(application_id: int, form: StepForm) -> str | None:
    """Save a step; None, or the code of what stood in the way, told at its field."""
    if not form.validate_on_submit():
        return "form"
    try:
        drafts.save_draft(require_actor(), application_id, form.draft(), seen=form.seen)
    except DomainError as error:
        attach_error(form, error)
        return error.code
    return None


def _stored_otherwise(typed: StepForm, stored: StepForm | None) -> list[tuple[str, str]]:
    """(label, what is stored) of the fields that another window filled in otherwise."""
    if stored is None:
        return []
    return [
        (field.label.text, _shown(field))
        for field in stored
        if field.name in typed._fields
        and field.type not in {"HiddenField", "CSRFTokenField"}
        and field.data != typed[field.name].data
    ]


def _shown(field: Any) -> str:
    if field.type == "BooleanField":
        return "已勾选" if field.data else "没有勾选"
    if field.type == "SelectField":
        return next((str(text) for value, text, *_ in field.iter_choices() if value == field.data), "没有选")
    return (
        format_yuan(field.data) if field.type == "YuanField" and field.data else str(field.data or "")
    ) or "没有填"


def _step_form(shown: Application, step: str, *, stored: bool = False) -> StepForm | None:
    """Filled in with what was sent; ``stored``: with what is kept, whatever was sent."""
    form = _filled_step(shown, step, {"formdata": None} if stored else {})
    if form is not None and (stored or request.method == "GET"):
        form.stamp.data = drafts.stamp_of(shown, form.KEEPS)
    return form


def _filled_step(shown: Application, step: str, source: dict[str, Any]) -> StepForm | None:
    if step == "product":
        product = get_product(shown.product_id)
        if shown.kind is ApplicationKind.CHANGE:
            words = {"name": product.name, "variety": product.variety, "standard": product.standard}
            form: ProductStep = ChangedProductStep(
                **source, obj=shown, data={**words, **shown.product_changes}
            )
        else:
            form = ProductStep(**source, obj=shown)
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
        return PriceStep(**source, data=typed)
    if step == "linkage":
        return LinkageStep(
            **source,
            data={
                "promised_households": shown.promised_households,
                "promised_income_fen": shown.promised_income_fen,
                "pledged": shown.pledged_at is not None,
            },
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
        kept_at=extra.get("kept_at"),
        theirs=extra.get("theirs", ()),
        steps=_nav(shown, step, codes),
        missing=[(code, told(code)) for code in codes],
        missing_here=[told(code) for code in codes if code in STEPS[step][1]],
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


def _nav(shown: Application, current: str, codes: list[str]) -> list[Step]:
    steps = []
    for name, (label, belonging) in STEPS.items():
        lacking = sum(code in belonging for code in codes)
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


def evidence(application_id: int) -> ResponseReturnValue:
    """POST: add papers or pictures of one kind, all or none."""
    shown = own(application_id)
    form = EvidenceForm()
    uploads = uploads_of(form.file)
    if form.validate_on_submit():
        try:
            drafts.add_evidence(
                require_actor(), shown.id, EvidenceKind(form.kind.data), uploads, form.title.data or ""
            )
        except DomainError as error:
            attach_error(form, error)
            _name_the_file(form, error)
        else:
            flash(f"{len(uploads)} 份材料传好了。", "success")
            return redirect(url_for("supplier.application", application_id=shown.id, step="papers"))
    return _step_page(own(application_id), "papers", None, evidence_form=form), 422


def _name_the_file(form: EvidenceForm, error: DomainError) -> None:
    """Of several files, say which one; none of them was kept."""
    filename = str(error.params.get("filename", ""))
    if filename and len(uploads_of(form.file)) > 1:
        form.file.errors = [f"「{filename[:60]}」：{error_text(error)}这一批都没有传，改好再一起传。"]


def evidence_remove(application_id: int, evidence_id: int) -> ResponseReturnValue:
    drafts.remove_evidence(require_actor(), own(application_id).id, evidence_id)
    return redirect(url_for("supplier.application", application_id=application_id, step="papers"))


def submit(application_id: int) -> ResponseReturnValue:
    shown = own(application_id)
    with errors_flashed():
        commands.submit_application(require_actor(), shown.id)
        flash("交上去了。先由村里逐户确认，每一步都会记在“经过”里。", "success")
        return redirect(url_for("supplier.application", application_id=application_id))
    return redirect(url_for("supplier.application", application_id=application_id, step="submit"))


def answer(application_id: int) -> ResponseReturnValue:
    """POST: answer a return."""
    shown = own(application_id)
    form = AnswerForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.answer_return(require_actor(), shown.id, form.note.data or "")
            flash("补正交上去了，回到退回您的那一级。", "success")
            return redirect(url_for("supplier.application", application_id=application_id))
    return _step_page(own(application_id), "submit", None, answer_form=form), status_of(form)
