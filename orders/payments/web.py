"""Who stands before an order in this request, where its pages are, and the way to the provider's."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import current_app, flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import current_actor
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import error_text
from marketplace.kernel.web import policy_leading_to
from orders.payments.providers.interface import ProviderUnavailable
from orders.payments.providers.registry import online_pay_origin
from orders.payments.rules import Buyer

log = structlog.get_logger()


def current_buyer(
    checkout_token: str | None = None, *, unit_permission: Permission = Permission.UNIT_BUYER
) -> Buyer:
    """The member, or the guest who came with the checkout's secret in the address; with the units in which the person
    holds a permission, whose orders are the unit's."""
    actor = current_actor()
    if actor is None:
        return Buyer(None, checkout_token)
    return Buyer(actor.user_id, checkout_token, frozenset(actor.unit_ids_with(unit_permission)))


def order_url(number: str, checkout_token: str | None) -> str:
    """The buyer's page of an order: the member's, or the guest's by secret."""
    if checkout_token is None:
        return url_for("my_orders.show", number=number)
    return url_for("my_orders.guest", checkout_token=checkout_token, number=number)


def buyers_url(endpoint: str, number: str, checkout_token: str | None, **more: Any) -> str:
    """An address below an order: the member's, or with the secret the guest's (``endpoint`` + ``_guest``)."""
    if checkout_token is None:
        return url_for(endpoint, number=number, **more)
    return url_for(f"{endpoint}_guest", number=number, checkout_token=checkout_token, **more)


def lead_to_provider(checkout_token: str, opening: Callable[[str], str]) -> Response:
    """To the page that ``opening`` gives for the address to come back to; without one, there, with the reason."""
    address = url_for("payments.pay", checkout_token=checkout_token)
    try:
        address = opening(current_app.extensions["settings"].public_url + address)
    except ProviderUnavailable:
        log.warning("payments.provider_unavailable")
        flash("支付机构暂时没有回应，货还给您留着，请过一会儿再试。", "warning")
    except Conflict as error:
        flash(error_text(error), "warning")
    return make_response(redirect(address, 303))


def leading_to_provider(page: ResponseReturnValue) -> Response:
    """A page with a form that ends there: browsers hold the whole way of a form against the page's policy."""
    response = make_response(page)
    if origin := online_pay_origin():
        response.headers["Content-Security-Policy"] = policy_leading_to(origin)
    return response
