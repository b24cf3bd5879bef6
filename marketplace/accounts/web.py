"""Who is asking, and whether the route is theirs: the session, the current actor and the default-deny guard."""

from typing import Any

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.exceptions import NotFound as HttpNotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from marketplace.accounts.policies import Actor, Permission, allows
from marketplace.accounts.queries import load_session_user
from marketplace.accounts.tokens import find_holder
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.web import is_api_request, permission_of, wants_json

login_manager = LoginManager()
#: Extension key of what counts the things that wait for a person (``queries.Waiting``); every head shows the number.
WAITING = "accounts.waiting"


class SessionUser(UserMixin):
    """What a request knows of its person: rows read once, no ORM object."""

    def __init__(self, actor: Actor, display_name: str, session_version: int, waiting: int = 0) -> None:
        self.actor = actor
        self.display_name = display_name
        self.session_version = session_version
        self.waiting = waiting

    def get_id(self) -> str:
        return f"{self.actor.user_id}:{self.session_version}"

    def allows(self, permission: str) -> bool:
        return allows(self.actor, Permission(permission))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(session_id: str) -> SessionUser | None:
    user_id, _, version = session_id.partition(":")
    if not (_is_number(user_id) and _is_number(version)):
        return None
    found = load_session_user(int(user_id), current_app.extensions.get(WAITING))
    if found is None or found.session_version != int(version):
        return None
    return SessionUser(found.actor, found.display_name, found.session_version, found.waiting)


def current_actor() -> Actor | None:
    """The person behind the request, or None for a guest."""
    if is_api_request():
        return _bearer()
    return current_user.actor if current_user.is_authenticated else None


def _bearer() -> Actor | None:
    """The holder of the token the request shows, asked once. Cookies say nothing here, so nobody's browser can be made
    to speak for them. A token that is not good is refused even where none is needed: its owner thinks it works."""
    if "bearer" not in g:
        g.bearer = None
        if "Authorization" in request.headers:
            found = find_holder(bearer_token())
            if found is None:
                raise _ask_for_token("invalid_token")
            g.bearer = found.actor
    actor: Actor | None = g.bearer
    return actor


def bearer_token() -> str:
    """The token the request shows; empty without one."""
    shown = request.authorization
    return (shown.token or "") if shown is not None and shown.type == "bearer" else ""


def _ask_for_token(error: str = "") -> Unauthorized:
    values: dict[str, str | None] = {"realm": "api", **({"error": error} if error else {})}
    return Unauthorized(www_authenticate=WWWAuthenticate("bearer", values))


def require_actor() -> Actor:
    """The signed-in person; the route's permission has made sure there is one."""
    actor = current_actor()
    if actor is None:
        raise Forbidden
    return actor


def start_session(user_id: int, *, remember: bool = False) -> None:
    """Sign a person in on this browser."""
    found = load_session_user(user_id)
    if found is None:
        raise Forbidden
    login_user(SessionUser(found.actor, found.display_name, found.session_version), remember=remember)


def end_session() -> None:
    logout_user()


def install(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.session_protection = None

    @app.before_request
    def _guard() -> Response | None:
        if request.endpoint is None or request.endpoint == "static":
            return None
        permission = permission_of(app, request.endpoint, request.method)
        if permission is None:
            raise HttpNotFound
        is_open = permission in (Permission.PUBLIC, Permission.DEMO)
        actor = None if is_open and not is_api_request() else current_actor()
        if allows(actor, permission):
            return None
        if actor is None and is_api_request():
            raise _ask_for_token()
        if actor is None and not wants_json():
            target = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("accounts.login", next=target))
        raise Forbidden

    @app.context_processor
    def _who() -> dict[str, Any]:
        return {"allowed": _allowed}


def _allowed(permission: str) -> bool:
    return allows(current_actor(), Permission(permission))


def safe_next(app: Flask, target: str | None) -> str | None:
    """``target`` when it is one of our own GET routes, else None."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    path = target.split("?", 1)[0].split("#", 1)[0]
    try:
        adapter = app.url_map.bind("")
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return target if endpoint not in ("accounts.logout", "static") and _printable(target) else None


def _printable(text: str) -> bool:
    return text.isprintable() and "\\" not in text
