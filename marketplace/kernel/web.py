"""The web edge: route tables with permissions, request ids, headers, and errors as pages.

A route without a permission does not start the app: the default is to refuse.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import error_text

log = structlog.get_logger()

PERMISSIONS = "kernel.route_permissions"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Route:
    """One line of a route table. ``permission`` is a member of the accounts room's enum."""

    rule: str
    endpoint: str
    view: Callable[..., Any]
    permission: StrEnum
    methods: tuple[str, ...] = ("GET",)


def register(app: Flask, package: str, routes: Iterable[Route]) -> None:
    """Add a route table. Endpoints are dotted (``"cart.show"``); ``package`` owns the templates."""
    if not any(blueprint.import_name == package for blueprint in app.blueprints.values()):
        app.register_blueprint(
            Blueprint(package.replace(".", "_") + "_templates", package, template_folder="templates")
        )
    permissions: dict[tuple[str, str], StrEnum] = app.extensions.setdefault(PERMISSIONS, {})
    for route in routes:
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
    method = "GET" if method in {"HEAD", "OPTIONS"} else method
    found: StrEnum | None = app.extensions[PERMISSIONS].get((endpoint, method))
    return found


def install(app: Flask, *, https: bool) -> None:
    @app.before_request
    def _name_request() -> None:
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, endpoint=request.endpoint)

    @app.after_request
    def _add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("X-Request-ID", g.get("request_id", "-"))
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-store"
        return response

    app.register_error_handler(DomainError, _domain_error_page)
    app.register_error_handler(CSRFError, _csrf_page)
    app.register_error_handler(HTTPException, _http_error_page)
    app.register_error_handler(Exception, _crash_page)


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _page(status: int, text: str, code: str) -> tuple[Any, int]:
    if wants_json():
        problem = {"type": "about:blank", "title": text, "status": status, "code": code}
        return jsonify(problem), status
    return (
        render_template(
            "errors/error.html", status=status, text=text, code=code, request_id=g.get("request_id", "-")
        ),
        status,
    )


def _domain_error_page(error: DomainError) -> tuple[Any, int]:
    db.session.rollback()
    return _page(error.status, error_text(error), error.code)


def _csrf_page(_error: CSRFError) -> tuple[Any, int]:
    return _page(400, error_text(DomainError("web.csrf")), "web.csrf")


def _http_error_page(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    known = {400, 401, 403, 404, 405, 408, 413, 415, 422, 429}
    code = f"web.{status}" if status in known else "web.500"
    body, status = _page(status, error_text(DomainError(code)), code)
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return body, status, headers


def _crash_page(error: Exception) -> tuple[Any, int]:
    db.session.rollback()
    log.exception("request.crashed", error=type(error).__name__)
    return _page(500, error_text(DomainError("web.500")), "web.500")
