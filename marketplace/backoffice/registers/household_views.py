"""The households' register: lists, one household, what officials do about it. Masked; in clear once, with a reason."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.registers.household_forms import (
    ConsentForm,
    MoveForm,
    NewHouseholdForm,
    PeopleForm,
    ReasonForm,
    StatusForm,
)
from marketplace.backoffice.registers.shared import asked_county, history, scope_of
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Form, asked_text, errors_at, status_of
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.parties import bank_changes, consents
from marketplace.parties import household_commands as commands
from marketplace.parties import household_register as register
from marketplace.parties.bank_change_queries import changes_of
from marketplace.parties.household_queries import card_of_loaded
from marketplace.parties.models import HouseholdConsent
from marketplace.parties.rules import ConsentPurpose, HouseholdStatus
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import full_name, full_names_of

LINKED = {"yes": True, "no": False}


def index() -> ResponseReturnValue:
    scope = scope_of(require_actor())
    status = request.args.get("status", "")
    wanted = register.RegisterFilter(
        regions=scope.regions,
        place=asked_county(scope),
        status=HouseholdStatus(status) if status in set(HouseholdStatus) else None,
        linked=LINKED.get(request.args.get("linked", "")),
        text=asked_text(),
    )
    page = register.register_page(wanted, page_number(request.args.get("page")))
    return render_desk(
        "backoffice/registers/households.html",
        page=page,
        scope=scope,
        figures=register.register_counts(scope.regions),
        statuses=list(HouseholdStatus),
        status=status,
        places=full_names_of({row.village_code for row in page.items}),
    )


def new() -> ResponseReturnValue:
    """One by hand, in a village of one's own register."""
    form = NewHouseholdForm()
    if not only_next_level(request.form, "village_code") and form.validate_on_submit():
        with errors_at(form, only_fields=True):
            added = register.add_on_register(require_actor(), form.draft(str(form.village_code.data)))
            flash("这一户早就登记过，没有重复登记。" if added.existed else "登记好了。", "success")
            return redirect(url_for("registers.household", household_id=added.id), 303)
    return render_desk("backoffice/registers/household_new.html", form=form), status_of(form)


def show(household_id: int) -> ResponseReturnValue:
    return _page(household_id)


def _page(household_id: int, clear: Any = None, **forms: Form) -> ResponseReturnValue:
    actor = require_actor()
    household = register.kept_household(actor, household_id)
    made = {
        "status_form": StatusForm(formdata=None),
        "move_form": MoveForm(formdata=None, data={"to_village": household.village_code}),
        "people_form": PeopleForm(formdata=None, data={"people": household.people}),
        "consent_form": ConsentForm(formdata=None),
        "clear_form": ReasonForm(formdata=None),
        "bank_form": ReasonForm(formdata=None),
    } | forms
    page = render_desk(
        "backoffice/registers/household.html",
        household=card_of_loaded(household),
        place=full_name(household.village_code),
        suppliers=register.suppliers_linked(household_id),
        happenings=register.happenings(household_id),
        consents=consents.consents_of(household_id),
        changes=changes_of(household_id=household_id),
        may_decide=bank_changes.may_decide(actor, household_id=household_id),
        may_unmask=actor.has_role(Role.OFFICIAL),
        record=history(
            "household", household_id, holders([Role.HOUSEHOLD], ScopeKind.HOUSEHOLD, [household_id])
        ),
        clear=clear,
        wrong=[name for name, form in forms.items() if form.errors],
        **made,
    )
    return page, status_of(*forms.values())


def _done(household_id: int, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for("registers.household", household_id=household_id), 303)


def change_status(household_id: int) -> ResponseReturnValue:
    form = StatusForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.change_household_status(
                require_actor(),
                household_id,
                HouseholdStatus(form.status.data),
                form.valid_from.data or clock.today(),
                form.reason.data or "",
            )
            return _done(household_id, "身份改好了，以前的留在历史里。")
    return _page(household_id, status_form=form)


def move(household_id: int) -> ResponseReturnValue:
    form = MoveForm()
    if only_next_level(request.form, "to_village"):
        return _page(household_id, move_form=form)
    if form.validate_on_submit():
        with errors_at(form):
            register.move_household(
                require_actor(),
                household_id,
                str(form.to_village.data),
                form.moved_on.data or clock.today(),
                form.reason.data or "",
            )
            return _done(household_id, "迁移登记好了。以前的收入还算在原来的村。")
    return _page(household_id, move_form=form)


def people(household_id: int) -> ResponseReturnValue:
    form = PeopleForm()
    if form.validate_on_submit():
        with errors_at(form):
            register.correct_people(
                require_actor(), household_id, int(form.people.data), form.reason.data or ""
            )
            return _done(household_id, "人数改好了。")
    return _page(household_id, people_form=form)


def clear(household_id: int) -> ResponseReturnValue:
    """The answer itself shows the data, once; nothing of it is in an address, a flash or a later page."""
    form = ReasonForm()
    if form.validate_on_submit():
        with errors_at(form):
            shown = register.unmask_on_register(require_actor(), household_id, form.reason.data or "")
            return _page(household_id, clear=shown)
    return _page(household_id, clear_form=form)


def consent(household_id: int) -> ResponseReturnValue:
    register.kept_household(require_actor(), household_id)
    form = ConsentForm()
    if form.validate_on_submit():
        scan = form.scan.data
        with errors_at(form):
            consents.record_consent(
                require_actor(),
                household_id,
                ConsentPurpose(form.purpose.data),
                form.given_on.data or clock.today(),
                scan if isinstance(scan, FileStorage) and scan.filename else None,
            )
            return _done(household_id, "同意记好了。")
    return _page(household_id, consent_form=form)


def consent_withdraw(household_id: int, consent_id: int) -> ResponseReturnValue:
    _own_consent(household_id, consent_id)
    consents.withdraw_consent(require_actor(), consent_id, request.form.get("note", "").replace("\x00", ""))
    return _done(household_id, "已撤回，页面上马上不再用。")


def consent_scan(household_id: int, consent_id: int) -> ResponseReturnValue:
    found = _own_consent(household_id, consent_id)
    media = db.session.get(Media, found.scan_id) if found.scan_id else None
    if media is None:
        raise NotFound
    return send_document(media)


def _own_consent(household_id: int, consent_id: int) -> HouseholdConsent:
    register.kept_household(require_actor(), household_id)
    found = db.session.get(HouseholdConsent, consent_id)
    if found is None or found.household_id != household_id:
        raise NotFound
    return found


def bank(household_id: int, change_id: int) -> ResponseReturnValue:
    """Confirm or refuse a new account: by an official of the village."""
    register.kept_household(require_actor(), household_id)
    if change_id not in {row.id for row in changes_of(household_id=household_id)}:
        raise NotFound
    form = ReasonForm()
    with errors_at(form):
        if request.form.get("action") == "confirm":
            bank_changes.confirm_change(require_actor(), change_id)
            return _done(household_id, "已确认，新账户生效。")
        bank_changes.refuse_change(require_actor(), change_id, form.reason.data or "")
        return _done(household_id, "已拒绝，原账户不变。")
    return _page(household_id, bank_form=form)
