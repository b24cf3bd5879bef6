"""Tokens: got for a password, ended by their holder."""

from flask import Response, current_app, request

from marketplace.accounts import tokens
from marketplace.accounts.commands import LoginTry
from marketplace.accounts.rules import WINDOW
from marketplace.accounts.web import bearer_token, require_actor
from marketplace.api.asking import Ask
from marketplace.api.operations import CART_TOKEN, Answer
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import error_text
from marketplace.kernel.settings import DEMO_PASSWORD, Settings
from marketplace.kernel.web import problem
from orders.cart.commands import merge_guest_cart


def _refused() -> frozenset[str]:
    settings: Settings = current_app.extensions["settings"]
    return frozenset() if settings.is_demo else frozenset({DEMO_PASSWORD})


def _factor_required() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return settings.requires_second_factor


def issue(ask: Ask) -> Answer | Response:
    """POST: the guest's cart named in the header joins the member's, as at the login page."""
    login = LoginTry(
        identifier=ask.body["identifier"],
        password=ask.body["password"],
        address=request.remote_addr or "-",
        refused=_refused(),
    )
    try:
        issued = tokens.log_in_for_token(login, ask.body["code"], factor_required=_factor_required())
    except Conflict as error:  # programs know 429 for what a page says in words
        response = problem(429, error_text(error), error.code)
        response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
        return response
    if guest := request.headers.get(CART_TOKEN):
        merge_guest_cart(issued.user_id, guest)
    return Answer({"token": issued.token, "token_type": "Bearer", "expires_at": issued.expires_at}, 201)


def revoke(_ask: Ask) -> Answer:
    tokens.revoke_token(require_actor().user_id, bearer_token())
    return Answer(status=204)
