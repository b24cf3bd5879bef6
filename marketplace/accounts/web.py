"""Who is asking, and whether the route is theirs: the session, the current actor and the default-deny guard."""

from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotFound as HttpNotFound
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from marketplace.accounts.devices import device_words, network_words
from marketplace.accounts.policies import Actor, Permission, allows
from marketplace.accounts.queries import FoundUser, load_session_user
from marketplace.accounts.second_factor import must_have
from marketplace.accounts.sessions import SEEN_EVERY, Browser, key_digest, note_seen, open_session
from marketplace.accounts.tokens import find_holder
from marketplace.kernel import clock
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.settings import Settings
from marketplace.kernel.web import is_api_request, own_get_route, page_before, permission_of, wants_json

login_manager = LoginManager()
#: A longer session id is none of ours.
MAX_KEY = 100
#: What a person may still do who has to set up a second factor before anything else.
BEFORE_ENROLMENT = frozenset(
    {"accounts.factor", "accounts.factor_start", "accounts.factor_confirm", "accounts.logout"}
)
#: Extension key of what counts the things that wait for a person (``queries.Waiting``); every head shows the number.
WAITING = "accounts.waiting"


class SessionUser(UserMixin):
    """What a request knows of its person: rows read once, no ORM object."""

    def __init__(self, found: FoundUser, key: str) -> None:
        #: Who must set up a second factor first has no role until then.
        self.must_enrol = must_enrol(found)
        self.actor = Actor(found.actor.user_id, ()) if self.must_enrol else found.actor
        self.display_name = found.display_name
        self.waiting = found.waiting
        self.session_id = found.session_id
        self.seen_at = found.session_seen_at
        self.key = key

    def get_id(self) -> str:
        return f"{self.actor.user_id}:{self.key}"

    def allows(self, permission: str) -> bool:
        return allows(self.actor, Permission(permission))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(session_id: str) -> SessionUser | None:
    user_id, _, key = session_id.partition(":")
    if not (_is_number(user_id) and key and len(key) <= MAX_KEY):
        return None
    found = load_session_user(int(user_id), current_app.extensions.get(WAITING), key_digest(key))
    return SessionUser(found, key) if found is not None else None


def must_enrol(found: FoundUser) -> bool:
    """Whether the shop asks this person for a second factor they have not set up."""
    settings: Settings = current_app.extensions["settings"]
    return settings.requires_second_factor and not found.has_factor and must_have(found.actor)


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
            if found is None or must_enrol(found):
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


def browser_of_request() -> Browser:
    return Browser(
        device_words(request.headers.get("User-Agent", "")), network_words(request.remote_addr or "")
    )


def start_session(user_id: int, *, remember: bool = False) -> SessionUser:
    """Sign a person in on this browser; gives what the next requests will know of them."""
    key = open_session(user_id, browser_of_request(), remember=remember)
    found = load_session_user(user_id, None, key_digest(key))
    if found is None:
        raise Forbidden
    user = SessionUser(found, key)
    login_user(user, remember=remember)
    return user


def end_session() -> None:
    logout_user()


def _note_seen() -> None:
    """Only a request that is there to change something writes that somebody was here."""
    if request.method != "POST" or is_api_request() or not current_user.is_authenticated:
        return
    if current_user.seen_at < clock.now() - SEEN_EVERY:
        note_seen(current_user.session_id)


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
        if actor is not None and _is_held_back(request.endpoint):
            if wants_json():
                raise Forbidden("accounts.factor_first")
            return redirect(url_for("accounts.factor", next=_target()))
        if allows(actor, permission):
            _note_seen()
            return None
        if actor is None and is_api_request():
            raise _ask_for_token()
        if actor is None and not wants_json():
            return _to_sign_in()
        raise Forbidden

    @app.context_processor
    def _who() -> dict[str, Any]:
        return {"allowed": _allowed}


def _to_sign_in() -> Response:
    if request.method != "GET":
        flash("登录已经过期，刚才的内容还没有交上。请重新登录。", "warning")
    return redirect(url_for("accounts.login", next=_target()))


def _target() -> str | None:
    """What was asked for, to be led back to; after a form the page it stood on."""
    return request.full_path.rstrip("?") if request.method == "GET" else page_before()


def _is_held_back(endpoint: str) -> bool:
    """Whether a member's page has to wait until they have set up their second factor."""
    return not is_api_request() and current_user.must_enrol and endpoint not in BEFORE_ENROLMENT


def _allowed(permission: str) -> bool:
    return allows(current_actor(), Permission(permission))


def safe_next(app: Flask, target: str | None) -> str | None:
    """``target`` when it is one of our own GET routes, else None."""
    return target if own_get_route(app, target) not in (None, "accounts.logout", "static") else None
