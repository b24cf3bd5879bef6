"""The left navigation of the outlet's desk and the one way to render its pages."""

from typing import Any

from flask import render_template

from marketplace.accounts.web import require_actor
from marketplace.kernel.navigation import Entry, Group, navigation
from marketplace.outlet_desk.guards import current_outlet
from orders.fulfilment.pickup_queries import PickupCounts, count_waiting

GROUPS = (
    Group(
        "每天",
        (
            Entry("今天", "outlet.home", "sun"),
            Entry("取件", "outlet.pickups", "box-seam", below=("outlet.hand_over", "outlet.arrived")),
            Entry("收货", "outlet.lots", "basket2", below=("outlet.collect",)),
            Entry("代下单", "outlet.goods", "bag-plus", below=("outlet.basket",)),
            Entry("代买的单", "outlet.orders", "receipt"),
        ),
    ),
    Group("带货", (Entry("推广码", "outlet.channel", "qr-code"),)),
    Group(
        "看成绩",
        (
            Entry("月度成绩", "outlet.month", "bar-chart"),
            Entry("佣金", "outlet.commission", "cash-coin"),
            Entry("换一个网点", "outlet.switch", "shop"),
        ),
    ),
)


def render_desk(template: str, *, parcels: PickupCounts | None = None, **context: Any) -> str:
    """A page of the outlet's desk. ``parcels`` spares the question where the page asked already."""
    outlet = current_outlet()
    waiting = parcels.waiting if parcels else count_waiting(outlet.id)
    has_others = len(require_actor().outlet_ids) > 1
    return render_template(
        template,
        outlet=outlet,
        parcels=parcels,
        waiting=waiting,
        desk_nav=navigation(
            GROUPS,
            {"outlet.pickups": waiting},
            offers=lambda entry: entry.endpoint != "outlet.switch" or has_others,
        ),
        desk_title=outlet.name,
        desk_user_line=f"{outlet.tier.label} · 操作员",
        **context,
    )
