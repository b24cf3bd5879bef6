"""Pilot households of the official's own villages whose household is to be held against the register."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import InputRequired, Length

from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import CleanStringField, Form, errors_at, status_of
from marketplace.parties import pilots, queries
from marketplace.regions.queries import names_of
from marketplace.review_desk.nav import render_desk


class MismatchForm(Form):
    reason = CleanStringField(
        "哪里对不上", [InputRequired("请写明哪里对不上"), Length(max=200, message="请不要超过 200 个字")]
    )


def index() -> ResponseReturnValue:
    return _page(), 200


def _page(refused_id: int | None = None, form: MismatchForm | None = None) -> str:
    actor = require_actor()
    found = pilots.waiting_pilots(actor)
    return render_desk(
        "review_desk/pilots.html",
        waiting=found,
        sponsors=queries.supplier_names(each.pilot.sponsor_id for each in found if each.pilot.sponsor_id),
        villages=names_of(each.pilot.village_code for each in found),
        refused_id=refused_id,
        form=form or MismatchForm(formdata=None),
    )


def decide(supplier_id: int, action: str) -> ResponseReturnValue:
    """True as the register has it, or not, with the reason."""
    if action == "confirm":
        pilots.confirm_household(require_actor(), supplier_id)
        flash("核对好了，这一户在名册上。", "success")
        return redirect(url_for("review.pilots"))
    form = MismatchForm()
    form.validate()
    with errors_at(form, only_fields=True):
        pilots.refuse_household(require_actor(), supplier_id, form.reason.data or "")
        flash("已经告诉平台，由平台退回给对方改。", "success")
        return redirect(url_for("review.pilots"))
    return _page(supplier_id, form), status_of(form)
