"""What is tied to what: event subscribers, outbox handlers, page context, health. One table each."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, jsonify
from flask_login import current_user
from sqlalchemy import text

from marketplace.accounts.policies import Permission
from marketplace.kernel.db import db
from marketplace.kernel.events import Subscriptions
from marketplace.kernel.outbox import Handler
from marketplace.kernel.settings import Settings
from marketplace.kernel.web import Route

SITE_NAME = "西安扶贫超市"


def subscriptions() -> Subscriptions:
    """Events and who hears them, in order."""
    return Subscriptions()


def outbox_handlers() -> Mapping[str, Handler]:
    """Topics and the worker's handlers."""
    return {}


#: (label, endpoint, permission) of the desks a person may enter
DESKS = (
    ("供应商工作台", "supplier.home", Permission.SUPPLIER),
    ("我的收入", "household.home", Permission.HOUSEHOLD),
    ("认定审核", "review.home", Permission.OFFICIAL),
    ("报表", "reports.home", Permission.REPORTS),
    ("财务", "finance.home", Permission.FINANCE),
    ("管理", "backoffice.home", Permission.ADMIN),
)


def install_page_context(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]

    @app.context_processor
    def _context() -> dict[str, Any]:
        return {
            "site_name": SITE_NAME,
            "demo": settings.is_demo,
            "cart_count": 0,
            "categories": [],
            "desk_links": _desk_links(),
        }

    def _desk_links() -> list[dict[str, str]]:
        if not current_user.is_authenticated:
            return []
        return [
            {"label": label, "endpoint": endpoint}
            for label, endpoint, permission in DESKS
            if endpoint in app.view_functions and current_user.allows(permission)
        ]


def health_routes() -> list[Route]:
    return [
        Route("/healthz", "health.live", _live, Permission.PUBLIC),
        Route("/readyz", "health.ready", _ready, Permission.PUBLIC),
    ]


def _live() -> Any:
    return jsonify(status="ok")


def _ready() -> Any:
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ready")
