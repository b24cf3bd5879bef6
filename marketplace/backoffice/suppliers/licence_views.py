"""What the licence of an admitted supplier says otherwise: held against the new paper, confirmed or sent back."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.suppliers.forms import LicenceAnswerForm
from marketplace.kernel.db import db
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.media import Media, send_document
from marketplace.parties import bank_changes, licence_changes, queries
from marketplace.parties.licence_change_queries import get_licence_change, open_licence_changes
from marketplace.regions.queries import full_names_of


def index() -> ResponseReturnValue:
    found = open_licence_changes()
    return render_desk(
        "backoffice/licence_changes.html",
        changes=found,
        names=display_names({each.asked_by for each in found}),
        places=full_names_of({each.village_code for each in found}),
    )


def show(change_id: int) -> ResponseReturnValue:
    change, actor = get_licence_change(change_id), require_actor()
    form = LicenceAnswerForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            if form.answer.data == "confirm":
                licence_changes.confirm_licence_change(actor, change_id)
            else:
                licence_changes.refuse_licence_change(actor, change_id, form.reason.data or "")
            flash("已经答复，对方会收到消息。", "success")
            return redirect(url_for("backoffice.licence_changes"))
    page = render_desk(
        "backoffice/licence_change.html",
        change=change,
        supplier=queries.get_supplier(change.supplier_id),
        places=full_names_of({change.village_code, change.old_village_code}),
        names=display_names({each for each in (change.asked_by, change.decided_by) if each}),
        form=form,
        may=bank_changes.may_decide(actor, supplier_id=change.supplier_id)
        and change.asked_by != actor.user_id,
    )
    return page, status_of(form)


def proof(change_id: int) -> ResponseReturnValue:
    return send_document(db.session.get_one(Media, get_licence_change(change_id).proof_id))
