"""Registering a unit, correcting what an admin returned, the unit's own papers, and switching."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import current_actor, require_actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import errors_at, status_of, typed_id
from marketplace.kernel.media import send_document
from marketplace.parties import unit_commands, unit_queries
from marketplace.parties.unit_queries import UnitRow
from marketplace.parties.workflow import UNIT
from marketplace.regions.forms import only_next_level
from marketplace.regions.queries import full_name
from marketplace.unit_desk.guards import CHOSEN, choose_unit, chosen_unit, chosen_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.registration.forms import ContactForm, UnitForm


def about() -> str:
    """What a unit's people read before they sign in."""
    actor = current_actor()
    mine = unit_queries.unit_names(actor.unit_ids) if actor is not None else {}
    return render_template("unit_desk/registration/about.html", mine=mine)


def register() -> ResponseReturnValue:
    actor = require_actor()
    form = UnitForm()
    looking = only_next_level(request.form, "region_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            unit_id = unit_commands.register_unit(actor, form.facts(), form.upload.data)
            flash("登记好了，等平台审核，一般 3 个工作日内答复。", "success")
            session[CHOSEN] = unit_id
            return redirect(url_for("unit.profile"))
    mine = unit_queries.unit_names(actor.unit_ids)
    return render_template("unit_desk/registration/register.html", form=form, mine=mine), status_of(form)


def profile() -> ResponseReturnValue:
    unit = chosen_unit()
    manages = may(Permission.UNIT_MANAGER, unit.id)
    return render_desk(
        "unit_desk/registration/profile.html",
        place=full_name(unit.region_code),
        contact=unit_queries.unit_contact(unit.id),
        manages=manages,
        can_correct=manages and UNIT.allows(unit.state, "submit"),
    )


def _own_unit() -> UnitRow:
    """The chosen unit, admitted or not, for its managers; raises NotFound for its other members."""
    unit = chosen_unit()
    if not may(Permission.UNIT_MANAGER, unit.id):
        raise NotFound
    return unit


def correct() -> ResponseReturnValue:
    unit = _own_unit()
    contact = unit_queries.unit_contact(unit.id)
    form = UnitForm(
        data={
            "kind": unit.kind.value,
            "name": unit.name,
            "uscc": unit.uscc,
            "region_code": unit.region_code,
            "contact_name": contact.name,
            "contact_mobile": contact.mobile,
        }
    )
    looking = only_next_level(request.form, "region_code")
    if not looking and form.validate_on_submit():
        with errors_at(form):
            unit_commands.correct_unit(require_actor(), unit.id, form.facts(), form.upload.data)
            flash("已经重新提交，等平台答复。", "success")
            return redirect(url_for("unit.profile"))
    if not UNIT.allows(unit.state, "submit"):
        return redirect(url_for("unit.profile"))
    return render_desk("unit_desk/registration/correct.html", form=form), status_of(form)


def contact() -> ResponseReturnValue:
    unit = _own_unit()
    known = unit_queries.unit_contact(unit.id)
    form = ContactForm(data={"contact_name": known.name, "contact_mobile": known.mobile})
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            unit_commands.change_contact(
                require_actor(), unit.id, str(form.contact_name.data), str(form.contact_mobile.data)
            )
            flash("联系人存好了。", "success")
            return redirect(url_for("unit.profile"))
    page = render_desk("unit_desk/registration/contact.html", form=form)
    return page, status_of(form)


def paper() -> ResponseReturnValue:
    return send_document(unit_queries.unit_paper(chosen_unit_id()))


def switch() -> ResponseReturnValue:
    if request.method == "POST":
        choose_unit(typed_id(request.form.get("unit_id")))
        return redirect(url_for("unit.home"))
    mine = sorted(unit_queries.units_by_ids(require_actor().unit_ids).values(), key=lambda unit: unit.id)
    return render_desk("unit_desk/registration/switch.html", mine=mine)
