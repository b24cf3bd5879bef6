"""What changes about admitted suppliers: papers that run out, and accounts that somebody wants changed."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.suppliers.forms import ChangeForm
from marketplace.backoffice.suppliers.views import county_choices
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.parties import bank_change_queries, bank_changes, paper_queries, queries
from marketplace.parties.bank_change_queries import BankChangeFacts
from marketplace.parties.paper_queries import Ending
from marketplace.parties.rules import PaperKind, mask_account
from marketplace.parties.supplier_parameters import PAPER_GRACE_DAYS
from marketplace.regions.queries import full_names_of


def papers() -> ResponseReturnValue:
    """Of which papers run out, the nearest first; those past their grace may cost their supplier its place."""
    asked = request.args.get("ending", Ending.TWO_MONTHS.value)
    ending = next((each for each in Ending if each.value == asked), Ending.TWO_MONTHS)
    kind = next((each for each in PaperKind if each.value == request.args.get("kind")), None)
    counties = county_choices()
    county = request.args.get("county", "")
    county = county if county in {code for code, _ in counties} else ""
    page = paper_queries.ending_papers(
        ending, page=page_number(request.args.get("page")), kind=kind, county_code=county
    )
    counts = paper_queries.count_ending(kind, county)
    return render_desk(
        "backoffice/papers.html",
        page=page,
        ending=ending.value,
        chips=[(each.value, each.label, counts[each]) for each in Ending],
        kinds=[(each.value, each.label) for each in PaperKind],
        counties=counties,
        grace=PAPER_GRACE_DAYS.get(),
        places=full_names_of([row.village_code for row in page.items]),
    )


def changes() -> ResponseReturnValue:
    found = bank_change_queries.open_supplier_changes()
    return render_desk(
        "backoffice/bank_changes.html",
        changes=found,
        suppliers=queries.supplier_names(each.supplier_id for each in found if each.supplier_id),
        names=display_names({each.asked_by for each in found}),
    )


def _of_supplier(change_id: int) -> tuple[BankChangeFacts, int]:
    """A household's is none of the platform's business; raises NotFound."""
    change = bank_change_queries.get_change(change_id)
    if change.supplier_id is None:
        raise NotFound
    return change, change.supplier_id


def change(change_id: int) -> ResponseReturnValue:
    shown, supplier_id = _of_supplier(change_id)
    form = ChangeForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            if form.answer.data == "confirm":
                bank_changes.confirm_change(require_actor(), change_id)
            else:
                bank_changes.refuse_change(require_actor(), change_id, form.reason.data or "")
            flash("已经答复，对方会收到消息。", "success")
            return redirect(url_for("backoffice.bank_changes"))
    contact = queries.get_contact(supplier_id)
    page = render_desk(
        "backoffice/bank_change.html",
        change=shown,
        supplier=queries.get_supplier(supplier_id),
        now=(contact.bank_name, contact.bank_account_name, mask_account(contact.bank_account)),
        names=display_names({each for each in (shown.asked_by, shown.decided_by) if each}),
        form=form,
        may=bank_changes.may_decide(require_actor(), supplier_id=supplier_id)
        and shown.asked_by != require_actor().user_id,
    )
    return page, status_of(form)


def proof(change_id: int) -> ResponseReturnValue:
    shown, _ = _of_supplier(change_id)
    if shown.proof_id is None:
        raise NotFound
    return send_document(db.session.get_one(Media, shown.proof_id))
