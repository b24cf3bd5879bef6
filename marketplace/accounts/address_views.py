"""收货地址: list, add, change, remove."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import addresses
from marketplace.accounts.address_forms import AddressForm, fill_in
from marketplace.accounts.pasting import Pasted, read_pasted
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import attach_error, error_text
from marketplace.kernel.typed import half_width
from marketplace.regions import picker
from marketplace.regions.queries import full_names_of
from marketplace.regions.rules import NATION_CODE


def index() -> ResponseReturnValue:
    """The list; ``?edit=<id>`` fills the form below it with that address."""
    user_id = require_actor().user_id
    editing = None
    wanted = request.values.get("edit", "")
    if wanted:
        is_id = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
        editing = addresses.get_address(user_id, int(wanted) if is_id else 0)
    form = AddressForm(obj=editing) if request.method == "GET" else AddressForm()
    chosen = picker.path_below(NATION_CODE, editing.street_code) if editing else list(picker.HOME)
    region_errors: list[str] = []
    sent = "region_1" in request.values
    if sent:
        chosen = picker.chosen_in(request.values, "region", len(picker.NATIONAL))
    pasted = None
    if request.form.get("step") == "paste":
        pasted = read_pasted(half_width(request.form.get("pasted", "")))
        fill_in(form, pasted)
        chosen = list(pasted.regions) or chosen
    levels = picker.levels(NATION_CODE, picker.NATIONAL, chosen)
    if request.method == "POST" and pasted is None and not request.form.get("region_next"):
        valid = form.validate()
        try:
            street = addresses.check_street(picker.deepest(levels))
            if valid:
                addresses.save_address(
                    user_id,
                    form.recipient.data or "",
                    form.mobile.data or "",
                    street,
                    form.detail.data or "",
                    address_id=editing.id if editing else None,
                    is_default=form.is_default.data,
                )
                flash("地址存好了。", "success")
                return redirect(url_for("member.addresses"))
        except DomainError as error:
            if error.field == "region":
                region_errors.append(error_text(error))
            else:
                attach_error(form, error)
    return _page(user_id, form, levels, region_errors, editing, pasted)


def _page(
    user_id: int,
    form: AddressForm,
    levels: list[picker.Level],
    region_errors: list[str],
    editing: addresses.SavedAddress | None,
    pasted: Pasted | None,
) -> ResponseReturnValue:
    saved = addresses.addresses_of(user_id)
    context: dict[str, Any] = {
        "form": form,
        "levels": levels,
        "region_errors": region_errors,
        "editing": editing,
        "pasted": pasted,
        "saved": saved,
        "places": full_names_of({address.street_code for address in saved}),
    }
    failed = bool(region_errors or form.errors or form.form_errors)
    return render_template("accounts/addresses.html", **context), 422 if failed else 200


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
