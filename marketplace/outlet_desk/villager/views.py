"""代下单: goods for a villager, who for and where to; and what the outlet ordered so far."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.search import engine
from catalog.search.queries import ask
from marketplace.accounts.addresses import check_street
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, InvalidInput
from marketplace.kernel.forms import asked_text, attach_error, error_text, typed_id
from marketplace.kernel.numbering import new_token
from marketplace.kernel.paging import page_number
from marketplace.kernel.typed import digits_of
from marketplace.outlet_desk.guards import current_outlet, current_outlet_id
from marketplace.outlet_desk.nav import render_desk
from marketplace.outlet_desk.villager import queries
from marketplace.outlet_desk.villager.basket import basket_of, keep_basket
from marketplace.outlet_desk.villager.forms import HOME, OUTLET, VillagerForm
from marketplace.outlets.queries import OutletRow
from marketplace.presentation import qr_code
from marketplace.regions import picker
from marketplace.regions.queries import full_name, path_of
from marketplace.regions.rules import NATION_CODE, county_code_of, is_code, province_code_of
from orders.cart import commands as cart
from orders.cart.queries import CartOwner, count_lines
from orders.cart.rules import parse_units
from orders.checkout.commands import Wish, place
from orders.checkout.pickup import deliver_to_outlet
from orders.checkout.queries import Quote, build_quote
from orders.fulfilment.pickup_queries import pickup_of
from orders.my_orders.queries import count_placed_by_outlet, orders_of_checkout, orders_placed_by_outlet
from orders.my_orders.rules import TAB_WORDS, Tab
from orders.ordering.commands import DeliverTo
from orders.ordering.queries import find_checkout
from orders.ordering.queries import orders_of_checkout as order_facts_of
from orders.ordering.rules import PaymentMethod
from orders.payments.providers.registry import takes_online


def goods() -> ResponseReturnValue:
    outlet = current_outlet()
    question = asked_text()
    ids = (
        ask(engine.current_backend(), question).listing_ids
        if question
        else queries.popular_ids(county_code_of(outlet.region_code))
    )
    return render_desk(
        "outlet_desk/goods.html",
        offers=queries.offers_of(ids[: queries.SHOWN * 2]),
        question=question,
        lines=count_lines(basket_of(outlet.id)),
    )


def add() -> ResponseReturnValue:
    """POST: into the villager's basket, and back to where one looked."""
    outlet_id = current_outlet_id()
    try:
        units = parse_units(request.form.get("units", "1"))
        token = cart.add_to_cart(basket_of(outlet_id), typed_id(request.form.get("sku_id")), units)
    except DomainError as error:
        if error.field != "units":
            raise
        flash(error_text(error), "warning")
    else:
        keep_basket(outlet_id, token)
        flash("放进去了。", "success")
    return redirect(url_for("outlet.goods", q=request.form.get("q", "")[:60] or None), 303)


def basket() -> ResponseReturnValue:
    outlet = current_outlet()
    owner = basket_of(outlet.id)
    form = VillagerForm()
    if request.method == "GET":
        form.key.data = new_token()
        form.how.data = OUTLET if outlet.takes_pickups and outlet.is_open else HOME
        return _basket_page(outlet, owner, form, [], "", 200)
    if _changed(owner):
        return _basket_page(outlet, owner, form, [], "", 200)
    region: list[str] = []
    try:
        deliver_to = _deliver_to(outlet, form, region)
        if deliver_to is not None:
            return _place(outlet, owner, form, deliver_to)
    except DomainError as error:
        if error.field == "region":
            region.append(error_text(error))
        elif error.field:
            attach_error(form, error)
        else:
            return _basket_page(outlet, owner, form, region, error_text(error), error.status)
    return _basket_page(outlet, owner, form, region, "", 422)


def _changed(owner: CartOwner) -> bool:
    """Whether the click only changed what lies in the basket, or asked to reckon again."""
    if removed := request.form.get("remove"):
        cart.remove_from_cart(owner, [typed_id(removed)])
        return True
    if not (request.form.get("step") == "refresh" or request.form.get("region_next")):
        return False
    units: dict[int, int] = {}
    for name, text in request.form.items():
        if name.startswith("units-"):
            try:
                units[typed_id(name.removeprefix("units-"))] = parse_units(text)
            except InvalidInput as error:
                flash(error_text(error), "warning")
    cart.update_cart(owner, units, set(units))
    return True


def _regions(outlet: OutletRow) -> list[str]:
    """What was chosen; before anything was, the outlet's own place."""
    chosen = picker.chosen_in(request.form, "region", len(picker.NATIONAL))
    return chosen if any(chosen) else [region.code for region in path_of(outlet.street_code)]


def _deliver_to(outlet: OutletRow, form: VillagerForm, region: list[str]) -> DeliverTo | None:
    valid = form.validate()
    who, mobile = form.recipient.data or "", form.mobile.data or ""
    if not form.goes_home:
        there = deliver_to_outlet(outlet.id, who, mobile)
        return there if valid else None
    complete = form.check_home()
    try:
        street = check_street(next((code for code in reversed(_regions(outlet)) if code), ""))
    except InvalidInput as error:
        region.append(error_text(error))
        return None
    return DeliverTo(who, mobile, street, form.detail.data or "") if valid and complete else None


def _place(
    outlet: OutletRow, owner: CartOwner, form: VillagerForm, deliver_to: DeliverTo
) -> ResponseReturnValue:
    token = place(
        owner,
        Wish(
            form.key.data or "",
            form.digest.data or "",
            deliver_to,
            PaymentMethod.ONLINE if takes_online() else PaymentMethod.TRANSFER,
            agrees_fresh=bool(form.agree_fresh.data),
            placed_outlet_id=outlet.id,
            placed_by=require_actor().user_id,
        ),
    )
    checkout = find_checkout(token)
    numbers = [order.number for order in order_facts_of(checkout.id)] if checkout else []
    flash("下好单了。现在付，或者把付款码给他。", "success")
    return redirect(url_for("outlet.order", number=numbers[0]), 303)


def _quote(outlet: OutletRow, owner: CartOwner, form: VillagerForm) -> Quote:
    code = next((c for c in _regions(outlet) if c), "") if form.goes_home else outlet.street_code
    return build_quote(owner, province_code_of(code) if is_code(code) else None)


def _basket_page(
    outlet: OutletRow,
    owner: CartOwner,
    form: VillagerForm,
    region: list[str],
    changed: str,
    status: int,
) -> ResponseReturnValue:
    quote = _quote(outlet, owner, form)
    form.digest.data = quote.digest
    form.key.data = form.key.data or new_token()
    levels = picker.levels(NATION_CODE, picker.NATIONAL, _regions(outlet)) if form.goes_home else []
    page = render_desk(
        "outlet_desk/basket.html",
        form=form,
        quote=quote,
        levels=levels,
        region=region,
        changed=changed,
        is_online=takes_online(),
    )
    return page, status


def orders() -> ResponseReturnValue:
    outlet_id = current_outlet_id()
    wanted = request.args.get("state", "")
    tab = Tab(wanted) if wanted in set(Tab) else Tab.ALL
    text = digits_of(request.args.get("q", ""), 24)
    counts = count_placed_by_outlet(outlet_id)
    return render_desk(
        "outlet_desk/orders.html",
        page=orders_placed_by_outlet(outlet_id, tab, text, page_number(request.args.get("page"))),
        tabs=[(each.value, TAB_WORDS[each], counts[each]) for each in Tab],
        current=tab.value,
        text=text,
        has_any=counts[Tab.ALL] > 0,
    )


def _placed(number: str) -> dict[str, Any]:
    """An order the outlet placed, with all of its click: links, codes, rows."""
    found = queries.placed_order(current_outlet_id(), number)
    rows = orders_of_checkout(found.checkout_id)
    base = current_app.extensions["settings"].public_url.rstrip("/")
    pay, look = (
        url_for(endpoint, checkout_token=found.checkout_token)
        for endpoint in ("payments.pay", "my_orders.guest")
    )
    is_here = found.pickup_outlet_id is not None
    return {
        "order": found,
        "rows": rows,
        "total_fen": sum(row.total_fen for row in rows),
        "unpaid": any(row.state == "placed" for row in rows),
        "pay": {"href": pay, "code": qr_code(base + pay)},
        "look": {"href": look, "code": qr_code(base + look)},
        "codes": {row.id: pickup_of(row.id) for row in rows} if is_here else {},
        "place": "" if is_here else full_name(found.street_code),
    }


def order(number: str) -> ResponseReturnValue:
    return render_desk("outlet_desk/order.html", **_placed(number))


def slip(number: str) -> ResponseReturnValue:
    """Paper for the villager: what it is, how to look and pay, and the code once there is one."""
    return render_template("outlet_desk/slip.html", outlet=current_outlet(), **_placed(number))
