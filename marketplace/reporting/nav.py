"""The left navigation of the reports and the one way to render their pages."""

from typing import Any

from flask import render_template, request, url_for

from marketplace.accounts.models import Role
from marketplace.accounts.web import require_actor
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from marketplace.reporting.queries import roots_of

ENTRIES = (
    ("区域报表", "reports.home", "bar-chart"),
    ("每一单", "reports.orders", "receipt"),
    ("账目自检", "reports.verify", "shield-check"),
)


def render_desk(template: str, **context: Any) -> str:
    actor = require_actor()
    roots = roots_of(actor)
    name = "、".join(place_name(region) for region in names_of(roots).values())
    is_platform = actor.has_role(Role.ADMIN, Role.FINANCE, Role.AUDITOR)
    shown = "reports.orders" if request.endpoint == "reports.order" else request.endpoint
    items = [
        {
            "label": label,
            "href": url_for(endpoint, **_kept(endpoint)),
            "icon": icon,
            "current": endpoint == shown,
        }
        for label, endpoint, icon in ENTRIES
        if endpoint != "reports.verify" or is_platform
    ]
    return render_template(
        template,
        desk_nav=[{"title": "报表", "items": items}],
        desk_title=f"{name} · 数据与对账",
        desk_user_line="平台" if is_platform else f"{name}干部",
        **context,
    )


def _kept(endpoint: str) -> dict[str, Any]:
    """Region and period go along from page to page."""
    if endpoint == "reports.verify":
        return {}
    return {name: request.args[name] for name in ("region", "period", "from", "to") if request.args.get(name)}
