"""Who stands before an order in this request, and where its pages are."""

from typing import Any

from flask import url_for

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import current_actor
from orders.payments.rules import Buyer


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
