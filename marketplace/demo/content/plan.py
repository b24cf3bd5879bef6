"""Everything that is to happen, before any of it is written: pure, and the same on every machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace.demo.content.households import Household, households
from marketplace.demo.content.loader import Content
from marketplace.demo.content.lots_plan import LotIntent, plan_lots
from marketplace.demo.content.orders_plan import CHECKOUTS, SEED, OrderIntent, plan_orders
from marketplace.demo.content.purchases_plan import PURCHASES, PurchaseIntent, plan_purchases
from marketplace.demo.content.purchases_plan import SEED as PURCHASE_SEED

#: a copy has fewer purchase orders, for there are as many units as before, and fewer but larger baskets
_PURCHASES_OF_COPY, _CHECKOUTS_OF_COPY = 12, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``orders`` are those of people and of units, oldest first."""

    content: Content
    now: datetime
    seed: int
    orders: list[OrderIntent]
    purchases: list[PurchaseIntent]
    lots: list[LotIntent]
    households: Mapping[str, Household]


def make_plan(content: Content, now: datetime) -> Plan:
    copy = content.copy
    purchases, bulk = plan_purchases(
        content, now, seed=PURCHASE_SEED + copy, purchases=_PURCHASES_OF_COPY if copy else PURCHASES
    )
    single = plan_orders(
        content, now, seed=SEED + copy, checkouts=_CHECKOUTS_OF_COPY if copy else CHECKOUTS, bulk=bool(copy)
    )
    orders = sorted([*single, *bulk], key=lambda order: order.at.placed_at)
    return Plan(
        content=content,
        now=now,
        seed=SEED + copy,
        orders=orders,
        purchases=purchases,
        lots=plan_lots(content, orders, now),
        households={household.code: household for household in households(content)},
    )
