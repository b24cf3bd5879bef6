"""Parcels of the history: sent at once, in part or in two batches; fetched at an outlet, accepted by a unit, received."""

import random
from datetime import datetime, timedelta

from marketplace.accounts.models import Role
from marketplace.demo.build.purchases import Purchases
from marketplace.demo.build.sales import Sales, SoldOrder
from marketplace.demo.build.world import World
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.clock import local_date
from marketplace.kernel.working_days import add_working_days
from orders.fulfilment.models import Delivery, DeliveryLine, Pickup
from orders.fulfilment.parameters import (
    AUTO_RECEIVE_DAYS,
    PAY_AFTER_ACCEPTANCE_DAYS,
    PICKUP_DAYS,
    UNIT_AUTO_RECEIVE_DAYS,
)
from orders.fulfilment.pickups import digest_of
from orders.ordering.models import OrderEvent

CARRIERS = ("中国邮政", "顺丰速运", "京东快递")
ACCEPTED = ("数量、品相无误", "", "第二箱有两件轻微磕碰，已记录", "抽检合格")


class Parcels:
    """Moves orders that ``sales`` placed."""

    def __init__(self, world: World, sales: Sales, purchases: Purchases, seed: int) -> None:
        self.world = world
        self.sales = sales
        self.purchases = purchases
        self.random = random.Random(seed)
        self.batches: dict[int, list[Delivery]] = {}
        self.pickups: dict[int, Pickup] = {}
        self.auto_receive = timedelta(days=AUTO_RECEIVE_DAYS.get())
        self.unit_auto_receive = timedelta(days=UNIT_AUTO_RECEIVE_DAYS.get())
        self.kept = timedelta(days=PICKUP_DAYS.get())

    def ship_first(self, sold: SoldOrder, at: datetime) -> None:
        """Half of each line, rounded up."""
        self._send(sold, at, [-(-line.row.units // 2) for line in sold.lines])
        self.sales.apply(sold, "ship_part", at)

    def ship(self, sold: SoldOrder, at: datetime) -> None:
        """What is left, or, of an order that is to stay partly shipped, a part of its first line."""
        part = sold.intent.shipped_units
        if part is not None:
            self._send(sold, at, [part])
            self.sales.apply(sold, "ship_part", at)
            return
        self._send(sold, at, [line.row.units - line.row.shipped_units for line in sold.lines])
        sold.row.shipped_at = at
        sold.row.auto_receive_at = at + (self.unit_auto_receive if sold.intent.unit else self.auto_receive)
        self.sales.apply(sold, "ship_all", at)

    def _send(self, sold: SoldOrder, at: datetime, units: list[int]) -> None:
        delivery = Delivery(
            order_id=sold.row.id,
            carrier=self.random.choice(CARRIERS),
            tracking_number=f"SF{self.random.randrange(10**12):012d}",
            shipped_at=at,
            shipped_by=None,
        )
        self.world.rows.add(delivery)
        self.batches.setdefault(sold.row.id, []).append(delivery)
        for line, count in zip(sold.lines, units, strict=False):
            if count:
                line.row.shipped_units += count
                self.world.rows.put(DeliveryLine, delivery_id=delivery.id, line_id=line.row.id, units=count)

    def accept(self, sold: SoldOrder, at: datetime) -> None:
        """The unit looks at its newest batch."""
        batches = self.batches[sold.row.id]
        note = self.random.choice(ACCEPTED)
        delivery = batches[-1]
        delivery.accepted_at, delivery.accepted_by = at, self._buyer(sold)
        delivery.acceptance_note = note
        said = f"第 {len(batches)} 批" + (f"：{note}" if note else "")
        self._note(sold, at, "batch_accepted", delivery.accepted_by, said)
        self._audit(at, delivery.accepted_by, "delivery.accept", "delivery", delivery.id, note)

    def _buyer(self, sold: SoldOrder) -> int:
        return self.purchases.member(self.purchases.planned[sold.intent.purchase], Role.UNIT_BUYER)

    def arrive(self, sold: SoldOrder, at: datetime) -> None:
        outlet = sold.intent.pickup_outlet
        outlet_id, operator = self.world.outlets[outlet], self.world.operators[outlet]
        code = self._code(outlet)
        pickup = Pickup(
            order_id=sold.row.id,
            outlet_id=outlet_id,
            code=code,
            code_digest=digest_of(outlet_id, code),
            shelf=f"{self.random.choice('ABC')}-{self.random.randint(1, 12):02d}",
            arrived_at=at,
            arrived_by=operator,
        )
        self.world.rows.add(pickup)
        self.pickups[sold.row.id] = pickup
        if sold.row.auto_receive_at is not None:
            sold.row.auto_receive_at = max(sold.row.auto_receive_at, at + self.kept + self.auto_receive)
        self._note(sold, at, "arrive", operator, "")
        self._audit(at, operator, "pickup.arrive", "order", sold.row.id, "")

    def _code(self, outlet: str) -> str:
        """Six digits that nobody at this outlet was given before."""
        while True:
            code = f"{self.random.randrange(10**6):06d}"
            if (name := f"{outlet}:{code}") not in self.world.taken:
                self.world.taken.add(name)
                return code

    def receive(self, sold: SoldOrder, at: datetime) -> None:
        sold.row.received_at = at
        if sold.intent.unit:
            self.accept(sold, at)
        elif pickup := self.pickups.get(sold.row.id):
            operator = self.world.operators[sold.intent.pickup_outlet]
            pickup.handed_over_at, pickup.handed_over_by = at, operator
            self._audit(at, operator, "pickup.hand_over", "order", sold.row.id, "")
        self.sales.apply(sold, "receive", at)
        if not sold.intent.unit:
            hours = max(line.row.after_sales_hours for line in sold.lines)
            sold.row.complete_at = at + timedelta(hours=hours)
        elif sold.row.paid_at is None:
            sold.row.pay_due_on = add_working_days(local_date(at), PAY_AFTER_ACCEPTANCE_DAYS.get())

    def complete(self, sold: SoldOrder, at: datetime) -> None:
        sold.row.completed_at = at
        if sold.intent.unit:
            sold.row.complete_at = at
        self.sales.apply(sold, "complete", at)

    def _note(self, sold: SoldOrder, at: datetime, action: str, actor: int, note: str) -> None:
        self.world.rows.put(OrderEvent, order_id=sold.row.id, at=at, actor_id=actor, action=action, note=note)

    def _audit(
        self, at: datetime, actor: int, action: str, subject: str, subject_id: int, reason: str
    ) -> None:
        self.world.rows.put(
            AuditEntry,
            at=at,
            actor_id=actor,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            reason=reason or None,
        )
