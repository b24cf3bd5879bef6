"""What the platform asks for and how far we are: papers, what is to be said about them, the account, the regular
look."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.forms import errors_at, status_of, typed_id
from marketplace.kernel.media import Media, send_document
from marketplace.parties import (
    bank_change_queries,
    bank_changes,
    commands,
    examination,
    household_queries,
    paper_commands,
    paper_queries,
    queries,
    reverification,
)
from marketplace.parties.requirement_rules import Need, requirement_for_paper
from marketplace.parties.rules import PaperKind, mask_account
from marketplace.parties.standing_rules import Verification
from marketplace.parties.steps import steps_of
from marketplace.parties.workflow import SupplierState
from marketplace.regions.queries import full_name
from supplier_portal.guards import current_supplier, current_supplier_id, owns
from supplier_portal.nav import render_desk
from supplier_portal.onboarding.forms import (
    BankChangeForm,
    BankForm,
    ContactForm,
    PaperForm,
    StatementForm,
    on_file,
)


def papers() -> ResponseReturnValue:
    supplier = current_supplier()
    contact = queries.get_contact(supplier.id)
    household = household_queries.household_card(supplier.household_id) if supplier.household_id else None
    sponsor = queries.find_supplier(supplier.sponsor_id) if supplier.sponsor_id else None
    steps = steps_of(supplier.id)
    return render_desk(
        "supplier_portal/onboarding/papers.html",
        needs=queries.needs_of(supplier),
        papers=queries.papers_of(supplier.id),
        renewed=paper_queries.renewed_papers_of(supplier.id),
        contact=contact,
        account=mask_account(contact.bank_account),
        change=bank_change_queries.open_change_of(supplier_id=supplier.id),
        place=full_name(supplier.village_code),
        household=household or queries.said_household(supplier.id),
        sponsor=sponsor,
        steps=steps,
        names=display_names({step.actor_id for step in steps if step.actor_id}),
        is_owner=owns(supplier.id),
        can_edit=owns(supplier.id) and supplier.state in commands.EDITABLE,
        can_renew=owns(supplier.id) and supplier.state is not SupplierState.SUBMITTED,
    )


def paper_new() -> ResponseReturnValue:
    """``?kind=`` chooses the kind asked for; ``?renews=`` names the paper this one takes the place of."""
    supplier = current_supplier()
    renews = request.args.get("renews", "")
    old = None
    if renews:
        old = queries.get_paper(supplier.id, typed_id(renews))
    form = PaperForm(data={"kind": old.kind.value if old else request.args.get("kind", "")})
    if form.validate_on_submit():
        with errors_at(form):
            paper_commands.add_paper(
                require_actor(), supplier.id, form.draft(), form.file(), old.id if old else None
            )
            flash("证照传好了。", "success")
            return redirect(url_for("supplier.papers"))
    kind = PaperKind(form.kind.data) if form.kind.data in set(PaperKind) else None
    page = render_desk(
        "supplier_portal/onboarding/paper_new.html",
        form=form,
        old=old,
        requirement=requirement_for_paper(supplier.kind, kind) if kind else None,
    )
    return page, 422 if form.is_submitted() else 200


def paper_file(paper_id: int) -> ResponseReturnValue:
    paper = queries.get_paper(current_supplier_id(), paper_id)
    return send_document(db.session.get_one(Media, paper.media_id))


def paper_remove(paper_id: int) -> ResponseReturnValue:
    paper_commands.remove_paper(require_actor(), current_supplier_id(), paper_id)
    flash("已经删掉。", "success")
    return redirect(url_for("supplier.papers"))


def _need(code: str) -> Need:
    found = [need for need in queries.needs_of(current_supplier()) if need.code == code]
    if not found:
        raise NotFound
    return found[0]


def statement() -> ResponseReturnValue:
    """Why there is no such paper, or that what was sent back is mended: ``?code=`` names the requirement."""
    if not request.args.get("code"):
        return redirect(url_for("supplier.papers"))
    supplier_id, need = current_supplier_id(), _need(request.args["code"])
    form = StatementForm()
    if form.validate_on_submit():
        with errors_at(form):
            examination.state_requirement(require_actor(), supplier_id, need.code, form.reason.data or "")
            flash("写好了，平台审核时看得到。", "success")
            return redirect(url_for("supplier.papers"))
    page = render_desk("supplier_portal/onboarding/statement.html", form=form, need=need)
    return page, status_of(form)


def contact() -> ResponseReturnValue:
    supplier = current_supplier()
    if supplier.state not in commands.ADMITTED:
        return redirect(url_for("supplier.profile"))
    form = ContactForm(data=on_file(supplier, queries.get_contact(supplier.id)))
    if form.validate_on_submit():
        commands.update_contact(
            require_actor(),
            supplier.id,
            str(form.contact_name.data),
            str(form.contact_mobile.data),
            form.story.data or "",
            form.public_phone.data or "",
        )
        flash("联系方式存好了。", "success")
        return redirect(url_for("supplier.papers"))
    page = render_desk("supplier_portal/onboarding/contact.html", form=form)
    return page, status_of(form)


def bank() -> ResponseReturnValue:
    """Before admission the account itself; afterwards a change that somebody else confirms."""
    if current_supplier().state in commands.ADMITTED:
        return _bank_change()
    supplier = current_supplier()
    shown = queries.get_contact(supplier.id)
    form = BankForm(
        data={
            "bank_name": shown.bank_name,
            "bank_account_name": shown.bank_account_name or supplier.name,
        }
    )
    if form.validate_on_submit():
        with errors_at(form):
            commands.update_bank(
                require_actor(),
                supplier.id,
                form.bank_name.data or "",
                form.bank_account_name.data or "",
                form.bank_account.data or "",
            )
            flash("账户存好了。", "success")
            return redirect(url_for("supplier.papers"))
    page = render_desk(
        "supplier_portal/onboarding/bank.html", form=form, account=mask_account(shown.bank_account)
    )
    return page, status_of(form)


def _bank_change() -> ResponseReturnValue:
    supplier = current_supplier()
    shown = queries.get_contact(supplier.id)
    form = BankChangeForm(data={"bank_account_name": shown.bank_account_name or supplier.name})
    if form.validate_on_submit():
        with errors_at(form):
            bank_changes.ask_supplier_change(
                require_actor(), supplier.id, form.account(), form.proof.data or None
            )
            flash("已经交给平台核对，确认前仍用原账户。", "success")
            return redirect(url_for("supplier.bank"))
    past = bank_change_queries.changes_of(supplier_id=supplier.id)
    page = render_desk(
        "supplier_portal/onboarding/bank_change.html",
        form=form,
        contact=shown,
        account=mask_account(shown.bank_account),
        change=next((each for each in past if each.is_open), None),
        past=[each for each in past if not each.is_open],
    )
    return page, status_of(form)


def bank_withdraw() -> ResponseReturnValue:
    """There is at most one to take back."""
    change = bank_change_queries.open_change_of(supplier_id=current_supplier_id())
    if change is None:
        raise Conflict("parties.no_bank_change")
    bank_changes.withdraw_change(require_actor(), change.id)
    flash("撤回了，仍用原账户。", "success")
    return redirect(url_for("supplier.bank"))


def verification() -> ResponseReturnValue:
    """All that is on file, on one page, to confirm or to change."""
    supplier = current_supplier()
    if supplier.state not in commands.ADMITTED:
        return redirect(url_for("supplier.papers"))
    shown = queries.get_contact(supplier.id)
    needs = queries.needs_of(supplier)
    steps = [step for step in steps_of(supplier.id) if step.action in {"verify", "verify_return", "reattest"}]
    return render_desk(
        "supplier_portal/onboarding/verification.html",
        needs=needs,
        papers=queries.papers_of(supplier.id),
        broken=reverification.broken_needs(needs),
        contact=shown,
        account=mask_account(shown.bank_account),
        place=full_name(supplier.village_code),
        steps=steps,
        is_owner=owns(supplier.id),
        is_due=supplier.verification in {Verification.SOON, Verification.OVERDUE},
    )


def verification_confirm() -> ResponseReturnValue:
    reverification.reattest(require_actor(), current_supplier_id())
    flash("确认好了，等平台复核。", "success")
    return redirect(url_for("supplier.verification"))
