"""The left navigation of the unit's desk and the one way to render its pages."""

from typing import Any

from flask import current_app, render_template, request, url_for

from marketplace.accounts.web import require_actor
from marketplace.unit_desk.guards import OPEN, chosen_unit, roles_in

#: group → (label, endpoint, icon)
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "采购",
        (
            ("年度计划", "unit.home", "bullseye"),
            ("去采购", "unit.catalogue", "bag-check"),
            ("采购单", "unit.purchases", "file-earmark-check"),
            ("验收", "unit.acceptance", "box-seam"),
        ),
    ),
    ("钱", (("对公付款", "unit.transfers", "bank"),)),
    ("结对", (("结对村", "unit.pairings", "house-heart"),)),
    (
        "我们",
        (
            ("成员", "unit.members", "people"),
            ("单位资料", "unit.profile", "card-checklist"),
        ),
    ),
)
SWITCH = ("换一个单位办事", "unit.switch", "shop")
#: what a unit that waits for admission is offered
WAITING = frozenset({"unit.profile"})
#: first word of the endpoints below an entry, so that it stays marked
BELONGS = {
    "unit.plan": "unit.home",
    "unit.add": "unit.catalogue",
    "unit.purchase": "unit.purchases",
    "unit.accept": "unit.acceptance",
    "unit.transfer": "unit.transfers",
    "unit.village": "unit.pairings",
    "unit.pairing": "unit.pairings",
    "unit.member": "unit.members",
    "unit.invitation": "unit.members",
    "unit.correct": "unit.profile",
    "unit.contact": "unit.profile",
}


def _entry() -> str:
    """The entry the shown page belongs to: ``unit.purchase_approve`` is one of ``unit.purchases``."""
    endpoint = request.endpoint or ""
    for prefix, entry in BELONGS.items():
        if endpoint == prefix or endpoint.startswith(f"{prefix}_"):
            return entry
    return endpoint


def _items(
    entries: tuple[tuple[str, str, str], ...], counts: dict[str, int], shown: str
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": url_for(endpoint),
            "icon": icon,
            "current": endpoint == shown,
            "count": counts.get(endpoint, 0),
        }
        for label, endpoint, icon in entries
        if endpoint in current_app.view_functions
    ]


def render_desk(template: str, *, counts: dict[str, int] | None = None, **context: Any) -> str:
    """A page of the unit's desk. ``counts`` by endpoint show beside the entries; until a unit is admitted only its own
    papers are of use, so nothing else is offered."""
    unit = chosen_unit()
    shown = _entry()
    groups: list[dict[str, Any]] = [
        {
            "title": title,
            "items": _items(
                tuple(entry for entry in entries if unit.state in OPEN or entry[1] in WAITING),
                counts or {},
                shown,
            ),
        }
        for title, entries in GROUPS
    ]
    if len(require_actor().unit_ids) > 1:
        groups[-1]["items"] += _items((SWITCH,), {}, shown)
    return render_template(
        template,
        unit=unit,
        desk_nav=[group for group in groups if group["items"]],
        desk_title=f"{unit.name} · 单位采购",
        desk_user_line="、".join(role.label for role in roles_in(unit.id)),
        **context,
    )
