"""The story of issue 3: two suppliers, three households (a bought lot, a consigned lot, own produce), one order paid
online and one by transfer, part refunds before and after payout, a disbursement the bank sent back.

At every step the ledger, the suppliers' statements, the households' pages and the county report agree to the fen, and
the self-check is clean.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

from certification.linkage.rules import LinkageMode, LotPayment
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.rules import SupplierKind
from marketplace.regions.queries import get_region
from marketplace.reporting import queries as reporting
from marketplace.reporting.order_lists import OrderFilter, all_orders
from marketplace.reporting.rules import month_of
from orders.ledger.models import Posting
from orders.ledger.queries import due_rows, household_totals
from orders.ledger.rules import AccountKind, IncomeState
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.settlement import queries as settlement
from orders.settlement.commands import acknowledge, record_bounce
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client

pytestmark = pytest.mark.both_databases
States = dict[str, int]


@dataclass(frozen=True)
class World:
    """``coop`` sells kiwi from a bought lot (household ``zhao``) and a consigned one (``qian``); ``pilot`` sells what
    its own household (``sun``) grows, sponsored by the coop."""

    coop: int
    pilot: int
    zhao: int
    qian: int
    sun: int
    kiwi: int
    honey: int


@pytest.fixture
def world(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-11-03 09:00")
    coop = builders.supplier()
    zhao = builders.household(supplier_id=coop)
    qian = builders.household(builders.VILLAGE_OF_SAME_COUNTY, supplier_id=coop)
    product = builders.product(coop)
    agreement = builders.agreement(coop, product, [zhao, qian])
    builders.certificate(product)
    kiwi = builders.sku(builders.listing(product), price_fen=2999)
    builders.lot(agreement, zhao, kiwi, units=3, total_fen=5000, payment=LotPayment.BOUGHT)
    builders.lot(agreement, qian, kiwi, units=7, total_fen=11_003)
    sun = builders.household(builders.VILLAGE_OF_SAME_TOWN, supplier_id=coop)
    pilot = builders.supplier(
        builders.VILLAGE_OF_SAME_TOWN,
        kind=SupplierKind.PILOT_HOUSEHOLD,
        sponsor_id=coop,
        household_id=sun,
        name="孙家蜂场（示例）",
    )
    own = builders.product(pilot, origin_code=builders.VILLAGE_OF_SAME_TOWN, name="土蜂蜜")
    builders.agreement(pilot, own, [sun], modes={LinkageMode.OWN: 600})
    builders.certificate(own)
    honey = builders.sku(builders.listing(own, title="秦岭土蜂蜜"), price_fen=5800, grams=500)
    builders.stock(honey, 8)
    for supplier_id in (coop, pilot):
        order_builders.freight_rule(supplier_id, first_fen=900, next_fen=100)
    return World(coop, pilot, zhao, qian, sun, kiwi, honey)


def posted(kind: AccountKind) -> int:
    return int(db.session.scalar(select(func.sum(Posting.fen)).where(Posting.account_kind == kind)) or 0)


def agree(world: World, sales_fen: int, zhao: States, qian: States, sun: States) -> None:
    """Everybody who looks sees the same figures."""
    expected = {world.zhao: zhao, world.qian: qian, world.sun: sun}
    income = sum(sum(states.values()) for states in expected.values())
    # the ledger
    totals = household_totals(list(expected))
    assert {h: {s.value: fen for s, fen in states.items()} for h, states in totals.items()} == expected
    assert posted(AccountKind.HOUSEHOLD_INCOME) == -income == -posted(AccountKind.HOUSEHOLD_COST)
    # the suppliers' statements
    statements = [settlement.statement_totals(supplier) for supplier in (world.coop, world.pilot)]
    assert sum(totals.goods_fen for totals in statements) == sales_fen
    assert sum(totals.household_fen for totals in statements) == income
    assert sum(totals.total_fen for totals in statements) == posted(AccountKind.FUNDS)
    month = month_of(clock.today())
    for supplier, whole in zip((world.coop, world.pilot), statements, strict=True):
        rows = settlement.statement_rows(supplier, month.start, month.end, None).items
        assert settlement.statement_totals(supplier, month.start, month.end) == whole
        for name in ("goods_fen", "fee_fen", "freight_fen", "household_fen", "disbursed_fen", "own_fen"):
            assert sum(getattr(row, name) for row in rows) == getattr(whole, name), name
    # what the households see
    for household, states in expected.items():
        seen = settlement.household_income_rows([household], 1).items
        for state in IncomeState:
            assert sum(getattr(row, f"{state.value}_fen") for row in seen) == states.get(state.value, 0)
    # what is still to be paid
    due = {row.household_id: 0 for row in (*due_rows(world.coop), *due_rows(world.pilot))}
    for row in (*due_rows(world.coop), *due_rows(world.pilot)):
        due[row.household_id] += row.fen
    assert due == {h: states["confirmed"] for h, states in expected.items() if states.get("confirmed")}
    # the county report, down to the villages and to the orders
    city, county = report_of(builders.CITY), report_of(builders.COUNTY)
    for report in (city, county):
        assert (
            report.total.sales_fen == report.check_fen == sum(r.sales_fen for r in report.rows) == sales_fen
        )
        assert report.total.income_fen == sum(row.income_fen for row in report.rows) == income
        for state in IncomeState:
            whole_state = sum(states.get(state.value, 0) for states in expected.values())
            assert report.total.by_state.get(state, 0) == whole_state
    listed = all_orders(OrderFilter(get_region(builders.COUNTY), month))
    assert (sum(o.sales_fen for o in listed), sum(o.income_fen for o in listed)) == (sales_fen, income)
    villages = {
        village: report_of(village).total.income_fen
        for village in (builders.VILLAGE, builders.VILLAGE_OF_SAME_COUNTY, builders.VILLAGE_OF_SAME_TOWN)
    }
    assert list(villages.values()) == [sum(states.values()) for states in (zhao, qian, sun)]
    assert report_of(builders.OTHER_COUNTY).total.is_empty
    assert verify() == []


def report_of(code: str) -> reporting.Report:
    return reporting.build_report(get_region(code), month_of(clock.today()))


def test_the_story(world: World, client: Client) -> None:
    agree(world, 0, {}, {}, {})

    # five boxes of kiwi (three of the bought lot, two of the consigned one) and two jars of honey, paid online
    online, honey = sales.paid_orders({world.kiwi: 5, world.honey: 2})
    net = 5 * 2999 + 2 * 5800
    qian = 11_003 * 2 // 7
    agree(world, net, {"accrued": 5000}, {"accrued": qian}, {"accrued": 2 * 5200})

    # three more boxes by transfer to the coop's own account
    [transfer] = sales.paid_by_transfer({world.kiwi: 3}, builders.finance())
    net += 3 * 2999
    more = 11_003 * 5 // 7 - qian
    agree(world, net, {"accrued": 5000}, {"accrued": qian + more}, {"accrued": 2 * 5200})

    # a jar comes back broken before anything was confirmed: exactly its part goes
    sales.deliver(honey)
    sales.refund(honey, 1)
    net -= 5800
    agree(world, net, {"accrued": 5000}, {"accrued": qian + more}, {"accrued": 5200})

    # received and past the after-sales window: the bought lot was paid long ago, the others are due
    for order_id in (online, transfer):
        sales.deliver(order_id)
    for order_id in (online, honey, transfer):
        sales.complete(order_id)
    agree(world, net, {"disbursed": 5000}, {"confirmed": qian + more}, {"confirmed": 5200})

    households_are_paid(world, client, net, qian + more, more, transfer)


def households_are_paid(
    world: World, client: Client, net: int, due: int, by_transfer: int, transfer: int
) -> None:
    """From confirmed to acknowledged, with a bounce between, and a refund after it all. ``due`` is Qian's, of which
    ``by_transfer`` came with the transfer order of three boxes."""
    # the coop pays Qian, and the bank sends it back: due again
    paid = sales.pay_household(world.coop, world.qian, "HD-1")
    agree(world, net, {"disbursed": 5000}, {"disbursed": due}, {"confirmed": 5200})
    record_bounce(builders.owner_of(world.coop), paid, "账号有误")
    agree(world, net, {"disbursed": 5000}, {"confirmed": due}, {"confirmed": 5200})

    # paid again, this time it arrives, and Qian says so; the pilot household is paid and its village says so
    paid = sales.pay_household(world.coop, world.qian, "HD-2")
    acknowledge(builders.head_of(world.qian), paid)
    own = sales.pay_household(world.pilot, world.sun, "HD-3")
    acknowledge(builders.official_of(builders.VILLAGE_OF_SAME_TOWN), own)
    agree(world, net, {"disbursed": 5000}, {"acknowledged": due}, {"acknowledged": 5200})

    # one box of the transfer order is refunded after payout: Qian keeps the money, the coop bears it
    sales.refund(transfer, 1)
    net -= 2999
    kept = by_transfer // 3
    agree(
        world,
        net,
        {"disbursed": 5000},
        {"acknowledged": due - kept, "reversed_after_payout": kept},
        {"acknowledged": 5200},
    )
    pages_say_the_same(world, client, net, transfer)


def pages_say_the_same(world: World, client: Client, net: int, order_id: int) -> None:
    """The pages show these very figures, and nobody sees beyond their own."""
    number = db.session.get_one(Order, order_id).number
    county = builders.official_of(builders.COUNTY)
    builders.sign_in(client, county)
    page = client.get("/reports").get_data(as_text=True)
    assert f"{net // 100:,}<small>.{net % 100:02d}" in page
    assert "与账目一致" in page
    csv = client.get("/reports/export.csv").get_data(as_text=True)
    assert csv.rstrip().splitlines()[-1].split(",")[2] == f"{net // 100}.{net % 100:02d}"
    assert client.get(f"/reports/orders/{number}").status_code == 200
    assert client.get("/reports", query_string={"region": builders.OTHER_COUNTY}).status_code == 404
    assert client.get("/reports", query_string={"region": builders.CITY}).status_code == 404
    other = builders.official_of(builders.OTHER_COUNTY)
    builders.sign_in(client, other)
    assert client.get(f"/reports/orders/{number}").status_code == 404
    builders.sign_in(client, builders.head_of(world.qian))
    household = client.get("/household").get_data(as_text=True)
    assert "我的收入" in household
    builders.sign_in(client, builders.owner_of(world.coop))
    assert client.get("/supplier/statement").status_code == 200
    assert client.get("/supplier/disbursements").status_code == 200
