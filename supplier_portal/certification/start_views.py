"""Beginning applications: several products at once, with the words of an earlier one, and handing in all that are
complete."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications import commands, copying, queries
from certification.applications.workflow import ApplicationState
from certification.certificates.queries import in_force
from certification.products.queries import products_of
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import choices_of, error_text, errors_at, errors_flashed, status_of, typed_id
from supplier_portal.certification.forms import StartForm
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk

MOST = 20


def new() -> ResponseReturnValue:
    """Choose products and, where there is one, an earlier application to take the words from."""
    supplier_id = current_supplier_id()
    form = _form(supplier_id)
    if form.validate_on_submit():
        with errors_at(form):
            made = copying.start_applications(require_actor(), (form.product_id.data or [])[:MOST])
            _copy(made, form.earlier_id.data or 0)
            if len(made) == 1:
                return redirect(url_for("supplier.application", application_id=made[0]))
            flash(f"开好 {len(made)} 份草稿，一份一份填，填齐的可以一起交。", "success")
            return redirect(url_for("supplier.applications", state="draft"))
    page = render_desk(
        "supplier_portal/certification/start.html", form=form, has_products=bool(products_of(supplier_id))
    )
    return page, status_of(form)


def _copy(made: list[int], earlier_id: int) -> None:
    if not earlier_id:
        return
    for application_id in made:
        copying.copy_into(require_actor(), application_id, earlier_id)


def _form(supplier_id: int) -> StartForm:
    form = StartForm()
    mine = products_of(supplier_id)
    busy = queries.products_with_open_application(supplier_id) | in_force([row.id for row in mine]).keys()
    form.product_id.choices = choices_of((row.id, row.name) for row in mine if row.id not in busy)
    earlier = [
        (row.id, f"{row.product_name} {row.number or ''}")
        for row in queries.applications_of(supplier_id)
        if row.state is not ApplicationState.DRAFT
    ]
    form.earlier_id.choices = choices_of([(0, "不抄，从头填"), *earlier[:100]])
    return form


def copy(application_id: int) -> ResponseReturnValue:
    """POST: take over an earlier application's words into a draft."""
    earlier_id = typed_id(request.form.get("earlier_id"))
    with errors_flashed():
        if earlier_id:
            copying.copy_into(require_actor(), application_id, earlier_id)
        else:
            queries.get_own(require_actor(), application_id)
        told = (
            "抄好了。价格、参考价和材料是以前的，请逐项核对再交。" if earlier_id else "请先选一份以前的申请。"
        )
        flash(told, "success" if earlier_id else "warning")
    return redirect(url_for("supplier.application", application_id=application_id), 303)


def submit_several() -> ResponseReturnValue:
    """POST: hand in the ticked drafts; each result is told by its product."""
    chosen = [typed_id(each) for each in request.form.getlist("application")]
    names = {row.id: row.product_name for row in queries.applications_of(current_supplier_id())}
    results = commands.submit_several(require_actor(), [each for each in chosen[:MOST] if each in names])
    done = [names[each] for each, code in results.items() if code is None]
    if done:
        flash(f"交上去 {len(done)} 份：{'、'.join(done)}。", "success")
    for each, code in results.items():
        if code is not None:
            flash(f"{names[each]}没有交：{error_text(DomainError(code, count=''))}", "danger")
    if not results:
        flash("请先勾选要交的草稿。", "danger")
    return redirect(url_for("supplier.applications", state="draft"), 303)
