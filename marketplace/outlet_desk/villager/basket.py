"""The villager's cart: a guest's cart like any other, whose token lies in the operator's session, one per outlet. It
never mixes with the operator's own."""

from flask import session

from orders.cart.queries import CartOwner

_KEY = "villager_carts"


def basket_of(outlet_id: int) -> CartOwner:
    tokens = session.get(_KEY, {})
    return CartOwner(token=tokens.get(str(outlet_id)))


def keep_basket(outlet_id: int, token: str) -> None:
    session[_KEY] = {**session.get(_KEY, {}), str(outlet_id): token}
