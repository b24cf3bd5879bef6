"""The left navigation of the reports and the one way to render their pages."""

from typing import Any

from flask import render_template, request, url_for

from marketplace.accounts.models import Role
from marketplace.accounts.web import require_actor
from marketplace.kernel.navigation import NavGroup, NavItem
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from marketplace.reporting.by_key import By
from marketplace.reporting.queries import roots_of

REPORTS = (
    ("区域报表", By.REGION, "bar-chart"),
    ("网点", By.OUTLET, "shop"),
    ("结对", By.PAIRING, "people"),
    ("单位", By.UNIT, "building"),
    ("供应商", By.SUPPLIER, "truck"),
    ("产品", By.PRODUCT, "basket2"),
    ("类别", By.CATEGORY, "tag"),
    ("渠道", By.CHANNEL, "megaphone"),
)
#: what goes along from report to report
KEPT = ("region", "period", "from", "to")
#: what an order keeps of the list it was opened from
FILTERS = (*KEPT, "by", "key", "role", "category", "own")


def render_desk(template: str, **context: Any) -> str:
    actor = require_actor()
    name = "、".join(place_name(region) for region in names_of(roots_of(actor)).values())
    is_platform = actor.has_role(Role.ADMIN, Role.FINANCE, Role.AUDITOR)
    in_orders, in_check = (
        request.endpoint in ("reports.orders", "reports.order"),
        request.endpoint == "reports.verify",
    )
    orders = NavItem("每一单", url_for("reports.orders", **kept(KEPT)), "receipt", current=in_orders)
    check = NavItem("账目自检", url_for("reports.verify"), "shield-check", current=in_check)
    return render_template(
        template,
        desk_nav=[
            NavGroup("报表", _reports()),
            NavGroup("对账", (orders, check) if is_platform else (orders,)),
        ],
        desk_title=f"{name} · 数据与对账",
        desk_user_line="平台" if is_platform else f"{name}干部",
        **context,
    )


def _reports() -> tuple[NavItem, ...]:
    shown = request.args.get("by") or By.REGION if request.endpoint == "reports.home" else ""
    shown = shown if shown == "" or shown in tuple(By) else By.REGION
    return tuple(
        NavItem(label, url_for("reports.home", **_of(by), **kept(KEPT)), icon, current=shown == by)
        for label, by, icon in REPORTS
    )


def _of(by: By) -> dict[str, Any]:
    return {} if by is By.REGION else {"by": by.value}


def kept(names: tuple[str, ...]) -> dict[str, Any]:
    """Of the address, what goes along to the next page."""
    return {name: request.args[name] for name in names if request.args.get(name)}
