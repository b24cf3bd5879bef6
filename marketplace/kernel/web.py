"""The web edge: route tables with permissions, request ids, headers, and errors as pages.

A route without a permission does not start the app: the default is to refuse.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    before_render_template,
    current_app,
    g,
    redirect,
    render_template,
    request,
)
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.exceptions import NotFound as HttpNotFound
from werkzeug.routing import IntegerConverter, RequestRedirect

from marketplace.kernel.db import db, is_out_of_room
from marketplace.kernel.errors import DomainError, InvalidFields
from marketplace.kernel.forms import error_text
from marketplace.kernel.paging import Page

log = structlog.get_logger()

PERMISSIONS = "kernel.route_permissions"
UPLOADS = "kernel.route_uploads"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = "max-age=31536000"
#: Everything below it is for programs: no cookie speaks for a person there, and errors are problems (RFC 9457).
API_PREFIX = "/api/"
PROBLEM = "application/problem+json"
_TITLES = {
    400: "请求看不懂",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种操作",
    408: "等太久了",
    409: "和现在的情况冲突",
    413: "内容太大",
    415: "不支持这种内容",
    416: "没有这一段",
    422: "内容填得不对",
    429: "操作太快",
    500: "我们出了问题",
    503: "暂时办不了",
}
#: what an error's headers tell a program
_KEPT_HEADERS = {"Allow", "Content-Range", "Retry-After", "WWW-Authenticate"}


def policy_leading_to(origin: str) -> str:
    """The policy of a page with a form that leads on to one other site, such as where one pays."""
    own = "form-action 'self'"
    return CONTENT_SECURITY_POLICY.replace(own, f"{own} {origin}")


class IdConverter(IntegerConverter):
    """``<int:…>`` of every route: ASCII digits that fit the databases' integer columns. Anything else names nothing."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Any, *args: Any, **kwargs: Any) -> None:  # noqa: A002 — Werkzeug's name
        super().__init__(map, *args, **kwargs)
        self.max = 2**31 - 1


class Headers(Protocol):
    """Those of Flask or of WSGI."""

    def items(self) -> Iterable[tuple[str, str]]: ...

    def add_header(self, name: str, value: str, /) -> None: ...


def add_security_headers(headers: Headers, *, https: bool) -> None:
    """Those that a view has not set itself."""
    # once: each ``setdefault`` would go through all of them
    there = {name.lower() for name, _ in headers.items()}
    if https and "strict-transport-security" not in there:
        headers.add_header("Strict-Transport-Security", HSTS)
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in there:
            headers.add_header(name, value)


@dataclass(frozen=True)
class Route:
    """One line of a route table. ``permission`` is a member of the accounts room's enum; ``upload_bytes`` what may be
    sent to it where that is more than to any other."""

    rule: str
    endpoint: str
    view: Callable[..., Any]
    permission: StrEnum
    methods: tuple[str, ...] = ("GET",)
    upload_bytes: int | None = None


def register(app: Flask, package: str, routes: Iterable[Route]) -> None:
    """Add a route table. Endpoints are dotted (``"cart.show"``); ``package`` owns the templates."""
    if not any(blueprint.import_name == package for blueprint in app.blueprints.values()):
        app.register_blueprint(
            Blueprint(package.replace(".", "_") + "_templates", package, template_folder="templates")
        )
    permissions: dict[tuple[str, str], StrEnum] = app.extensions.setdefault(PERMISSIONS, {})
    uploads: dict[str, int] = app.extensions.setdefault(UPLOADS, {})
    for route in routes:
        if route.upload_bytes is not None:
            uploads[route.endpoint] = route.upload_bytes
        app.add_url_rule(
            route.rule, endpoint=route.endpoint, view_func=route.view, methods=list(route.methods)
        )
        for method in route.methods:
            permissions[route.endpoint, method] = route.permission


class RouteWithoutPermission(Exception):
    pass


def check_every_route(app: Flask) -> None:
    """Raise RouteWithoutPermission when a rule and method declares none."""
    permissions = app.extensions.get(PERMISSIONS, {})
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if rule.endpoint != "static" and (rule.endpoint, method) not in permissions:
                raise RouteWithoutPermission(f"{method} {rule.rule} ({rule.endpoint})")


def permission_of(app: Flask, endpoint: str, method: str) -> StrEnum | None:
    permissions: dict[tuple[str, str], StrEnum] = app.extensions[PERMISSIONS]
    if method == "OPTIONS":  # says only which methods there are
        return next((found for (named, _), found in permissions.items() if named == endpoint), None)
    return permissions.get((endpoint, "GET" if method == "HEAD" else method))


#: A request that takes longer is worth a line in the log everywhere.
SLOW_SECONDS = 2.0


def install(app: Flask, *, https: bool, log_requests: bool = False) -> None:
    """The edge of every request. ``log_requests`` writes a line for each; slow and failed ones always have one."""

    @app.before_request
    def _name_request() -> None:
        g.request_id = secrets.token_hex(8)
        g.started = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, endpoint=request.endpoint)

    @app.before_request
    def _refuse_nul() -> None:
        if request.mimetype != "multipart/form-data":  # Werkzeug bounds the fields of those only
            request.max_content_length = app.config["MAX_FORM_MEMORY_SIZE"]
        elif request.endpoint in app.extensions[UPLOADS]:
            # as much again: what is a little too large is read, and refused at its field
            request.max_content_length = 2 * app.extensions[UPLOADS][request.endpoint]
        if "\0" in request.path:
            raise HttpNotFound
        if request.endpoint is not None and any("\0" in text for text in _sent_texts()):
            raise BadRequest

    @app.after_request
    def _add_headers(response: Response) -> Response:
        headers = response.headers
        add_security_headers(headers, https=https)
        headers.setdefault("X-Request-ID", g.get("request_id", "-"))
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-store"
        _log_request(response, always=log_requests)
        return response

    before_render_template.connect(_back_to_last_page, app)
    app.register_error_handler(DomainError, _domain_error_page)
    app.register_error_handler(CSRFError, _csrf_page)
    app.register_error_handler(HTTPException, _http_error_page)
    app.register_error_handler(DBAPIError, _database_page)
    app.register_error_handler(Exception, _crash_page)


def _back_to_last_page(_app: Flask, *, context: Mapping[str, object], **_: object) -> None:
    """Beyond the end of a list, where one is once its last page is dealt with, a page would say that there is nothing
    at all: to the last one there is instead."""
    page = context.get("page")
    if isinstance(page, Page) and page.page > page.pages and request.method == "GET":
        asked = {**request.args.to_dict(flat=False), "page": page.pages}
        abort(redirect(f"?{urlencode(asked, doseq=True)}", 303))


def _log_request(response: Response, *, always: bool) -> None:
    """By its route, never its address: some addresses are somebody's secret."""
    seconds = perf_counter() - g.get("started", perf_counter())
    is_bad = response.status_code >= 500 or seconds > SLOW_SECONDS
    if always or is_bad:
        say = log.warning if is_bad else log.info
        say(
            "request",
            method=request.method,
            route=str(request.url_rule) if request.url_rule else None,
            status=response.status_code,
            ms=round(seconds * 1000),
        )


def _sent_texts() -> Iterator[str]:
    """Names and values of the address and the form: PostgreSQL stores no NUL, and no honest browser sends one."""
    # most requests send neither, and reading a form costs more than finding none
    sent = [request.args] if request.query_string else []
    if request.mimetype:
        sent.append(request.form)
    for values in sent:
        for name, value in values.items(multi=True):
            yield name
            yield value


def page_before() -> str | None:
    """The page of ours that the request was sent from, as an address within the shop."""
    sent_from = urlsplit(request.referrer or "")
    if sent_from.netloc != request.host:
        return None
    address = f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path
    return address if own_get_route(current_app, address) else None


def own_get_route(app: Flask, target: str | None) -> str | None:
    """The endpoint of an address within the shop that answers GET; None for any other address."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    path = target.split("?", 1)[0].split("#", 1)[0]
    try:
        adapter = app.url_map.bind("")
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint) if target.isprintable() and "\\" not in target else None


def is_api_request() -> bool:
    return request.path.startswith(API_PREFIX)


def wants_json() -> bool:
    return is_api_request() or request.accept_mimetypes.best == "application/json"


def problem(
    status: int, text: str, code: str, errors: Mapping[str, Sequence[str]] | None = None, **more: Any
) -> Response:
    """An error as RFC 9457 has it. ``type`` stays about:blank, so ``title`` is the status in words and ``code`` says
    what exactly happened; ``errors`` are sentences by field, ``more`` whatever helps to go on."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, _TITLES[500]),
        "status": status,
        "detail": text,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    return Response(json.dumps({**body, **more}, ensure_ascii=False), status, content_type=PROBLEM)


def problem_of(error: DomainError, **more: Any) -> Response:
    """The problem a DomainError is, with its sentence at its field."""
    text = error_text(error)
    errors = {error.field: [text]} if error.field else None
    if isinstance(error, InvalidFields):
        errors = {name: list(texts) for name, texts in error.errors.items()}
    return problem(error.status, text, error.code, errors, **more)


def _page(status: int, text: str, code: str, back: str | None = None) -> tuple[Any, int]:
    """``back`` is the address of the page to go on from, where that is known."""
    if wants_json():
        return problem(status, text, code), status
    number = g.get("request_id", "-")
    try:
        page = render_template(
            "errors/error.html", status=status, text=text, code=code, request_id=number, back=back
        )
    except Exception:  # what broke the request (a database that is down) can break the page that says so
        db.session.rollback()
        log.exception("error_page.crashed")
        return Response(f"{text}\n{number}\n", status, mimetype="text/plain"), status
    return page, status


def _domain_error_page(error: DomainError) -> tuple[Any, int]:
    db.session.rollback()
    if wants_json():
        return problem_of(error), error.status
    return _page(error.status, error_text(error), error.code)


def _csrf_page(_error: CSRFError) -> tuple[Any, int]:
    return _page(400, error_text(DomainError("web.csrf")), "web.csrf", back=page_before())


def _http_error_page(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    known = {400, 401, 403, 404, 405, 408, 413, 415, 416, 422, 429}
    code = f"web.{status}" if status in known else "web.500"
    body, status = _page(status, error_text(DomainError(code, megabytes=_most_megabytes())), code)
    headers = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    return body, status, headers


def _most_megabytes() -> int:
    """What may be sent at once to where this request went."""
    most = current_app.extensions[UPLOADS].get(request.endpoint) or request.max_content_length or 0
    return int(most) // 1024 // 1024


def _database_page(error: DBAPIError) -> Any:
    """A full disk is nobody's mistake here: nothing was done, and it may be tried again."""
    if not is_out_of_room(error):
        return _crash_page(error)
    db.session.rollback()
    log.critical("database.full")
    body, status = _page(503, error_text(DomainError("web.503")), "web.503")
    return body, status, {"Retry-After": "300"}


def _crash_page(error: Exception) -> tuple[Any, int]:
    db.session.rollback()
    log.exception("request.crashed", error=type(error).__name__)
    return _page(500, error_text(DomainError("web.500")), "web.500")
