"""The composition root: the one place that knows every room and ties them together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from flask import Flask
from flask_babel import Babel
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import catalog.routes
import certification.routes
import marketplace.accounts.routes
import marketplace.api.routes
import marketplace.backoffice.routes
import marketplace.messages.routes
import marketplace.outlet_desk.routes
import marketplace.regions.routes
import marketplace.reporting.routes
import marketplace.review_desk.routes
import marketplace.storefront.routes
import marketplace.unit_desk.routes
import orders.routes
import supplier_portal.routes
from marketplace import presentation, tables, wiring
from marketplace.accounts import web as accounts_web
from marketplace.accounts.policies import Permission
from marketplace.error_texts import ERROR_TEXTS
from marketplace.kernel import crypto, events, import_runs, logs, mail, media, outbox, web
from marketplace.kernel.db import db
from marketplace.kernel.forms import ERROR_TEXTS as ERROR_TEXTS_KEY
from marketplace.kernel.settings import Settings
from marketplace.shop import Limits, Shop

csrf = CSRFProtect()
limiter = Limits(get_remote_address, default_limits=[], headers_enabled=True)
#: Pages link to static files with a version in the address (``static_url``), so they may be kept for a year.
STATIC_AGE = 365 * 86400
#: To all routes but those that name more in their table (``Route.upload_bytes``).
MAX_UPLOAD = 16 * 1024 * 1024


def _limited(routes: Sequence[web.Route], rates: Mapping[str, str]) -> list[web.Route]:
    """Routes with what one address may send to some of them, or read where a page is nothing but dear to make."""
    return [
        replace(
            route,
            view=limiter.limit(
                rates[route.endpoint], methods=["POST"] if "POST" in route.methods else ["GET"]
            )(route.view),
        )
        if route.endpoint in rates
        else route
        for route in routes
    ]


API_RATES = marketplace.api.routes.rates()
ROUTE_TABLES = (
    ("marketplace.regions", marketplace.regions.routes.routes),
    (
        "marketplace.accounts",
        _limited(marketplace.accounts.routes.routes, marketplace.accounts.routes.RATES),
    ),
    ("marketplace.messages", marketplace.messages.routes.routes),
    ("certification", _limited(certification.routes.routes, certification.routes.RATES)),
    ("catalog", catalog.routes.routes),
    ("orders", orders.routes.routes),
    ("marketplace.reporting", marketplace.reporting.routes.routes),
    ("supplier_portal", supplier_portal.routes.routes),
    ("marketplace.outlet_desk", marketplace.outlet_desk.routes.routes),
    ("marketplace.unit_desk", marketplace.unit_desk.routes.routes),
    ("marketplace.review_desk", marketplace.review_desk.routes.routes),
    ("marketplace.backoffice", marketplace.backoffice.routes.routes),
    ("marketplace.storefront", marketplace.storefront.routes.routes),
    (
        "marketplace.api",
        [
            replace(route, view=limiter.limit(API_RATES[route.endpoint])(route.view))
            for route in marketplace.api.routes.routes
        ],
    ),
)
#: Endpoints of other machines: they prove themselves by signature, not by a form token.
SIGNED_ENDPOINTS = ("payments.webhook",)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises when the settings are unsafe or a route declares no permission."""
    settings = settings or Settings()
    tables.require()
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Shop("marketplace", root_path=str(_root()), static_folder="static", template_folder="templates")
    app.config.from_mapping(_config(settings))
    app.extensions["settings"] = settings
    app.extensions["media_folder"] = settings.media_folder
    app.extensions[ERROR_TEXTS_KEY] = ERROR_TEXTS
    app.url_map.converters["int"] = web.IdConverter
    crypto.configure(settings.keys.encryption, settings.keys.lookup)
    logs.configure()
    # first: a request has its number before anything can refuse it
    web.install(app, https=settings.https, log_requests=settings.log_requests)
    _install_extensions(app)
    events.install(app.extensions, wiring.subscriptions())
    outbox.install(app.extensions, wiring.outbox_handlers(), wiring.TELLING)
    import_runs.install(app.extensions, wiring.importers())
    mail.install(app.extensions, settings, wiring.SITE_NAME)
    wiring.install_payment_providers(app)
    presentation.install(app)
    wiring.install_page_context(app)
    accounts_web.install(app)
    _register_routes(app, settings)
    _wrap_wsgi(app, settings)
    return app


def _root() -> Path:
    return Path(__file__).parent


def _config(settings: Settings) -> dict[str, Any]:
    # an hour at most: a connection of SQLite's knows the statistics of when it was opened
    engine_options: dict[str, Any] = {"pool_recycle": 3600}
    if str(settings.database_url).startswith("sqlite"):
        # the connection used last has its pages and prepared statements at hand; a purchase alone prepares some 80
        engine_options |= {"pool_size": 20, "max_overflow": 20, "pool_use_lifo": True}
        engine_options["connect_args"] = {"cached_statements": 1024}
    else:
        engine_options |= {"pool_pre_ping": True}
    prefix = "__Host-" if settings.https else ""
    return {
        "SECRET_KEY": settings.keys.secret,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options,
        "MAX_CONTENT_LENGTH": MAX_UPLOAD,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_COOKIE_NAME": f"{prefix}session",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "REMEMBER_COOKIE_NAME": f"{prefix}remember",
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SECURE": settings.https,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": settings.https,
        "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "RATELIMIT_STORAGE_URI": settings.rate_limit_storage,
        "RATELIMIT_ENABLED": settings.environment != "test",
        "TESTING": settings.environment == "test",
    }


def _install_extensions(app: Flask) -> None:
    db.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    Babel(app)


def _register_routes(app: Flask, settings: Settings) -> None:
    public_media = [
        web.Route("/media/<token>/<int:width>.webp", "media.picture", media.show_picture, Permission.PUBLIC),
        web.Route("/media/<token>/video", "media.video", media.show_video, Permission.PUBLIC),
    ]
    web.register(app, "marketplace", [*public_media, *wiring.health_routes()])
    for package, routes in ROUTE_TABLES:
        web.register(
            app, package, [r for r in routes if settings.is_demo or r.permission is not Permission.DEMO]
        )
    for endpoint in (*SIGNED_ENDPOINTS, *API_RATES):  # no cookie speaks for anybody in the API
        if endpoint in app.view_functions:
            csrf.exempt(app.view_functions[endpoint])
    app.jinja_env.globals["media_url"] = media.media_url
    app.jinja_env.globals["video_url"] = media.video_url
    web.check_every_route(app)


def _static_headers(settings: Settings) -> Callable[[Headers, str, str], None]:
    """Files that pages also link to without a version must be asked for again now and then."""

    def add(headers: Headers, _path: str, url: str) -> None:
        web.add_security_headers(headers, https=settings.https)
        _shorten_unversioned(headers, url)

    return add


def _shorten_unversioned(headers: Headers, url: str) -> None:
    if url.endswith(("/favicon.svg", "/no-picture.svg", "/manifest.json")):
        headers["Cache-Control"] = "public, max-age=3600"


def _wrap_wsgi(app: Flask, settings: Settings) -> None:
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=f"{_root()}/static",
        prefix="static/",
        max_age=STATIC_AGE,
        add_headers_function=_static_headers(settings),
    )
