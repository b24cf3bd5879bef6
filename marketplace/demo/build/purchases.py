"""Purchase orders of partner units: drawn up, submitted, sometimes given back, and placed; each step on the record."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from marketplace.accounts.models import Role
from marketplace.demo.build.world import World
from marketplace.demo.content.orders_plan import OrderIntent
from marketplace.demo.content.purchases_plan import PurchaseIntent
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.clock import local_date
from orders.bulk.models import PurchaseLine, PurchaseOrder, PurchaseStep
from orders.bulk.rules import PaymentTerm, Purpose
from orders.bulk.workflow import PURCHASE, PurchaseState


class Purchases:
    """Purchase orders by the plan's key, so that the orders they were placed as can name them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[str, PurchaseOrder] = {}
        self.planned = {purchase.key: purchase for purchase in world.plan.purchases}

    def build(self) -> None:
        orders: dict[str, list[OrderIntent]] = defaultdict(list)
        for order in self.world.plan.orders:
            if order.purchase:
                orders[order.purchase].append(order)
        for purchase in self.world.plan.purchases:
            self._build(purchase, orders[purchase.key])

    def member(self, purchase: PurchaseIntent, role: Role) -> int:
        return self.world.members[purchase.unit, role]

    def _build(self, purchase: PurchaseIntent, orders: list[OrderIntent]) -> None:
        world, buyer = self.world, self.member(purchase, Role.UNIT_BUYER)
        year = local_date(purchase.created_at).year
        unit = world.content.units[purchase.unit]
        row = PurchaseOrder(
            number=f"CG{year}{world.next_number(f'purchase:{year}'):05d}",
            unit_id=world.units[purchase.unit],
            budget_unit_id=world.units[purchase.unit],
            state=PURCHASE.initial,
            purpose=Purpose(purchase.purpose),
            payment_term=PaymentTerm.AFTER if purchase.pays_later else PaymentTerm.BEFORE,
            deliver_on=purchase.deliver_on,
            recipient=unit.contact,
            mobile=unit.phone,
            street_code=purchase.address.street,
            address_detail=purchase.address.detail,
            note=purchase.note,
            created_by=buyer,
            created_at=purchase.created_at,
            submitted_by=buyer,
            submitted_at=purchase.submitted_at,
            decided_by=self.member(purchase, Role.UNIT_APPROVER),
            decided_at=purchase.decided_at,
        )
        world.rows.add(row)
        self.rows[purchase.key] = row
        self._lines(row, orders)
        self._steps(row, purchase)

    def _lines(self, row: PurchaseOrder, orders: list[OrderIntent]) -> None:
        world = self.world
        for order in orders:
            for line in order.lines:
                sku = world.content.skus[line.sku_key]
                world.rows.put(
                    PurchaseLine,
                    purchase_order_id=row.id,
                    sku_id=world.skus[line.sku_key],
                    units=line.units,
                    unit_price_fen=line.price_fen or sku.price_fen,
                    certificate_id=world.certificates[sku.product],
                )

    def _steps(self, row: PurchaseOrder, purchase: PurchaseIntent) -> None:
        buyer, approver = (self.member(purchase, role) for role in (Role.UNIT_BUYER, Role.UNIT_APPROVER))
        self._step(row, purchase.created_at, buyer, "draw_up", "")
        if purchase.returned_at is not None:
            self._step(row, purchase.created_at + timedelta(hours=2), buyer, "submit", "")
            self._step(row, purchase.returned_at, approver, "return", "数量按在岗人数再核一遍。")
        self._step(row, purchase.submitted_at, buyer, "submit", "已按人数核对。")
        self._step(row, purchase.decided_at, approver, "place", "同意采购。")

    def _step(self, row: PurchaseOrder, at: datetime, actor: int, action: str, note: str) -> None:
        before: PurchaseState | None = row.state
        if action == "draw_up":
            before = None
        else:
            row.state = PURCHASE.next(row.state, action)
        self.world.rows.add(
            PurchaseStep(
                purchase_order_id=row.id,
                at=at,
                actor_id=actor,
                action=action,
                from_state=before,
                to_state=row.state,
                note=note,
            ),
            AuditEntry(
                at=at,
                actor_id=actor,
                action=f"purchase.{action}",
                subject="purchase_order",
                subject_id=str(row.id),
                detail={"from": before, "to": row.state},
                reason=note or None,
            ),
        )

    def last_day(self, key: str) -> date:
        return self.planned[key].deliver_on
