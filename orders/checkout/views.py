"""The checkout page: GET shows, POST places; 下一步 and 更新运费 only show again with what was typed."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.address_forms import fill_in
from marketplace.accounts.addresses import SavedAddress, addresses_of, check_street, get_address, save_address
from marketplace.accounts.pasting import Pasted, read_pasted
from marketplace.kernel.errors import DomainError, InvalidInput
from marketplace.kernel.forms import attach_error, error_text, typed_id
from marketplace.kernel.numbering import new_token
from marketplace.kernel.plain_text import one_line
from marketplace.kernel.typed import half_width
from marketplace.regions import picker
from marketplace.regions.queries import find_region, full_names_of
from marketplace.regions.rules import NATION_CODE, county_code_of, is_code, province_code_of
from orders.cart.queries import CartOwner
from orders.cart.web import current_owner, remember_count
from orders.checkout import commands
from orders.checkout.commands import ToPay, Wish
from orders.checkout.coupon_fields import chosen_in, code_in, coupons_in
from orders.checkout.forms import NEW_ADDRESS, PICKUP, CheckoutForm
from orders.checkout.outlets import OutletChoice, choice_of
from orders.checkout.pickup import deliver_to_outlet, find_pickup_outlet
from orders.checkout.queries import Quote, build_quote, find_placed
from orders.checkout.web import on_to_payment
from orders.checkout.words import WHY_NOT
from orders.coupons.queries import holder_of
from orders.ordering.commands import DeliverTo
from orders.ordering.parameters import RESERVE_MINUTES_ONLINE, RESERVE_WORKDAYS_TRANSFER
from orders.ordering.rules import PaymentMethod
from orders.payments.providers.registry import takes_online
from orders.payments.web import leading_to_provider

MAX_REMARK = 100
#: the outlet a buyer wants to fetch at, in the session
OUTLET = "pickup_outlet"


@dataclass
class Problems:
    """What is wrong beyond the form's own fields: the place, and what changed since it was shown."""

    region: list[str]
    changed: str = ""
    code: str = ""
    status: int = 422
    pasted: Pasted | None = None


def show() -> ResponseReturnValue:
    owner = current_owner()
    form = CheckoutForm()
    if not takes_online():
        form.offer_transfer_only()
    if request.method == "GET":
        form.key.data = new_token()
        form.regions = list(picker.HOME)
        saved = _saved(owner)
        form.address.data = str(saved[0].id) if saved else NEW_ADDRESS
        _came_from_outlet(form)
        return _page(owner, form, saved, Problems([]), 200)
    form.regions = picker.chosen_in(request.form, "region", len(picker.NATIONAL))
    if request.form.get("step") == "paste":
        return _page(owner, form, _saved(owner), Problems([], pasted=_paste(form)), 200)
    if request.form.get("region_next") or request.form.get("step") in ("refresh", "code"):
        return _page(owner, form, _saved(owner), Problems([]), 200)
    problems = Problems([])
    try:
        deliver_to = _deliver_to(owner, form, problems)
        if deliver_to is not None:
            placed = commands.place_to_pay(owner, _wish(form, deliver_to))
            session.pop(OUTLET, None)
            if owner.user_id is not None and _is_to_be_kept(form):
                _keep_address(owner.user_id, deliver_to)
            return on_to_payment(placed)
    except DomainError as error:
        problems.status = error.status
        if error.field == "region":
            problems.region.append(error_text(error))
        elif error.field:
            attach_error(form, error)
        else:
            problems.changed = error_text(error)
    return _page(owner, form, _saved(owner), problems, problems.status)


def _came_from_outlet(form: CheckoutForm) -> None:
    """``?outlet=`` of the page of outlets: remembered, for the cart may still be empty."""
    asked = find_pickup_outlet(typed_id(request.args.get("outlet")))
    if asked is not None:
        session[OUTLET] = asked.id
        flash(f"记下了：买的东西送到{asked.name}，您去取。", "success")
    if session.get(OUTLET):
        form.how.data = PICKUP


def _is_to_be_kept(form: CheckoutForm) -> bool:
    return bool(form.save_address.data) and form.is_new_address and not form.is_pickup


def _outlets(form: CheckoutForm, saved: list[SavedAddress]) -> OutletChoice:
    """Those of the buyer's own county first: as typed for sending it home, else of the address book."""
    home = _street(form) or next((address.street_code for address in saved), "")
    near = county_code_of(home) if is_code(home) else ""
    return choice_of(request.form, session.get(OUTLET, 0), near)


def _saved(owner: CartOwner) -> list[SavedAddress]:
    return addresses_of(owner.user_id) if owner.user_id is not None else []


def _paste(form: CheckoutForm) -> Pasted:
    """姓名 电话 地址 in one line, put where they belong."""
    pasted = read_pasted(half_width(request.form.get("pasted", "")))
    fill_in(form, pasted)
    form.address.data = NEW_ADDRESS
    form.regions = list(pasted.regions) or form.regions
    return pasted


def _deliver_to(owner: CartOwner, form: CheckoutForm, problems: Problems) -> DeliverTo | None:
    """The address to send to, or None with the reasons at their fields."""
    valid = form.validate()
    if form.is_pickup:
        complete = form.check_address()
        there = deliver_to_outlet(
            typed_id(form.outlet.data), form.recipient.data or "", form.mobile.data or ""
        )
        return there if valid and complete else None
    if not form.is_new_address and owner.user_id is not None:
        saved = get_address(owner.user_id, typed_id(form.address.data))
        return DeliverTo(saved.recipient, saved.mobile, saved.street_code, saved.detail) if valid else None
    complete = form.check_address()
    try:
        street = check_street(_street(form))
    except InvalidInput as error:
        problems.region.append(error_text(error))
        return None
    if not (valid and complete):
        return None
    return DeliverTo(form.recipient.data or "", form.mobile.data or "", street, form.detail.data or "")


def _street(form: CheckoutForm) -> str:
    """The lowest place chosen; whether it is a street, and known, is checked with it."""
    return next((code for code in reversed(form.regions) if code), "")


def _wish(form: CheckoutForm, deliver_to: DeliverTo) -> Wish:
    remarks = {
        typed_id(name.removeprefix("remark-")): one_line(text)[:MAX_REMARK]
        for name, text in request.form.items()
        if name.startswith("remark-")
    }
    method = PaymentMethod(form.method.data)
    digest = form.digest.data or ""
    return Wish(
        form.key.data or "",
        digest,
        deliver_to,
        method,
        remarks,
        form.agree_fresh.data,
        coupons=coupons_in(request.form),
        coupon_code=code_in(request.form),
        invoice=form.title() if form.wants_invoice.data else None,
    )


def _keep_address(user_id: int, place: DeliverTo) -> None:
    try:
        save_address(user_id, place.recipient, place.mobile, place.street_code, place.detail)
    except DomainError:
        return  # the order stands; a full address book is no reason to bother the buyer now


def _province(form: CheckoutForm, saved: list[SavedAddress], outlets: OutletChoice | None) -> str | None:
    """The province the goods would go to, as far as it is known."""
    if outlets is not None:
        code = outlets.chosen.street_code if outlets.chosen else ""
    elif form.is_new_address:
        code = form.regions[0] if form.regions else ""
    else:
        wanted = typed_id(form.address.data)
        code = next((address.street_code for address in saved if address.id == wanted), "")
    return province_code_of(code) if is_code(code) else None


def _page(
    owner: CartOwner, form: CheckoutForm, saved: list[SavedAddress], problems: Problems, status: int
) -> ResponseReturnValue:
    outlets = _outlets(form, saved) if form.is_pickup else None
    province = _province(form, saved, outlets)
    quote = build_quote(owner, province)
    remember_count(quote.line_count)
    if not quote.lines:
        return _nothing(owner, form, quote, problems, status)
    holder = holder_of(owner.user_id, form.mobile.data or "") if owner.user_id or form.mobile.data else None
    quote, coupons, problems.code = chosen_in(quote, request.form, holder)
    if quote.excluded and not problems.region:
        names = "、".join(supplier.supplier_name for supplier in quote.excluded)
        problems.region.append(error_text(InvalidInput("checkout.excluded", suppliers=names)))
    if status == 422:
        _also_missing(form, quote)
    form.digest.data = quote.digest
    if not form.key.data:
        form.key.data = new_token()
    if outlets is not None:
        _suggest_person(form, outlets, saved)
    context: dict[str, Any] = {
        "form": form,
        "quote": quote,
        "province": find_region(province) if province else None,
        "saved": saved,
        "places": full_names_of({address.street_code for address in saved}),
        "outlets": outlets,
        "coupons": coupons,
        "why_not": WHY_NOT,
        "levels": [] if outlets else picker.levels(NATION_CODE, picker.NATIONAL, form.regions),
        "problems": problems,
        "pasted": problems.pasted,
        "remarks": request.form,
        "minutes": RESERVE_MINUTES_ONLINE.get(),
        "workdays": RESERVE_WORKDAYS_TRANSFER.get(),
        "new_address": NEW_ADDRESS,
    }
    return leading_to_provider((render_template("orders/checkout/show.html", **context), status))


def _also_missing(form: CheckoutForm, quote: Quote) -> None:
    """What placing would ask for after the address, so that all of it is mended in one go."""
    if quote.fresh_lines and not form.agree_fresh.data and not form.agree_fresh.errors:
        attach_error(form, InvalidInput("checkout.agree_fresh", field="agree_fresh"))
    if form.wants_invoice.data and not (form.invoice_title.errors or form.invoice_tax_number.errors):
        try:
            form.title()
        except InvalidInput as error:
            attach_error(form, error)


def _suggest_person(form: CheckoutForm, outlets: OutletChoice, saved: list[SavedAddress]) -> None:
    """Who fetches it is as a rule who has it sent otherwise."""
    form.outlet.data = str(outlets.chosen.id) if outlets.chosen else ""
    if saved and not form.recipient.data and not form.mobile.data and not form.errors:
        form.recipient.data, form.mobile.data = saved[0].recipient, saved[0].mobile


def _nothing(
    owner: CartOwner, form: CheckoutForm, quote: Quote, problems: Problems, status: int
) -> ResponseReturnValue:
    placed = find_placed(owner, form.key.data or "") if request.method == "POST" else None
    if placed is not None:  # asked once more by going back
        return on_to_payment(ToPay(placed.id, placed.token, is_new=False))
    if not quote.left_out:  # the cart knows what was placed from another page
        if request.method == "POST":
            flash(problems.changed or "没有选中要买的货，请在购物车里选一下。", "warning")
        return redirect(url_for("cart.show"), 303)
    return render_template("orders/checkout/nothing.html", quote=quote, problems=problems), status
