"""Where a buyer goes who has just placed."""

from flask import flash, make_response, redirect, request, url_for
from flask.wrappers import Response

from orders.cart.cookies import write_placed
from orders.checkout.commands import ToPay
from orders.payments.sessions import open_at_provider
from orders.payments.web import lead_to_provider


def on_to_payment(placed: ToPay) -> Response:
    """To the provider's page; to ours where a transfer was chosen, or where this very form has been placed before, for
    what was changed in it since is not in that order."""
    session = placed.session
    if session is not None:
        response = lead_to_provider(placed.token, lambda back: open_at_provider(session, back))
    else:
        response = make_response(redirect(url_for("payments.pay", checkout_token=placed.token), 303))
    if not placed.is_new:
        flash("这一单刚才已经下好了，这次没有再下。", "info")
    write_placed(response, request.cookies, placed.token)
    return response
