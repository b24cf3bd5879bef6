"""Where a buyer goes who has just placed."""

from flask import make_response, redirect, url_for
from flask.wrappers import Response

from orders.cart.cookies import write_placed
from orders.checkout.commands import ToPay
from orders.ordering.rules import PaymentMethod
from orders.payments.sessions import open_at_provider, start_session
from orders.payments.web import lead_to_provider


def on_to_payment(placed: ToPay) -> Response:
    """To the provider's page; to the account to transfer to where that was chosen."""
    session = placed.session
    if placed.method is PaymentMethod.TRANSFER:
        response = make_response(redirect(url_for("payments.pay", checkout_token=placed.token), 303))
    elif session is None:  # the form came a second time
        response = lead_to_provider(placed.token, lambda back: start_session(placed.checkout_id, back))
    else:
        response = lead_to_provider(placed.token, lambda back: open_at_provider(session, back))
    write_placed(response, placed.token)
    return response
