"""The buyer has the goods."""

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import IllegalTransition
from marketplace.kernel.forms import error_text
from orders.fulfilment import commands
from orders.payments.web import current_buyer, order_url


def receive(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """POST, by the member or by the guest with the secret."""
    try:
        commands.receive(current_buyer(checkout_token), number)
    except IllegalTransition as error:
        flash(error_text(error), "warning")
    else:
        flash("收货确认了，谢谢。过了售后期，农户的收入就确认下来。", "success")
    return redirect(order_url(number, checkout_token), 303)
