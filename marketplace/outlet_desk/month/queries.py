"""What an outlet had to do with in a month. Money and orders as the reports have them, from the ledger; parcels, lots
and households counted from their own rows."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import snapshot
from marketplace.outlet_desk.collecting.queries import Collected, collected_between
from marketplace.regions.rules import RegionLevel
from marketplace.reporting.dimensions import MEASURES, Dimension
from marketplace.reporting.figures import Figures
from marketplace.reporting.folding import blank, month_of, period_of_day
from marketplace.reporting.models import PeriodTotal
from marketplace.reporting.totals import read_tail
from orders.fulfilment.pickup_queries import count_handed_over
from orders.ordering.models import Order

#: in the order a month card shows them
ROLES = {
    Dimension.OUTLET_COLLECTED: "代收的货卖出",
    Dimension.OUTLET_CHANNEL: "带来的订单",
    Dimension.OUTLET_PLACED: "替村民买",
    Dimension.OUTLET_PICKUP: "到这里自提",
}


@dataclass(frozen=True, slots=True)
class Month:
    """``roles`` by dimension: an order may play several, so they are never added up."""

    first: date
    roles: dict[Dimension, Figures]
    collected: Collected
    handed_over: int

    @property
    def is_empty(self) -> bool:
        return not (self.collected.lots or self.handed_over or any(f.orders for f in self.roles.values()))


def month_of_outlet(outlet_id: int, first: date) -> Month:
    """Four queries."""
    after = (first + timedelta(days=32)).replace(day=1)
    return Month(
        first,
        figures_by_role(outlet_id, first),
        collected_between(outlet_id, first, after - timedelta(days=1)),
        count_handed_over(outlet_id, clock.local_day_start(first), clock.local_day_start(after)),
    )


def figures_by_role(outlet_id: int, first: date) -> dict[Dimension, Figures]:
    """What was paid in the month, less what was refunded since, as the report of outlets has it."""
    key, period = str(outlet_id), month_of(period_of_day(first))
    found = {role: blank() for role in ROLES}
    with snapshot():
        tail = read_tail(*ROLES)
        rows = db.session.execute(
            select(PeriodTotal.dimension, *(func.sum(getattr(PeriodTotal, name)) for name in MEASURES))
            .where(
                PeriodTotal.dimension.in_(list(ROLES)),
                PeriodTotal.key == key,
                PeriodTotal.level == RegionLevel.CITY,
                PeriodTotal.period == period,
            )
            .group_by(PeriodTotal.dimension)
        ).all()
    for role, *sums in rows:
        found[role] = [int(each) for each in sums]
    for role in ROLES:
        for (_, level, day, _, value), more in tail.days[role].items():
            if level is RegionLevel.CITY and value == key and month_of(day) == period:
                found[role] = [one + other for one, other in zip(found[role], more, strict=True)]
    return {role: Figures(key, ROLES[role], sums) for role, sums in found.items()}


def brought_orders(outlet_id: int) -> int:
    """Paid orders, ever, of buyers the outlet brought."""
    wanted = (Order.channel_outlet_id == outlet_id, Order.paid_at.is_not(None))
    return db.session.scalar(select(func.count()).select_from(Order).where(*wanted)) or 0
