"""The households a supplier works with: list, add, one household, its phone and account, a look in clear."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import asked_choice, asked_text, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.parties import household_commands as commands
from marketplace.parties import household_queries as queries
from marketplace.parties.bank_change_queries import open_change_of
from marketplace.parties.bank_changes import AccountDraft, ask_household_change
from marketplace.parties.household_commands import HouseholdInClear
from marketplace.parties.rules import HouseholdStatus
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import find_region, full_name, names_of
from supplier_portal.guards import current_supplier, current_supplier_id, owns
from supplier_portal.households.forms import ClearForm, ContactForm, HouseholdForm
from supplier_portal.nav import render_desk


def index() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    status = asked_choice(HouseholdStatus, "status")
    villages = names_of(queries.villages_of(supplier_id))
    village = request.args.get("village", "")
    page = queries.households_page(
        supplier_id,
        page=page_number(request.args.get("page")),
        text=asked_text(),
        status=status,
        region=find_region(village) if village in villages else None,
    )
    return render_desk(
        "supplier_portal/households/index.html",
        page=page,
        villages=villages,
        statuses=[(each.value, each.label) for each in HouseholdStatus],
        total=queries.count_of(supplier_id),
    )


def new() -> ResponseReturnValue:
    supplier = current_supplier()
    form = HouseholdForm(data={"village_code": supplier.village_code})
    looking = only_next_level(request.form, "village_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            added = commands.add_household(
                require_actor(), supplier.id, form.draft(str(form.village_code.data))
            )
            flash(
                "这一户早就登记在册，已经和您关联，原有资料没有改动。" if added.existed else "加好了。",
                "success",
            )
            return redirect(url_for("supplier.household", household_id=added.id))
    return render_desk("supplier_portal/households/new.html", form=form), status_of(form)


def show(household_id: int) -> ResponseReturnValue:
    return _page(household_id), 200


def _page(
    household_id: int, clear_form: ClearForm | None = None, clear: HouseholdInClear | None = None
) -> str:
    supplier_id = current_supplier_id()
    household = queries.linked_card(supplier_id, household_id)
    history = queries.status_history(household_id)
    return render_desk(
        "supplier_portal/households/show.html",
        household=household,
        place=full_name(household.village_code),
        history=history,
        names=display_names({change.recorded_by for change in history if change.recorded_by is not None}),
        clear_form=clear_form or ClearForm(formdata=None),
        clear=clear,
        is_owner=owns(supplier_id),
    )


def contact(household_id: int) -> ResponseReturnValue:
    """Another phone at once; another account is asked for, and the household's village confirms it."""
    supplier_id = current_supplier_id()
    household = queries.linked_card(supplier_id, household_id)
    form = ContactForm()
    if form.validate_on_submit():
        with errors_at(form):
            _change_contact(supplier_id, household_id, form)
            return redirect(url_for("supplier.household", household_id=household_id))
    page = render_desk(
        "supplier_portal/households/contact.html",
        form=form,
        household=household,
        open_change=open_change_of(household_id=household_id),
    )
    return page, status_of(form)


def _change_contact(supplier_id: int, household_id: int, form: ContactForm) -> None:
    account = (form.bank_account.data or "").strip()
    if form.mobile.data or not account:
        commands.update_household_mobile(require_actor(), supplier_id, household_id, form.mobile.data or "")
        flash("手机改好了。", "success")
    if account:
        proof = form.proof.data
        ask_household_change(
            require_actor(),
            household_id,
            AccountDraft(form.bank_name.data or "", account),
            proof if isinstance(proof, FileStorage) else None,
        )
        flash("账户变更提出来了，农户所在村的干部核对以后才生效。", "success")


def clear(household_id: int) -> ResponseReturnValue:
    """The answer itself shows the data, once; nothing of it is in an address, a flash or a later page."""
    form = ClearForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            shown = commands.unmask_household(
                require_actor(), current_supplier_id(), household_id, form.reason.data or ""
            )
            return _page(household_id, clear=shown), 200
    return _page(household_id, clear_form=form), status_of(form)
