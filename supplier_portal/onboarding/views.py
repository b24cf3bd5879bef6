"""Registering, a pilot's household and sponsor, and answering those who ask us to vouch. Papers: ``paper_views``."""

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import errors_at, status_of, typed_id
from marketplace.parties import commands, household_queries, pilots, queries
from marketplace.parties.household_forms import HouseholdWithAccountFields
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import full_name, names_of
from supplier_portal.guards import CHOSEN, choose_supplier, current_supplier, current_supplier_id, owns
from supplier_portal.nav import render_desk
from supplier_portal.onboarding.forms import (
    AnswerForm,
    SupplierForm,
    on_file,
    sponsor_form,
)


def register() -> ResponseReturnValue:
    form = SupplierForm()
    looking = only_next_level(request.form, "village_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            supplier_id = commands.register_supplier(require_actor(), form.draft())
            flash("登记好了，草稿已经存下。接着补齐证照和账户就能提交。", "success")
            session[CHOSEN] = supplier_id
            return redirect(url_for("supplier.papers"))
    mine = queries.supplier_names(require_actor().supplier_ids)
    status = 422 if form.errors else 200
    return render_template("supplier_portal/onboarding/register.html", form=form, mine=mine), status


def switch() -> ResponseReturnValue:
    if request.method == "POST":
        choose_supplier(typed_id(request.form.get("supplier_id")))
        return redirect(url_for("supplier.home"))
    mine = [queries.get_supplier(number) for number in require_actor().supplier_ids]
    return render_desk("supplier_portal/onboarding/switch.html", mine=mine)


def profile() -> ResponseReturnValue:
    supplier = current_supplier()
    if supplier.state in commands.ADMITTED:
        return redirect(url_for("supplier.licence"))
    form = SupplierForm(data=on_file(supplier, queries.get_contact(supplier.id)))
    looking = only_next_level(request.form, "village_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            commands.update_supplier(require_actor(), supplier.id, form.draft())
            flash("资料存好了。", "success")
            return redirect(url_for("supplier.papers"))
    return render_desk("supplier_portal/onboarding/profile.html", form=form), status_of(form)


def own_household() -> ResponseReturnValue:
    supplier = current_supplier()
    form = HouseholdWithAccountFields()
    if form.validate_on_submit():
        with errors_at(form):
            pilots.name_household(require_actor(), supplier.id, form.draft(supplier.village_code))
            flash("这一户填好了，提交以后由村里核对。", "success")
            return redirect(url_for("supplier.papers"))
    page = render_desk(
        "supplier_portal/onboarding/own_household.html", form=form, place=full_name(supplier.village_code)
    )
    return page, status_of(form)


def own_sponsor() -> ResponseReturnValue:
    supplier = current_supplier()
    form = sponsor_form(supplier)
    if form.validate_on_submit():
        with errors_at(form):
            pilots.name_sponsor(require_actor(), supplier.id, form.sponsor_id.data or 0)
            flash("已经请对方担保，等它在自己的页面上同意。", "success")
            return redirect(url_for("supplier.papers"))
    page = render_desk("supplier_portal/onboarding/own_sponsor.html", form=form)
    return page, status_of(form)


def submit() -> ResponseReturnValue:
    commands.submit_supplier(require_actor(), current_supplier_id())
    flash("已经提交，平台一般 3 个工作日内答复。", "success")
    return redirect(url_for("supplier.papers"))


def sponsored() -> ResponseReturnValue:
    return _sponsored_page(), 200


def _answer_form(pilot_id: int, **options: Any) -> AnswerForm:
    """One form a pilot: the prefix keeps their fields apart on one page."""
    return AnswerForm(prefix=f"p{pilot_id}-", **options)


def _sponsored_page(asked: AnswerForm | None = None, asked_id: int | None = None) -> str:
    supplier_id = current_supplier_id()
    asking = queries.sponsored_by(supplier_id)
    return render_desk(
        "supplier_portal/onboarding/sponsored.html",
        pilots=asking,
        villages=names_of(pilot.village_code for pilot in asking),
        households=household_queries.household_cards(
            pilot.household_id for pilot in asking if pilot.household_id is not None
        ),
        said={pilot.id: queries.said_household(pilot.id) for pilot in asking if pilot.household_id is None},
        forms={
            pilot.id: asked if pilot.id == asked_id else _answer_form(pilot.id, formdata=None)
            for pilot in asking
        },
        is_owner=owns(supplier_id),
    )


def sponsored_answer(pilot_id: int) -> ResponseReturnValue:
    if pilot_id not in {pilot.id for pilot in queries.sponsored_by(current_supplier_id())}:
        raise NotFound
    form = _answer_form(pilot_id)
    if form.validate_on_submit():
        agrees = form.answer.data == "agree"
        with errors_at(form, only_fields=True):
            pilots.answer_sponsorship(
                require_actor(),
                pilot_id,
                current_supplier_id(),
                agrees=agrees,
                reason=form.reason.data or "",
            )
            flash("已同意担保。" if agrees else "已经答复：不同意。", "success")
            return redirect(url_for("supplier.sponsored"))
    return _sponsored_page(form, pilot_id), status_of(form)
