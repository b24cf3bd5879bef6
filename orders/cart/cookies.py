"""The guest's cart token in a signed cookie. A cookie that was altered is no cookie."""

from collections.abc import Mapping

from flask import Response, current_app
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.kernel.settings import Settings

MAX_AGE = 90 * 86400


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _name() -> str:
    return "__Host-cart" if _settings().https else "cart"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="orders.cart")


def read_token(cookies: Mapping[str, str]) -> str | None:
    """The token in these cookies, or None."""
    signed = cookies.get(_name())
    if not signed or len(signed) > 200:
        return None
    try:
        token = _serializer().loads(signed)
    except BadSignature:
        return None
    return token if isinstance(token, str) else None


def signed(token: str) -> tuple[str, str]:
    """(name, value) of the cookie for a token."""
    return _name(), str(_serializer().dumps(token))


def write_token(response: Response, token: str) -> None:
    name, value = signed(token)
    response.set_cookie(
        name, value, max_age=MAX_AGE, httponly=True, samesite="Lax", secure=_settings().https, path="/"
    )


def drop_token(response: Response) -> None:
    response.delete_cookie(_name(), path="/", secure=_settings().https, httponly=True, samesite="Lax")
