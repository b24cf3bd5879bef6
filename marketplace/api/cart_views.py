"""The cart: a member's by their token, a guest's by the cart token we gave."""

from collections.abc import Sequence
from typing import Any

from flask import request

from marketplace.accounts.web import current_actor
from marketplace.api.asking import Ask
from marketplace.api.operations import CART_TOKEN, Answer
from marketplace.kernel.errors import InvalidFields, NotFound
from orders.cart import commands, queries
from orders.cart.queries import CartLineView, CartOwner
from orders.cart.rules import clean_channel


def owner() -> CartOwner:
    """Cookies name nobody here, as everywhere in the API."""
    actor = current_actor()
    if actor is not None:
        return CartOwner(user_id=actor.user_id)
    return CartOwner(token=request.headers.get(CART_TOKEN) or None)


def line(view: CartLineView) -> dict[str, Any]:
    sku = view.sku
    return {
        "sku_id": sku.sku_id,
        "product_id": sku.listing_id,
        "title": sku.title,
        "sku_name": sku.sku_name,
        "supplier": {"id": sku.supplier_id, "name": sku.supplier_name},
        "units": view.units,
        "is_chosen": view.is_chosen,
        "state": view.state.value,
        "price_fen": sku.price_fen,
        "total_fen": view.total_fen,
        "income_fen": view.income_fen,
        "ship_by": sku.ship_by,
        "left_of_limit": view.left,
    }


def _cart(whose: CartOwner, lines: Sequence[CartLineView], status: int = 200) -> Answer:
    wanted = [each for each in lines if each.is_chosen and each.is_orderable]
    token = whose.token if whose.user_id is None and lines else None
    content = {
        "token": token,
        "lines": [line(each) for each in lines],
        "goods_fen": sum(each.total_fen for each in wanted),
        "income_fen": sum(each.income_fen for each in wanted),
    }
    return Answer(content, status, {CART_TOKEN: token} if token else {})


def show(_ask: Ask) -> Answer:
    whose = owner()
    return _cart(whose, queries.cart_lines(whose))


def add(ask: Ask) -> Answer:
    body, whose = ask.body, owner()
    token = commands.add_to_cart(whose, body["sku_id"], body["units"], clean_channel(body["channel"]))
    if whose.user_id is None:
        whose = CartOwner(token=token)
    return _cart(whose, queries.cart_lines(whose), 201)


def _stored(whose: CartOwner, sku_id: int) -> queries.CartLineView:
    found = next((each for each in queries.cart_lines(whose) if each.sku.sku_id == sku_id), None)
    if found is None:
        raise NotFound("cart.unknown_sku")
    return found


def change(ask: Ask, sku_id: int) -> Answer:
    whose = owner()
    stored = _stored(whose, sku_id)
    body = ask.body
    if not body:
        raise InvalidFields({"body": ["要改 units 或 is_chosen。"]})
    chosen = body.get("is_chosen", stored.is_chosen)
    commands.update_cart(whose, {sku_id: body.get("units", stored.units)}, [sku_id] if chosen else [])
    return _cart(whose, queries.cart_lines(whose))


def remove(_ask: Ask, sku_id: int) -> Answer:
    whose = owner()
    _stored(whose, sku_id)
    commands.remove_from_cart(whose, [sku_id])
    return Answer(status=204)
