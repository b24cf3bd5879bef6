"""The buyer's side of fulfilment: "I have it", and another address before it is shipped."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.accounts.address_forms import AddressForm
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import attach_error, error_text, errors_flashed
from marketplace.regions import picker
from marketplace.regions.queries import get_region
from marketplace.regions.rules import province_code_of
from orders.fulfilment import commands
from orders.fulfilment.readdressing import change_address, may_change_address
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from orders.payments.queries import require_buyers_order
from orders.payments.web import current_buyer, order_url


def receive(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """POST, by the member or by the guest with the secret."""
    with errors_flashed():
        commands.receive(current_buyer(checkout_token), number)
        flash("收货确认了，谢谢。过了售后期，农户的收入就确认下来。", "success")
    return redirect(order_url(number, checkout_token), 303)


def address(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """GET and POST: where the parcel goes, within the province."""
    buyer = current_buyer(checkout_token)
    order = require_buyers_order(buyer, number)
    if not may_change_address(order):
        flash("这个订单的地址现在改不了。", "warning")
        return redirect(order_url(number, checkout_token), 303)
    province = province_code_of(order.street_code)
    if request.method == "GET":
        form = AddressForm(
            data={"recipient": order.recipient, "mobile": order.mobile, "detail": order.address_detail}
        )
        levels = _levels(province, picker.path_below(province, order.street_code))
        return _page(order, form, levels, [], checkout_token)
    form = AddressForm()
    levels = _levels(province, picker.chosen_in(request.form, "region", 3))
    if request.form.get("region_next"):
        return _page(order, form, levels, [], checkout_token)
    wrong: list[str] = []
    valid = form.validate()
    street = picker.deepest(levels)
    to = DeliverTo(form.recipient.data or "", form.mobile.data or "", street, form.detail.data or "")
    try:
        if valid:
            change_address(buyer, number, to)
            flash("地址改好了，供应商会按新地址发。", "success")
            return redirect(order_url(number, checkout_token), 303)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        if error.field == "region":
            wrong.append(error_text(error))
        else:
            attach_error(form, error)
    return _page(order, form, levels, wrong, checkout_token, 422)


def _levels(province: str, chosen: list[str]) -> list[picker.Level]:
    return picker.levels(province, picker.NATIONAL[1:], chosen)


def _page(
    order: Order,
    form: AddressForm,
    levels: list[picker.Level],
    wrong: list[str],
    checkout_token: str | None,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "orders/fulfilment/address.html",
        number=order.number,
        form=form,
        levels=levels,
        region_errors=wrong,
        province=get_region(province_code_of(order.street_code)).name,
        back=order_url(order.number, checkout_token),
    )
    return page, status
