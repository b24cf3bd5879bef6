"""What a partner unit has before it today, through the real commands: to approve, to accept, to transfer, to check."""

from collections.abc import Callable
from datetime import timedelta

from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, owner_of_supplier, skus_for_sale, units_of_order, upload_of
from marketplace.demo.build.world import Progress
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import PartnerUnit
from orders.bulk import commands as bulk
from orders.bulk.rules import PaymentTerm, Purpose
from orders.fulfilment.acceptance import accept_delivery
from orders.fulfilment.commands import ship
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from orders.payments.commands import submit_proof
from orders.payments.rules import Buyer

BUYER, APPROVER = "unit", "unit-approver"
UNITS = 12
LINES = 2
STEPS = 7


class Desk:
    """The demo unit's people and what they may buy; each purchase order takes the next goods on the list."""

    def __init__(self) -> None:
        self.buyer, self.approver = actor_of(BUYER), actor_of(APPROVER)
        self.unit_id = self.buyer.unit_ids[0]
        self.unit = db.session.get_one(PartnerUnit, self.unit_id)
        self.taken: set[int] = set()

    def draw_up(self, purpose: Purpose, term: PaymentTerm, note: str, days: int) -> int:
        purchase_id = bulk.start_purchase(
            self.buyer,
            self.unit_id,
            bulk.PurchaseFacts(
                budget_unit_id=self.unit_id,
                deliver_on=clock.today() + timedelta(days=days),
                purpose=purpose,
                payment_term=term,
                deliver_to=DeliverTo(
                    self.unit.contact_name,
                    self.unit.contact_mobile,
                    self.unit.region_code,
                    "示例路1号院后勤库房",
                ),
                note=note,
            ),
        )
        for sku_id in self._goods():
            bulk.add_line(self.buyer, purchase_id, sku_id, UNITS)
        return purchase_id

    def _goods(self) -> list[int]:
        """Of one supplier each time, so that a purchase order becomes one order."""
        offer = [sku for sku in skus_for_sale(UNITS) if sku.sku_id not in self.taken]
        if not offer:
            self.taken.clear()
            offer = skus_for_sale(UNITS)
        chosen = [sku.sku_id for sku in offer if sku.supplier_id == offer[0].supplier_id][:LINES]
        self.taken.update(chosen)
        return chosen

    def submit(self, purchase_id: int, note: str = "") -> int:
        bulk.submit_purchase(self.buyer, purchase_id, note, agrees_fresh=True)
        return purchase_id

    def placed(self, purpose: Purpose, term: PaymentTerm, note: str) -> int:
        """An order of a purchase order that was approved a moment ago."""
        purchase_id = self.submit(self.draw_up(purpose, term, note, 20))
        approval = bulk.approve_purchase(self.approver, purchase_id, "同意采购。")
        if not approval.order_ids:
            raise RuntimeError("；".join(approval.changes))
        return approval.order_ids[0]


def load_units(paper: bytes, progress: Progress) -> None:
    desk = Desk()
    steps: tuple[Callable[[], object], ...] = (
        lambda: desk.submit(
            desk.draw_up(Purpose.CANTEEN, PaymentTerm.BEFORE, "下周食堂用", 12), "按 320 人一周的量。"
        ),
        lambda: desk.submit(
            desk.draw_up(Purpose.UNION, PaymentTerm.AFTER, "节日慰问，箱外贴单位标签", 18), "工会会议已议过。"
        ),
        lambda: desk.draw_up(Purpose.CANTEEN, PaymentTerm.BEFORE, "", 25),
        lambda: _returned(desk),
        lambda: desk.placed(Purpose.CANTEEN, PaymentTerm.BEFORE, "对公转账，请先备货"),
        lambda: _transferred(desk, paper),
        lambda: _delivered(desk),
    )
    for number, step in enumerate(steps, 1):
        step()
        progress("单位今天的采购单", number, STEPS)


def _returned(desk: Desk) -> None:
    purchase_id = desk.submit(desk.draw_up(Purpose.OTHER, PaymentTerm.BEFORE, "", 15))
    bulk.return_purchase(desk.approver, purchase_id, "数量按在岗人数再核一遍。")


def _transferred(desk: Desk, paper: bytes) -> None:
    """Its finance says the money is on its way; the platform's finance finds the proof on its desk."""
    order = db.session.get_one(Order, desk.placed(Purpose.UNION, PaymentTerm.BEFORE, ""))
    finance = actor_of("unit-finance")
    buyer = Buyer(finance.user_id, unit_ids=frozenset({desk.unit_id}))
    submit_proof(buyer, order.number, desk.unit.name, clock.today(), order.total_fen, upload_of(paper))


def _delivered(desk: Desk) -> None:
    """Delivered first and paid after: one batch is accepted, the second waits to be."""
    order_id = desk.placed(Purpose.CANTEEN, PaymentTerm.AFTER, "分两批送")
    order = db.session.get_one(Order, order_id)
    supplier = owner_of_supplier(order.supplier_id)
    first = _ship(supplier, order_id, "DEMOBATCH01", lambda units: -(-units // 2))
    accept_delivery(desk.buyer, first, "数量、品相无误")
    _ship(supplier, order_id, "DEMOBATCH02", lambda units: units // 2)


def _ship(supplier: Actor, order_id: int, tracking: str, part: Callable[[int], int]) -> int:
    quantities = {line_id: part(units) for line_id, units in units_of_order(order_id).items()}
    return ship(supplier, order_id, "中国邮政", tracking, quantities)
