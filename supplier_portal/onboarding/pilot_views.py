"""A pilot household applies from its phone: five short pages, each kept as it is sent, to be gone on with any day."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import Form, errors_at, status_of
from marketplace.parties import commands, paper_commands, pilots, queries
from marketplace.parties.household_forms import HouseholdWithAccountFields
from marketplace.parties.paper_commands import PaperDraft
from marketplace.parties.queries import SupplierFacts
from marketplace.parties.requirement_rules import Need, not_ready
from marketplace.parties.rules import PaperKind, mask_account
from marketplace.presentation import mask_name
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import full_name
from supplier_portal.guards import CHOSEN, current_supplier
from supplier_portal.onboarding.forms import PilotBankForm, PilotForm, on_file, sponsor_form

#: endpoint, name, the requirements it answers
STEPS = (
    ("supplier.pilot_basics", "我是谁", frozenset[str]()),
    ("supplier.pilot_household", "哪一户", frozenset({"household"})),
    ("supplier.pilot_sponsor", "谁担保", frozenset({"sponsor"})),
    ("supplier.pilot_bank", "收款", frozenset({"bank", "bank_proof"})),
    ("supplier.pilot_review", "交上去", frozenset({"identity", "sponsor_agreed"})),
)


@dataclass(frozen=True, slots=True)
class Wizard:
    """Where on the way the person is. ``done`` are the steps that lack nothing."""

    number: int
    done: tuple[bool, ...]
    supplier: SupplierFacts | None = None

    @property
    def names(self) -> list[str]:
        return [name for _, name, _ in STEPS]

    @property
    def back(self) -> str | None:
        return url_for(STEPS[self.number - 2][0]) if self.number > 1 and self.supplier else None

    @property
    def next(self) -> str:
        return url_for(STEPS[self.number][0])

    @property
    def links(self) -> list[tuple[str, str, bool]]:
        return [
            (name, url_for(endpoint), is_done)
            for (endpoint, name, _), is_done in zip(STEPS, self.done, strict=True)
        ]


def _wizard(number: int) -> tuple[SupplierFacts, list[Need], Wizard]:
    """The pilot one works for, while it may be changed; raises Conflict for another kind or one handed in."""
    supplier = current_supplier()
    if not supplier.is_pilot:
        raise Conflict("parties.not_a_pilot")
    if supplier.state not in commands.EDITABLE:
        raise Conflict("parties.not_editable")
    needs = queries.needs_of(supplier)
    open_codes = set(not_ready(needs))
    done = tuple(not codes & open_codes for _, _, codes in STEPS)
    return supplier, needs, Wizard(number, done, supplier)


def _page(name: str, form: Form | None, wizard: Wizard, **context: object) -> ResponseReturnValue:
    page = render_template(
        f"supplier_portal/onboarding/pilot_{name}.html", form=form, wizard=wizard, **context
    )
    return page, status_of(form) if form else 200


def start() -> ResponseReturnValue:
    """Go on where something is missing; begin when there is no draft of a pilot."""
    mine = [queries.get_supplier(number) for number in require_actor().owned_supplier_ids]
    drafts = [each for each in mine if each.is_pilot and each.state in commands.EDITABLE]
    if not drafts:
        return redirect(url_for("supplier.pilot_new"))
    session[CHOSEN] = drafts[-1].id
    _, _, wizard = _wizard(1)
    first = next((index for index, is_done in enumerate(wizard.done) if not is_done), len(STEPS) - 1)
    return redirect(url_for(STEPS[first][0]))


def new() -> ResponseReturnValue:
    form = PilotForm()
    looking = only_next_level(request.form, "village_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            supplier_id = commands.register_supplier(require_actor(), form.draft())
            session[CHOSEN] = supplier_id
            return redirect(url_for("supplier.pilot_household"))
    return _page("basics", form, Wizard(1, (False,) * len(STEPS)))


def basics() -> ResponseReturnValue:
    supplier, _, wizard = _wizard(1)
    form = PilotForm(data=on_file(supplier, queries.get_contact(supplier.id)))
    looking = only_next_level(request.form, "village_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            commands.update_supplier(require_actor(), supplier.id, form.draft())
            return redirect(wizard.next)
    return _page("basics", form, wizard)


def household() -> ResponseReturnValue:
    supplier, needs, wizard = _wizard(2)
    form = HouseholdWithAccountFields()
    if form.validate_on_submit():
        with errors_at(form):
            pilots.name_household(require_actor(), supplier.id, form.draft(supplier.village_code))
            return redirect(wizard.next)
    return _page(
        "household",
        form,
        wizard,
        said=queries.said_household(supplier.id),
        place=full_name(supplier.village_code),
        need=next(need for need in needs if need.code == "household"),
    )


def sponsor() -> ResponseReturnValue:
    supplier, _, wizard = _wizard(3)
    form = sponsor_form(supplier)
    if form.validate_on_submit():
        with errors_at(form):
            pilots.name_sponsor(require_actor(), supplier.id, form.sponsor_id.data or 0)
            return redirect(wizard.next)
    return _page("sponsor", form, wizard)


def bank() -> ResponseReturnValue:
    supplier, needs, wizard = _wizard(4)
    contact = queries.get_contact(supplier.id)
    form = PilotBankForm(
        data={
            "bank_name": contact.bank_name,
            "bank_account_name": contact.bank_account_name or contact.contact_name,
        }
    )
    if form.validate_on_submit():
        with errors_at(form):
            _keep_bank(supplier.id, form)
            return redirect(wizard.next)
    return _page(
        "bank",
        form,
        wizard,
        account=mask_account(contact.bank_account),
        has_proof=any(need.code == "bank_proof" and need.is_ready for need in needs),
    )


def _keep_bank(supplier_id: int, form: PilotBankForm) -> None:
    commands.update_bank(
        require_actor(),
        supplier_id,
        form.bank_name.data or "",
        form.bank_account_name.data or "",
        form.bank_account.data or "",
    )
    picture = form.file()
    if picture is not None:
        paper_commands.add_paper(require_actor(), supplier_id, PaperDraft(PaperKind.BANK_PROOF), picture)


def review() -> ResponseReturnValue:
    """Everything once more; sending it in, when the sponsor has agreed."""
    supplier, needs, wizard = _wizard(5)
    if request.method == "POST":
        commands.submit_supplier(require_actor(), supplier.id)
        flash("交上去了。村里核对户、平台核对账户，一般 3 个工作日内答复。", "success")
        return redirect(url_for("supplier.papers"))
    contact = queries.get_contact(supplier.id)
    return _page(
        "review",
        None,
        wizard,
        needs=[need for need in needs if need.is_required],
        place=full_name(supplier.village_code),
        contact=contact,
        account=mask_account(contact.bank_account),
        account_name=mask_name(contact.bank_account_name),
        said=queries.said_household(supplier.id),
        sponsor=queries.find_supplier(supplier.sponsor_id) if supplier.sponsor_id else None,
        steps_of_need={code: url_for(endpoint) for endpoint, _, codes in STEPS for code in codes},
    )
