"""The left navigation of the outlet's desk and the one way to render its pages."""

from typing import Any

from flask import render_template, request, url_for

from marketplace.accounts.web import require_actor
from marketplace.outlet_desk.guards import current_outlet
from orders.fulfilment.pickup_queries import PickupCounts, count_waiting

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "每天",
        (
            ("今天", "outlet.home", "sun"),
            ("取件", "outlet.pickups", "box-seam"),
            ("收货", "outlet.lots", "basket2"),
            ("代下单", "outlet.goods", "bag-plus"),
            ("代买的单", "outlet.orders", "receipt"),
        ),
    ),
    ("带货", (("推广码", "outlet.channel", "qr-code"),)),
    ("看成绩", (("月度成绩", "outlet.month", "bar-chart"),)),
)
SWITCH = ("换一个网点", "outlet.switch", "shop")
#: pages below an entry, so that it stays marked
BELONGS = {
    "outlet.hand_over": "outlet.pickups",
    "outlet.arrived": "outlet.pickups",
    "outlet.collect": "outlet.lots",
    "outlet.collect_sku": "outlet.lots",
    "outlet.basket": "outlet.goods",
    "outlet.order": "outlet.orders",
}


def _items(
    entries: tuple[tuple[str, str, str], ...], counts: dict[str, int], shown: str | None
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
    ]


def render_desk(template: str, *, parcels: PickupCounts | None = None, **context: Any) -> str:
    """A page of the outlet's desk. ``parcels`` spares the question where the page asked already."""
    outlet = current_outlet()
    waiting = parcels.waiting if parcels else count_waiting(outlet.id)
    shown = BELONGS.get(request.endpoint or "", request.endpoint)
    counts = {"outlet.pickups": waiting}
    groups = [{"title": title, "items": _items(entries, counts, shown)} for title, entries in GROUPS]
    if len(require_actor().outlet_ids) > 1:
        groups[-1]["items"] += _items((SWITCH,), {}, shown)  # type: ignore[operator]
    return render_template(
        template,
        outlet=outlet,
        parcels=parcels,
        waiting=waiting,
        desk_nav=groups,
        desk_title=outlet.name,
        desk_user_line=f"{outlet.tier.label} · 操作员",
        **context,
    )
