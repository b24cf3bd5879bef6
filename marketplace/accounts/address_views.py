"""收货地址: list, add, change, remove."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import addresses
from marketplace.accounts.address_forms import AddressForm, fill_in
from marketplace.accounts.pasting import Pasted, read_pasted
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import attach_error, error_text, typed_id
from marketplace.kernel.typed import half_width
from marketplace.regions import picker
from marketplace.regions.queries import full_names_of
from marketplace.regions.rules import NATION_CODE


def index() -> ResponseReturnValue:
    """The list; ``?edit=<id>`` fills the form below it with that address."""
    user_id = require_actor().user_id
    wanted = request.values.get("edit")
    editing = addresses.get_address(user_id, typed_id(wanted)) if wanted else None
    form = AddressForm(obj=editing) if request.method == "GET" else AddressForm()
    pasted = None
    if request.form.get("step") == "paste":
        pasted = read_pasted(half_width(request.form.get("pasted", "")))
        fill_in(form, pasted)
    levels = picker.levels(NATION_CODE, picker.NATIONAL, _chosen(editing, pasted))
    region_errors: list[str] = []
    if request.method == "POST" and pasted is None and not request.form.get("region_next"):
        try:
            if _save(user_id, form, picker.deepest(levels), editing):
                flash("地址存好了。", "success")
                return redirect(url_for("member.addresses"))
        except DomainError as error:
            if error.field == "region":
                region_errors.append(error_text(error))
            else:
                attach_error(form, error)
    saved = addresses.addresses_of(user_id)
    page = render_template(
        "accounts/addresses.html",
        form=form,
        levels=levels,
        region_errors=region_errors,
        editing=editing,
        pasted=pasted,
        saved=saved,
        places=full_names_of({address.street_code for address in saved}),
    )
    return page, 422 if region_errors or form.errors or form.form_errors else 200


def _chosen(editing: addresses.SavedAddress | None, pasted: Pasted | None) -> Sequence[str]:
    """What the picker of places shows: as pasted, as sent, as it stands, or where most buyers live."""
    if pasted is not None and pasted.regions:
        return pasted.regions
    if "region_1" in request.values:
        return picker.chosen_in(request.values, "region", len(picker.NATIONAL))
    return picker.path_below(NATION_CODE, editing.street_code) if editing else picker.HOME


def _save(user_id: int, form: AddressForm, street_code: str, editing: addresses.SavedAddress | None) -> bool:
    """Whether it was kept. Fields and street are both looked at, so that all that is wrong is said at once."""
    is_valid = bool(form.validate())
    street = addresses.check_street(street_code)
    if is_valid:
        addresses.save_address(
            user_id,
            form.recipient.data or "",
            form.mobile.data or "",
            street,
            form.detail.data or "",
            address_id=editing.id if editing else None,
            is_default=form.is_default.data,
        )
    return is_valid


def change(address_id: int) -> ResponseReturnValue:
    """The buttons beside an address."""
    user_id = require_actor().user_id
    if request.form.get("act") == "remove":
        addresses.remove_address(user_id, address_id)
        flash("地址删掉了。", "success")
    else:
        addresses.make_default(user_id, address_id)
        flash("默认地址改好了。", "success")
    return redirect(url_for("member.addresses"))
