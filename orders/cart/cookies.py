"""The guest's cart token, the outlet whose link was followed and the checkout placed last, in signed cookies. One that
was altered is none."""

from collections.abc import Mapping

from flask import Response, current_app
from itsdangerous import BadSignature

from marketplace.kernel.settings import Settings
from marketplace.kernel.signing import dated_signing, signing
from orders.cart.channel import channel_of_outlet, outlet_of_channel
from orders.cart.parameters import CHANNEL_DAYS

MAX_AGE = 90 * 86400
_CART, _CHANNEL, _PLACED = "orders.cart", "orders.channel", "orders.placed"
#: how long a cart still says that something is to be paid, in seconds; the browser forgets it when it is closed
PLACED_AGE = 86400
MOST_PLACED = 3


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _name() -> str:
    return "__Host-cart" if _settings().https else "cart"


def read_token(cookies: Mapping[str, str]) -> str | None:
    """The token in these cookies, or None."""
    signed = cookies.get(_name())
    if not signed or len(signed) > 200:
        return None
    try:
        token = signing(_CART).loads(signed)
    except BadSignature:
        return None
    return token if isinstance(token, str) else None


def signed(token: str) -> tuple[str, str]:
    """(name, value) of the cookie for a token."""
    return _name(), str(signing(_CART).dumps(token))


def write_token(response: Response, token: str) -> None:
    name, value = signed(token)
    response.set_cookie(
        name, value, max_age=MAX_AGE, httponly=True, samesite="Lax", secure=_settings().https, path="/"
    )


def _placed_name() -> str:
    return "__Host-placed" if _settings().https else "placed"


def write_placed(response: Response, cookies: Mapping[str, str], checkout_token: str) -> None:
    """Remember what was placed last: who goes back before paying finds it gone from the cart, and a guest has no other
    way to it."""
    tokens = [checkout_token, *(token for token in read_placed(cookies) if token != checkout_token)]
    response.set_cookie(
        _placed_name(),
        str(dated_signing(_PLACED).dumps(tokens[:MOST_PLACED])),
        httponly=True,
        samesite="Lax",
        secure=_settings().https,
        path="/",
    )


def read_placed(cookies: Mapping[str, str]) -> list[str]:
    """The tokens of checkouts placed in this browser, the last one first."""
    signed_tokens = cookies.get(_placed_name())
    if not signed_tokens or len(signed_tokens) > 300:
        return []
    try:
        tokens = dated_signing(_PLACED).loads(signed_tokens, max_age=PLACED_AGE)
    except BadSignature:
        return []
    return tokens if isinstance(tokens, list) else []


def _channel_name() -> str:
    return "__Host-via" if _settings().https else "via"


def write_channel(response: Response, outlet_id: int) -> None:
    """Remember which outlet's link was followed last."""
    response.set_cookie(
        _channel_name(),
        str(dated_signing(_CHANNEL).dumps(channel_of_outlet(outlet_id))),
        max_age=CHANNEL_DAYS.get() * 86400,
        httponly=True,
        samesite="Lax",
        secure=_settings().https,
        path="/",
    )


def read_channel(cookies: Mapping[str, str]) -> str:
    """The channel code of these cookies, or "" for none, an altered or an old one."""
    signed_code = cookies.get(_channel_name())
    if not signed_code or len(signed_code) > 200:
        return ""
    try:
        code = dated_signing(_CHANNEL).loads(signed_code, max_age=CHANNEL_DAYS.get() * 86400)
    except BadSignature:
        return ""
    return code if isinstance(code, str) and outlet_of_channel(code) is not None else ""
