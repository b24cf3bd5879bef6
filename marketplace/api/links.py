"""Addresses in answers: whole, and built from the one configured public address only."""

from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for

from marketplace.kernel.settings import Settings


def public(path: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url.rstrip("/") + path


def page(endpoint: str, **values: Any) -> str:
    return public(url_for(endpoint, **values))


def next_page(number: int, *, there_is: bool) -> str | None:
    """This list's address with the next page's number."""
    return again(page=str(number + 1)) if there_is else None


def again(**values: str) -> str:
    """The address that was asked, with other values in it."""
    return public(f"{request.path}?{urlencode({**request.args.to_dict(), **values})}")
