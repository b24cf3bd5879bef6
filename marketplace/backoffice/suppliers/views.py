"""Suppliers to admit, and those admitted."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.suppliers.forms import ReasonForm
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import attach_error
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.parties import admission, household_queries, queries
from marketplace.parties.queries import SupplierFacts
from marketplace.parties.rules import SupplierKind
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
    "return": (admission.return_supplier, "已经退回，对方会看到原因。"),
    "suspend": (admission.suspend_supplier, "已经暂停。"),
    "reinstate": (admission.reinstate_supplier, "已经恢复。"),
}


def index() -> ResponseReturnValue:
    asked, kind = request.args.get("state", SupplierState.SUBMITTED.value), request.args.get("kind", "")
    states = [state for state in STATES if asked in {state.value, "all"}]
    counties = [(row.code, row.name) for row in children_of(CITY_CODE)]
    county = request.args.get("county", "")
    page = queries.suppliers_page(
        page=page_number(request.args.get("page")),
        states=states or list(STATES),
        kind=SupplierKind(kind) if kind in set(SupplierKind) else None,
        text=request.args.get("q", "").strip()[:60],
        region_code=county if county in {code for code, _ in counties} else "",
    )
    counts = queries.count_by_state()
    return render_desk(
        "backoffice/suppliers.html",
        page=page,
        words=STATES,
        asked=asked,
        chips=[(state.value, word, counts.get(state, 0)) for state, (word, _) in STATES.items()],
        kinds=[(each.value, each.label) for each in SupplierKind],
        counties=counties,
        places=full_names_of([supplier.village_code for supplier in page.items]),
    )


def _admissible(supplier_id: int) -> SupplierFacts:
    """A supplier that has been handed in at least once: a draft is its owner's alone."""
    supplier = queries.get_supplier(supplier_id)
    if supplier.state is SupplierState.DRAFT:
        raise NotFound
    return supplier


def show(supplier_id: int) -> ResponseReturnValue:
    return _page(_admissible(supplier_id)), 200


def _page(supplier: SupplierFacts, form: ReasonForm | None = None, action: str = "") -> str:
    members = queries.members_of(supplier.id)
    sponsor = queries.find_supplier(supplier.sponsor_id) if supplier.sponsor_id else None
    concerned = members | (queries.members_of(sponsor.id) if sponsor else set())
    return render_desk(
        "backoffice/supplier.html",
        supplier=supplier,
        word=STATES[supplier.state],
        actions=SUPPLIER.actions(supplier.state),
        needs=queries.needs_of(supplier),
        papers=queries.papers_of(supplier.id),
        contact=queries.get_contact(supplier.id),
        place=full_name(supplier.village_code),
        household=household_queries.household_card(supplier.household_id) if supplier.household_id else None,
        sponsor=sponsor,
        members=display_names(members),
        is_own=require_actor().user_id in concerned,
        form=form or ReasonForm(formdata=None),
        tried=action,
    )


def paper(supplier_id: int, paper_id: int) -> ResponseReturnValue:
    found = queries.get_paper(_admissible(supplier_id).id, paper_id)
    return send_document(db.session.get_one(Media, found.media_id))


def approve(supplier_id: int) -> ResponseReturnValue:
    admission.approve_supplier(require_actor(), supplier_id)
    flash("已经通过，供应商可以申请认定和上架了。", "success")
    return redirect(url_for("backoffice.supplier", supplier_id=supplier_id))


def decide(supplier_id: int, action: str) -> ResponseReturnValue:
    """Return, suspend or reinstate, with a reason."""
    if action not in WITH_REASON:
        raise NotFound
    supplier = _admissible(supplier_id)
    command, done = WITH_REASON[action]
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            command(require_actor(), supplier_id, form.reason.data or "")
        except DomainError as error:
            if error.field is None:
                raise
            attach_error(form, error)
        else:
            flash(done, "success")
            return redirect(url_for("backoffice.supplier", supplier_id=supplier_id))
    return _page(supplier, form, action), 422
