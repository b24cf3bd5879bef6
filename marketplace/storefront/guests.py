"""Pages a guest may keep: answered again with 304 while nothing was written, and rendered once for all who carry
nothing of their own.

Only a visitor without a cart, a sign-in or a message waiting is given what was rendered for another one, and then with
a form token of his own: the token is put in last and is no part of what is kept. A page is kept until anything at all
was written to the database (``kernel.changes``), so a suspension, a sale or a new price is seen at the next request.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

from flask import Response, current_app, g, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.engine import Engine

from marketplace.accounts.web import current_actor
from marketplace.kernel import changes, clock
from marketplace.kernel.db import db
from orders.cart.cookies import read_token

SECONDS = 30.0
MOST_PAGES = 200
_LONGEST_ADDRESS = 200
_FIELD = "csrf_token"
#: Stands for the form token while a page is rendered; no text that could be typed.
_PLACEHOLDER = "\ue000form-token\ue000"


@dataclass(frozen=True, slots=True)
class _Page:
    stamp: str
    at: float
    body: str
    digest: str
    has_token: bool


_pages: WeakKeyDictionary[Engine, OrderedDict[str, _Page]] = WeakKeyDictionary()
_lock = threading.Lock()


View = Callable[..., ResponseReturnValue]


def guest_page(view: View) -> View:
    """A view of a public page that depends on its address and the database, and on nothing else of a guest."""
    return guest_page_unless(lambda: False)(view)


def guest_page_unless(is_own: Callable[[], bool]) -> Callable[[View], View]:
    """The same for a page that shows one thing more of a guest: whoever carries that gets a page of his own."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if _is_blank() and not is_own():
                return _shared(lambda: view(*args, **kwargs))
            if current_actor() is not None:
                return view(*args, **kwargs)
            response, page = _rendered(lambda: view(*args, **kwargs), "")
            return _answered(page) if page is not None else response

        return answer

    return decorate


def _is_blank() -> bool:
    """Whether the visitor carries nothing a page could show: no sign-in, no message, no cart."""
    if set(session) - {_FIELD} or current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies:
        return False
    return read_token(request.cookies) is None


def _shared(view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    stamp = changes.stamp()
    key = f"{clock.today()} {request.full_path}"
    if stamp is None or len(key) > _LONGEST_ADDRESS:
        response, page = _rendered(view, "")
        return _answered(page) if page is not None else response
    shelf = _pages.setdefault(db.engine, OrderedDict())
    found = shelf.get(key)
    if found is not None and found.stamp == stamp and time.monotonic() - found.at < SECONDS:
        return _answered(found)
    response, page = _rendered(view, stamp)
    if page is None:
        return response
    with _lock:
        shelf[key] = page
        shelf.move_to_end(key)
        while len(shelf) > MOST_PAGES:
            shelf.popitem(last=False)
    return _answered(page)


def _rendered(view: Callable[[], ResponseReturnValue], stamp: str) -> tuple[Response, _Page | None]:
    """The view's answer, and the page to keep where it is one: only what was found and sets nothing by itself."""
    setattr(g, _FIELD, _PLACEHOLDER)
    try:
        response = make_response(view())
    finally:
        g.pop(_FIELD, None)
    body = response.get_data(as_text=True)
    has_token = _PLACEHOLDER in body
    if response.status_code != 200 or "Set-Cookie" in response.headers:
        if has_token:
            response.set_data(body.replace(_PLACEHOLDER, generate_csrf()))
        return response, None
    digest = hashlib.sha256(body.encode()).hexdigest()[:20]
    return response, _Page(stamp, time.monotonic(), body, digest, has_token)


def _answered(page: _Page) -> Response:
    if page.has_token and _FIELD not in session:
        generate_csrf()
    own = "-" + hashlib.sha256(session[_FIELD].encode()).hexdigest()[:12] if page.has_token else ""
    response = Response(mimetype="text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    response.set_etag(page.digest + own)
    if request.if_none_match.contains_weak(page.digest + own):
        response.status_code = 304
        return response
    response.set_data(page.body.replace(_PLACEHOLDER, generate_csrf()) if page.has_token else page.body)
    return response
