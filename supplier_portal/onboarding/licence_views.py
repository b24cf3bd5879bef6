"""An admitted supplier whose licence says something else now: asked here, confirmed by the platform."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import errors_at, status_of
from marketplace.parties import commands, licence_changes
from marketplace.parties.licence_change_queries import licence_changes_of
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import full_names_of
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk
from supplier_portal.onboarding.forms import LicenceForm


def licence() -> ResponseReturnValue:
    supplier = current_supplier()
    if supplier.state not in commands.ADMITTED:
        return redirect(url_for("supplier.profile"))
    form = LicenceForm(
        data={"name": supplier.name, "uscc": supplier.uscc or "", "village_code": supplier.village_code}
    )
    looking = only_next_level(request.form, "village_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            licence_changes.ask_licence_change(
                require_actor(), supplier.id, form.draft(), form.proof.data or None
            )
            flash("已经交给平台核对，确认前一切照旧。", "success")
            return redirect(url_for("supplier.licence"))
    past = licence_changes_of(supplier.id)
    codes = {code for each in past for code in (each.village_code, each.old_village_code)}
    page = render_desk(
        "supplier_portal/onboarding/licence.html",
        form=form,
        change=next((each for each in past if each.is_open), None),
        past=[each for each in past if not each.is_open],
        places=full_names_of([*codes, supplier.village_code]),
    )
    return page, status_of(form)


def licence_withdraw() -> ResponseReturnValue:
    """There is at most one to take back."""
    licence_changes.withdraw_licence_change(require_actor(), current_supplier_id())
    flash("撤回了，一切照旧。", "success")
    return redirect(url_for("supplier.licence"))
