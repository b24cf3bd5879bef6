"""A small shop with everything a report tells apart, and its random life through the real ledger."""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from sqlalchemy import select

from catalog.products.models import Sku
from certification.linkage.models import SupplyLot
from certification.linkage.rules import IncomeKind, LinkageMode
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.outlets.models import Outlet
from marketplace.outlets.rules import OutletTier
from marketplace.pairing.models import PairingArrangement
from marketplace.pairing.rules import PairingKind
from marketplace.parties.models import PartnerUnit
from marketplace.parties.rules import UnitKind
from marketplace.parties.workflow import UnitState
from orders.ledger import commands as ledger
from orders.ledger.queries import income_states
from orders.ledger.rules import IncomeState, RefundedLine, RefundPosting
from orders.ordering.models import LineAllocation, LineIncome, Order, OrderLine
from tests.factories import builders, order_builders
from tests.factories.builders import added

XIAN = ZoneInfo("Asia/Shanghai")
VILLAGES = (
    builders.VILLAGE,
    builders.VILLAGE_OF_SAME_TOWN,
    builders.VILLAGE_OF_SAME_COUNTY,
    builders.VILLAGE_OF_OTHER_COUNTY,
)
#: origins on every level: what names no lower region is 本级 there
ORIGINS = (*VILLAGES, builders.TOWN, builders.COUNTY, builders.CITY)
EDGES = tuple(
    datetime.fromisoformat(text).replace(tzinfo=XIAN)
    for text in (
        "2025-12-31T23:59:59.999999",
        "2026-01-01T00:00:00",
        "2026-01-31T23:59:59",
        "2026-02-01T00:00:00",
        "2026-02-28T23:59:59",
        "2026-03-01T00:00:00",
        "2026-03-01T07:59:59",
        "2026-03-01T08:00:00",
        "2026-03-31T12:00:00",
        "2026-04-30T23:59:59",
    )
)


@dataclass
class ReportWorld:
    """Rows by id, and the orders with what is still to happen to them."""

    suppliers: list[dict[str, Any]] = field(default_factory=list)
    households: list[tuple[int, str]] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    outlets: list[int] = field(default_factory=list)
    arrangements: list[int] = field(default_factory=list)
    sold: list[int] = field(default_factory=list)
    disbursed: list[tuple[int, list[tuple[int, int]]]] = field(default_factory=list)
    numbers: int = 1000


def build_world() -> ReportWorld:
    world = ReportWorld()
    with transaction():
        builders.category("fruit")
        builders.category("honey", is_fresh=False)
        world.households = [(builders.household(v), v) for v in (*VILLAGES, *VILLAGES[:2])]
        world.outlets = [_outlet(number) for number in range(3)]
        world.units = [_unit(number) for number in range(2)]
        for number in range(3):
            world.suppliers.append(_supplier(world, number))
        first, second = world.units
        everything = [
            (first, VILLAGES[0], None, date(2025, 1, 1), None),
            (first, VILLAGES[1], world.households[1][0], date(2026, 1, 1), date(2026, 2, 28)),
            (first, VILLAGES[3], None, date(2024, 6, 1), date(2026, 3, 1)),
            (second, VILLAGES[2], None, date(2026, 2, 1), None),
        ]
        world.arrangements = [_arrangement(*facts) for facts in everything]
    return world


def _outlet(number: int) -> int:
    return added(
        Outlet(
            code=f"WD-{number}",
            name=f"网点{number}（示例）",
            tier=OutletTier.TOWN_STATION,
            region_code=builders.TOWN,
            street_code=builders.TOWN,
            address="一号",
            created_at=clock.now(),
        )
    )


def _unit(number: int) -> int:
    return added(
        PartnerUnit(
            kind=next(iter(UnitKind)),
            state=UnitState.ADMITTED,
            name=f"单位{number}（示例）",
            uscc=f"9161000000000000{number:02d}",
            region_code=builders.COUNTY,
            contact_name="测试",
            contact_mobile="19900000000",
            registered_at=clock.now(),
        )
    )


def _arrangement(unit: int, village: str, household: int | None, start: date, end: date | None) -> int:
    return added(
        PairingArrangement(
            unit_id=unit,
            village_code=village,
            household_id=household,
            kind=PairingKind.CITY,
            starts_on=start,
            ends_on=end,
            created_at=clock.now(),
        )
    )


def _supplier(world: ReportWorld, number: int) -> dict[str, Any]:
    supplier_id = builders.supplier(VILLAGES[number])
    made: dict[str, Any] = {"id": supplier_id, "products": []}
    for place, origin in enumerate(ORIGINS[number::3]):
        product = builders.product(
            supplier_id, origin_code=origin, category_code="honey" if place % 2 else "fruit"
        )
        whose = [household_id for household_id, _ in world.households]
        agreement = builders.agreement(supplier_id, product, whose)
        sku = builders.sku(builders.listing(product))
        lots = [builders.lot(agreement, household_id, sku) for household_id in whose[:3]]
        for lot_id, outlet in zip(lots, (world.outlets[0], world.outlets[1], None), strict=True):
            db.session.get_one(SupplyLot, lot_id).outlet_id = outlet
        made["products"].append(
            {
                "product": product,
                "origin": origin,
                "agreement": agreement,
                "certificate": builders.certificate(product),
                "listing": db.session.get_one(Sku, sku).listing_id,
                "sku": sku,
                "lots": [
                    (lot_id, whose[at], builders.stock_row_of(lot_id)) for at, lot_id in enumerate(lots)
                ],
            }
        )
    return made


def sell(world: ReportWorld, random: Random, moment: datetime) -> int:
    """One paid order of one supplier with one to three lines, paid at ``moment``."""
    supplier = random.choice(world.suppliers)
    with time_machine.travel(moment, tick=False), transaction():
        order_id = order_builders.bare_order(supplier["id"])
        order = db.session.get_one(Order, order_id)
        if random.random() < 0.5:
            order.unit_id = random.choice(world.units)
        for role in ("placed_outlet_id", "pickup_outlet_id", "channel_outlet_id"):
            if random.random() < 0.3:
                setattr(order, role, random.choice(world.outlets))
        goods = [
            _line(world, random, order_id, product) for product in random.sample(supplier["products"], 2)
        ]
        order.goods_fen = order.total_fen = sum(goods)
        order.paid_at = moment
        db.session.flush()
        ledger.post_sale(order_id, "sandbox")
    world.sold.append(order_id)
    return order_id


def _line(world: ReportWorld, random: Random, order_id: int, product: dict[str, Any]) -> int:
    units, price = random.randint(1, 7), random.randint(1, 9_999)
    net = units * price
    fee = net * random.choice((0, 2, 5)) // 100
    line_id = added(
        OrderLine(
            order_id=order_id,
            sku_id=product["sku"],
            listing_id=product["listing"],
            product_id=product["product"],
            certificate_id=product["certificate"],
            agreement_id=product["agreement"],
            terms=[],
            origin_code=product["origin"],
            channel_code=random.choice(("", "", "live", "qr-7")),
            title="猕猴桃",
            sku_name="一箱",
            grams=2500,
            unit_price_fen=price,
            units=units,
            net_fen=net,
            fee_fen=fee,
            income_fen=0,
            after_sales_hours=48,
            is_fresh=True,
        )
    )
    left, income = units, 0
    for lot_id, household_id, row_id in product["lots"]:
        taken = random.randint(0, left)
        if taken:
            left -= taken
            db.session.add(LineAllocation(line_id=line_id, stock_row_id=row_id, lot_id=lot_id, units=taken))
            income += _income(world, random, line_id, household_id, (net - fee) // 6, lot_id, taken)
    for household_id, _ in random.sample(world.households, random.randint(0, 2)):
        income += _income(world, random, line_id, household_id, (net - fee) // 6)
    db.session.get_one(OrderLine, line_id).income_fen = income
    return net


def _income(
    world: ReportWorld,
    random: Random,
    line_id: int,
    household_id: int,
    most: int,
    lot_id: int | None = None,
    lot_units: int | None = None,
) -> int:
    fen = random.randint(0, most)
    db.session.add(
        LineIncome(
            line_id=line_id,
            household_id=household_id,
            village_code=dict(world.households)[household_id],
            mode=LinkageMode.PURCHASE if lot_id else LinkageMode.DIVIDEND,
            kind=IncomeKind.OPERATING if lot_id else random.choice(list(IncomeKind)),
            lot_id=lot_id,
            lot_units=lot_units,
            fen=fen,
        )
    )
    return fen


def live_on(world: ReportWorld, random: Random, moment: datetime) -> None:
    """Something happens to an order sold before: confirmed, partly refunded, paid out, bounced, acknowledged."""
    if not world.sold:
        return
    order_id = random.choice(world.sold)
    with time_machine.travel(moment, tick=False), transaction():
        states = income_states(
            db.session.scalars(
                select(LineIncome.id)
                .join(OrderLine, OrderLine.id == LineIncome.line_id)
                .where(OrderLine.order_id == order_id)
            ).all()
        )
        act = random.choice(("confirm", "refund", "refund", "disburse", "bounce", "acknowledge"))
        world.numbers += 1
        if act == "confirm":
            ledger.confirm_income(order_id)
        elif act == "refund":
            _refund(world, random, order_id, states)
        elif act == "disburse":
            due = [
                (id_, fen[IncomeState.CONFIRMED])
                for id_, fen in states.items()
                if IncomeState.CONFIRMED in fen
            ]
            if due:
                ledger.post_disbursement(world.numbers, due)
                world.disbursed.append((world.numbers, due))
        elif world.disbursed:
            number, rows = world.disbursed.pop(random.randrange(len(world.disbursed)))
            left = _still_out(rows)
            if act == "bounce" and left:
                ledger.post_bounce(number, left)
            elif left:
                ledger.post_acknowledgement(number, left)


def _still_out(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    states = income_states([line_income_id for line_income_id, _ in rows])
    kept = []
    for line_income_id, fen in rows:
        left = min(fen, states.get(line_income_id, {}).get(IncomeState.DISBURSED, 0))
        if left == fen:
            kept.append((line_income_id, fen))
    return kept


def _refund(
    world: ReportWorld, random: Random, order_id: int, states: dict[int, dict[IncomeState, int]]
) -> None:
    lines = db.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    line = random.choice(lines)
    if line.refunded_units:
        return
    line.refunded_units = 1
    incomes = db.session.scalars(select(LineIncome).where(LineIncome.line_id == line.id)).all()
    shares = []
    for income in incomes:
        can_go = sum(
            fen for state, fen in states.get(income.id, {}).items() if state != "reversed_after_payout"
        )
        fen = min(can_go, income.fen // line.units)
        if fen:
            shares.append((income.id, fen))
    parts = [RefundedLine(line.id, line.net_fen // line.units, line.fee_fen // line.units, shares)]
    ledger.post_refund(RefundPosting(world.numbers, order_id, "sandbox", lines=parts))
