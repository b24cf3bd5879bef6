"""Whose cart a request is about, and what was placed from it."""

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from marketplace.accounts.web import current_actor
from marketplace.kernel.errors import NotFound
from orders.cart import queries
from orders.cart.cookies import read_placed, read_token
from orders.cart.queries import CartOwner
from orders.payments.queries import PayPage, pay_page, require_buyers_checkout
from orders.payments.web import current_buyer


def current_owner() -> CartOwner:
    """The member's cart, else that of the guest's cookie."""
    actor = current_actor()
    if actor is not None:
        return CartOwner(user_id=actor.user_id)
    return CartOwner(token=read_token(request.cookies))


def current_count() -> int:
    """Kinds of goods in the visitor's cart, asked once a request and never for a guest without a cart."""
    if "cart_count" not in g:
        try:
            g.cart_count = queries.count_lines(current_owner())
        except SQLAlchemyError:  # a page that reports trouble must not fail for a number in its head
            g.cart_count = 0
    count: int = g.cart_count
    return count


def remember_count(lines: int) -> None:
    """Spare the page the question when the cart was read anyway."""
    g.cart_count = lines


def placed_lately() -> list[PayPage]:
    """What was placed in this browser and waits to be paid; for a guest, who may not have come back from paying and has
    no other way to it, also what is paid. Nothing is asked where nothing was placed."""
    is_guest = current_actor() is None
    found = []
    for token in read_placed(request.cookies):
        try:
            page = pay_page(require_buyers_checkout(current_buyer(token), token))
        except NotFound:
            continue
        if page.due_fen or (is_guest and page.situation == "paid"):
            found.append(page)
    return found
