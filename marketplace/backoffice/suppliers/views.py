"""Suppliers to admit, gone through requirement by requirement, and those admitted."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.suppliers.forms import NoteForm, ReasonForm
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_text, errors_at, status_of
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.parties import (
    admission,
    bank_change_queries,
    examination,
    household_queries,
    paper_queries,
    pilots,
    queries,
    reverification,
)
from marketplace.parties.queries import SupplierFacts
from marketplace.parties.requirement_rules import Need
from marketplace.parties.rules import SupplierKind
from marketplace.parties.standing_rules import Verification
from marketplace.parties.steps import steps_of
from marketplace.parties.workflow import SUPPLIER, SupplierState
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import children_of, full_name, full_names_of

STATES = {
    SupplierState.SUBMITTED: ("待审核", "warn"),
    SupplierState.RETURNED: ("已退回", "info"),
    SupplierState.APPROVED: ("已入驻", "done"),
    SupplierState.SUSPENDED: ("已暂停", "danger"),
}
WITH_REASON: dict[str, tuple[Callable[[Actor, int, str], None], str]] = {
    "return": (admission.return_supplier, "已经退回，对方会看到原因和要补的几项。"),
    "suspend": (admission.suspend_supplier, "已经暂停，商品在下一次打开时就不卖了。"),
    "reinstate": (admission.reinstate_supplier, "已经恢复。"),
    "verify_return": (reverification.return_verification, "退回了，对方改好会再确认一次。"),
}


def index() -> ResponseReturnValue:
    asked, kind = request.args.get("state", SupplierState.SUBMITTED.value), request.args.get("kind", "")
    states = [state for state in STATES if asked in {state.value, "all"}]
    due = next((each for each in Verification if each.value == request.args.get("due")), None)
    counties = county_choices()
    county = request.args.get("county", "")
    page = queries.suppliers_page(
        page=page_number(request.args.get("page")),
        states=[] if due else states or list(STATES),
        kind=SupplierKind(kind) if kind in set(SupplierKind) else None,
        text=asked_text(),
        region_code=county if county in {code for code, _ in counties} else "",
        due=due,
    )
    counts, dues = queries.count_by_state(), queries.count_by_verification()
    return render_desk(
        "backoffice/suppliers.html",
        page=page,
        words=STATES,
        asked="" if due else asked,
        due=due.value if due else "",
        chips=[(state.value, word, counts.get(state, 0)) for state, (word, _) in STATES.items()],
        dues=[(each.value, f"复核{each.label}", dues[each]) for each in Verification if each != "far"],
        kinds=[(each.value, each.label) for each in SupplierKind],
        counties=counties,
        places=full_names_of([supplier.village_code for supplier in page.items]),
    )


def county_choices() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in children_of(CITY_CODE)]


def _admissible(supplier_id: int) -> SupplierFacts:
    """A supplier that has been handed in at least once: a draft is its owner's alone."""
    supplier = queries.get_supplier(supplier_id)
    if supplier.state is SupplierState.DRAFT:
        raise NotFound
    return supplier


def show(supplier_id: int) -> ResponseReturnValue:
    return _page(_admissible(supplier_id)), 200


def _page(
    supplier: SupplierFacts,
    form: ReasonForm | None = None,
    action: str = "",
    note: tuple[str, NoteForm] | None = None,
) -> str:
    """``form`` is the one of ``action`` that was refused, ``note`` that of a requirement."""
    actor = require_actor()
    members = queries.members_of(supplier.id)
    sponsor = queries.find_supplier(supplier.sponsor_id) if supplier.sponsor_id else None
    concerned = members | (queries.members_of(sponsor.id) if sponsor else set())
    needs, steps = queries.needs_of(supplier), steps_of(supplier.id)
    names = display_names(members | {step.actor_id for step in steps if step.actor_id} | _said_by(needs))
    is_own = actor.user_id in concerned
    return render_desk(
        "backoffice/supplier.html",
        supplier=supplier,
        word=STATES[supplier.state],
        actions=SUPPLIER.actions(supplier.state),
        needs=needs,
        left=[need for need in needs if not need.is_met],
        papers=queries.papers_of(supplier.id),
        renewed=paper_queries.renewed_papers_of(supplier.id),
        contact=queries.get_contact(supplier.id),
        change=bank_change_queries.open_change_of(supplier_id=supplier.id),
        place=full_name(supplier.village_code),
        household=household_queries.household_card(supplier.household_id) if supplier.household_id else None,
        said=queries.said_household(supplier.id) if supplier.is_pilot else None,
        match=pilots.register_match(supplier.id) if supplier.is_pilot else None,
        sponsor=sponsor,
        members=[names.get(member, "") for member in sorted(members)],
        names=names,
        steps=steps,
        is_own=is_own,
        can_examine=not is_own and supplier.state in examination.EXAMINED,
        can_confirm=pilots.may_confirm(actor, supplier),
        form=form or ReasonForm(formdata=None),
        tried=action,
        note_of=dict([note]) if note else {},
        empty_note=NoteForm(formdata=None),
    )


def _said_by(needs: list[Need]) -> set[int]:
    return {need.by for need in needs if need.by}


def paper(supplier_id: int, paper_id: int) -> ResponseReturnValue:
    found = queries.get_paper(_admissible(supplier_id).id, paper_id)
    return send_document(db.session.get_one(Media, found.media_id))


def approve(supplier_id: int) -> ResponseReturnValue:
    admission.approve_supplier(require_actor(), supplier_id)
    flash("已经通过，供应商可以申请认定和上架了。", "success")
    return redirect(url_for("backoffice.supplier", supplier_id=supplier_id))


def verify(supplier_id: int) -> ResponseReturnValue:
    """The regular look: what the owner confirmed holds."""
    reverification.verify_again(require_actor(), supplier_id)
    flash("复核通过，下一次到期的日子顺延了。", "success")
    return redirect(url_for("backoffice.supplier", supplier_id=supplier_id))


def household(supplier_id: int) -> ResponseReturnValue:
    """What a pilot said is held against the register; nothing of it is on the register before."""
    pilots.confirm_household(require_actor(), supplier_id)
    flash("核对好了，这一户在名册上。", "success")
    return redirect(url_for("backoffice.supplier", supplier_id=supplier_id) + "#need-household")


def requirement(supplier_id: int, code: str, action: str) -> ResponseReturnValue:
    """One requirement: verified by a button, sent back or waived with a note."""
    supplier = _admissible(supplier_id)
    actor, form = require_actor(), NoteForm()
    with errors_at(form, only_fields=True):
        if action == "verify":
            examination.verify_requirement(actor, supplier_id, code)
        elif not form.validate_on_submit():
            return _page(supplier, note=(code, form)), status_of(form)
        elif action == "waive":
            examination.waive_requirement(actor, supplier_id, code, form.reason.data or "")
        else:
            examination.send_back_requirement(actor, supplier_id, code, form.reason.data or "")
        return redirect(url_for("backoffice.supplier", supplier_id=supplier_id) + f"#need-{code}")
    return _page(supplier, note=(code, form)), status_of(form)


def decide(supplier_id: int, action: str) -> ResponseReturnValue:
    """Return, suspend, reinstate or send the regular look back, with a reason."""
    if action not in WITH_REASON:
        raise NotFound
    supplier = _admissible(supplier_id)
    command, done = WITH_REASON[action]
    form = ReasonForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            command(require_actor(), supplier_id, form.reason.data or "")
            flash(done, "success")
            return redirect(url_for("backoffice.supplier", supplier_id=supplier_id))
    return _page(supplier, form, action), status_of(form)
