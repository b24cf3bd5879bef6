"""Outlets, who works them, and orders that are fetched there."""

from itertools import count

from sqlalchemy import select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.outlets.models import Outlet
from marketplace.outlets.queries import get_outlet
from marketplace.outlets.rules import OutletTier
from orders.fulfilment import commands as fulfilment
from orders.fulfilment import pickups
from orders.fulfilment.models import Pickup
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from tests.factories import builders, order_builders, sales

_numbers = count(1)


@transactional
def outlet(
    region_code: str = builders.TOWN,
    *,
    street_code: str = builders.TOWN,
    name: str = "马召镇便民网点（示例）",
    takes_pickups: bool = True,
    collects_produce: bool = True,
    is_open: bool = True,
) -> int:
    return builders.added(
        Outlet(
            code=f"WD-T-{next(_numbers):04d}",
            name=name,
            tier=OutletTier.TOWN_STATION,
            region_code=region_code,
            street_code=street_code,
            address="示例街 8 号",
            phone="029-00000008",
            opening_hours="8:30–18:30",
            takes_pickups=takes_pickups,
            collects_produce=collects_produce,
            is_open=is_open,
            created_at=clock.now(),
        )
    )


def operator_of(outlet_id: int, name: str | None = None) -> Actor:
    return builders.user(name, (Role.OUTLET_OPERATOR, ScopeKind.OUTLET, outlet_id))


def destination(outlet_id: int, recipient: str = "王女士", mobile: str = "19900001234") -> DeliverTo:
    row = get_outlet(outlet_id)
    return DeliverTo(recipient, mobile, row.street_code, f"{row.address}（{row.name}）", outlet_id)


def ordered_for(outlet_id: int, sku_id: int, units: int = 1) -> int:
    """A paid order that is to be fetched at the outlet."""
    [order_id] = order_builders.placed_orders({sku_id: units}, deliver_to=destination(outlet_id))
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    return order_id


def sent_to(outlet_id: int, sku_id: int, units: int = 1) -> int:
    """The same, all of it on its way."""
    order_id = ordered_for(outlet_id, sku_id, units)
    seller = builders.owner_of(db.session.get_one(Order, order_id).supplier_id)
    fulfilment.ship(seller, order_id, "顺丰速运", "SF200", sales.lines_of(order_id))
    return order_id


def arrived_at(outlet_id: int, sku_id: int, units: int = 1, shelf: str = "A-03") -> int:
    """The same, on the shelf and with a code."""
    order_id = sent_to(outlet_id, sku_id, units)
    pickups.arrive(operator_of(outlet_id), outlet_id, number_of(order_id), shelf)
    return order_id


def number_of(order_id: int) -> str:
    return db.session.get_one(Order, order_id).number


def code_of(order_id: int) -> str:
    return db.session.scalars(select(Pickup.code).where(Pickup.order_id == order_id)).one()
