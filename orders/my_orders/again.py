"""再买一次: what an order held goes into the cart once more, as it is sold today."""

from flask import flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import error_text
from orders.cart.commands import add_to_cart
from orders.cart.cookies import read_channel, write_token
from orders.cart.queries import CartOwner
from orders.cart.web import current_owner
from orders.ordering.queries import lines_of
from orders.payments.queries import require_buyers_order
from orders.payments.web import current_buyer, order_url


def again(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """POST. What can't be bought now is named with its reason; the rest is in the cart all the same."""
    order = require_buyers_order(current_buyer(checkout_token), number)
    owner = current_owner()
    token, missed = "", []
    lines = lines_of(order.id)
    for line in lines:
        try:
            token = add_to_cart(owner, line.sku_id, line.units, read_channel(request.cookies))
            owner = CartOwner(user_id=owner.user_id, token=token)
        except DomainError as error:
            missed.append(f"{line.title} {line.sku_name}：{error_text(error)}")
    if missed:
        flash("没放进购物车：" + "；".join(text.rstrip("。") for text in missed) + "。", "warning")
    if not token:
        return redirect(order_url(number, checkout_token), 303)
    if len(missed) < len(lines):
        flash("放进购物车了，价钱和运费按今天的算。", "success")
    response = make_response(redirect(url_for("cart.show"), 303))
    if owner.user_id is None:
        write_token(response, token)
    return response
