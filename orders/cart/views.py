"""The cart's page and its buttons. Works without script; with it, a change sends itself."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products.queries import get_skus_for_sale
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import error_text
from marketplace.outlets.queries import find_outlet_by_code, get_outlet
from orders.cart import commands, queries
from orders.cart.cookies import read_channel, write_channel, write_token
from orders.cart.coupons import near_coupons
from orders.cart.freight import expected
from orders.cart.queries import CartLineView
from orders.cart.rules import clean_channel, parse_units
from orders.cart.web import current_owner, placed_lately, remember_count

MAX_ID = 2**31 - 1


def _id(text: str | None) -> int:
    """An id from a form; NotFound for anything that can't be one."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MAX_ID:
        raise NotFound("cart.unknown_sku")
    return int(text)


def via(code: str) -> ResponseReturnValue:
    """The link an outlet hands out: whoever follows it came by the outlet, for some days. A closed one leads home."""
    response = make_response(redirect(url_for("home.show")))
    outlet_id = find_outlet_by_code(code)
    if outlet_id is None:
        raise NotFound
    outlet = get_outlet(outlet_id)
    if outlet.is_open:
        write_channel(response, outlet_id)
        flash(f"欢迎从{outlet.name}过来，要人帮忙就去店里问。", "info")
    return response


def show() -> ResponseReturnValue:
    return _page(queries.cart_lines(current_owner()), {}, {})


def _page(
    lines: list[CartLineView], typed: dict[int, str], errors: dict[int, str], status: int = 200
) -> ResponseReturnValue:
    remember_count(len(lines))
    groups = queries.group_by_supplier(lines)
    chosen = [line for group in groups for line in group.chosen]
    province, freights = expected(current_owner(), groups)
    context: dict[str, Any] = {
        "groups": groups,
        "placed": placed_lately(),
        "province": province,
        "freights": freights,
        "coupons": near_coupons(current_owner(), groups),
        "chosen": chosen,
        "units": sum(line.units for line in chosen),
        "goods_fen": sum(line.total_fen for line in chosen),
        "income_fen": sum(line.income_fen for line in chosen),
        "typed": typed,
        "errors": errors,
    }
    return render_template("orders/cart/show.html", **context), status


def add() -> ResponseReturnValue:
    sku_id = _id(request.form.get("sku_id"))
    typed = request.form.get("units", "1")
    only = request.form.get("go") == "checkout"
    try:
        units = parse_units(typed)
        channel = clean_channel(request.form.get("channel")) or read_channel(request.cookies)
        token = commands.add_to_cart(current_owner(), sku_id, units, channel, only=only)
    except DomainError as error:
        if error.field != "units":
            raise
        return _refused(sku_id, typed, error)
    if not only:
        flash("放进购物车了。", "success")
    response = make_response(redirect(url_for("checkout.show" if only else "cart.show")))
    if current_owner().user_id is None:
        write_token(response, token)
    return response


def _refused(sku_id: int, typed: str, error: DomainError) -> ResponseReturnValue:
    """The same question again, with what was typed and what is wrong with it beside it."""
    sku = get_skus_for_sale([sku_id]).get(sku_id)
    if sku is None:
        raise NotFound("cart.unknown_sku")
    page = render_template("orders/cart/add.html", sku=sku, typed=typed[:20], error=error_text(error))
    return page, error.status


def update() -> ResponseReturnValue:
    owner = current_owner()
    if removed := request.form.get("remove"):
        commands.remove_from_cart(owner, [_id(removed)])
        flash("已经拿出购物车。", "success")
        return redirect(url_for("cart.show"))
    typed = {
        _id(name.removeprefix("units-")): value
        for name, value in request.form.items()
        if name.startswith("units-")
    }
    units: dict[int, int] = {}
    errors: dict[int, str] = {}
    for sku_id, text in typed.items():
        try:
            units[sku_id] = parse_units(text)
        except InvalidInput as error:
            errors[sku_id] = error_text(error)
    if errors:
        return _page(queries.cart_lines(owner), typed, errors, 422)
    commands.update_cart(owner, units, _chosen(owner, units))
    go = request.form.get("go") == "checkout"
    return redirect(url_for("checkout.show" if go else "cart.show"))


def _chosen(owner: queries.CartOwner, units: dict[int, int]) -> set[int]:
    """The ticked boxes, or, after 全选 of a supplier, all or none of its lines."""
    chosen = {_id(value) for value in request.form.getlist("chosen")}
    if supplier := request.form.get("choose"):
        lines = [line for line in queries.cart_lines(owner) if line.sku.supplier_id == _id(supplier)]
        mine = {line.sku.sku_id for line in lines if line.is_orderable}
        chosen = chosen - mine if mine <= chosen else chosen | mine
    return chosen & units.keys()
