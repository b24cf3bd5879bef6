"""The story of issue 6: what the first story has (test_story), and coupons of both kinds, an order shipped in two parcels,
a payout the bank sent back, a dispute lost, a correction by two people, a bill settled, two months closed.

At every step the ledger, the statement, the households and the report agree to the fen, and the self-check is clean.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.regions.queries import get_region
from marketplace.reporting import queries as reporting
from marketplace.reporting.rules import Period
from orders.coupons.rules import CouponBearer
from orders.fulfilment import commands as fulfilment
from orders.ledger import corrections, months
from orders.ledger.models import Posting
from orders.ledger.queries import household_totals
from orders.ledger.rules import GOODS_KINDS, AccountKind
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.rules import SandboxDispute
from orders.settlement import bill_queries, bills
from orders.settlement import queries as settlement
from orders.settlement.commands import acknowledge, record_bounce
from tests.factories import builders, order_builders, sales
from tests.factories.coupons import coupon, placed
from tests.integration.test_disputes import bank

pytestmark = pytest.mark.both_databases
World = dict[str, int]


@pytest.fixture
def world(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-10 09:00")
    made = builders.saleable(units=20, price_fen=2999, lot_total_fen=30_007)
    order_builders.freight_rule(made["supplier"], first_fen=900, next_fen=100)
    return made


def posted(*kinds: AccountKind) -> int:
    """Of orders: what bills have cleared does not count."""
    total = select(func.sum(Posting.fen)).where(
        Posting.account_kind.in_(kinds), Posting.order_id.is_not(None)
    )
    return int(db.session.scalar(total) or 0)


def agree(world: World, sales_fen: int, income: dict[str, int], loss: int = 0) -> None:
    """Everybody who looks sees the same figures."""
    totals = household_totals([world["household"]])[world["household"]]
    assert {state.value: fen for state, fen in totals.items()} == income
    brought = sum(income.values())
    statement = settlement.statement_totals(world["supplier"])
    assert (statement.goods_fen, statement.household_fen, statement.loss_fen) == (sales_fen, brought, loss)
    assert posted(*GOODS_KINDS) == -sales_fen
    money = posted(AccountKind.FUNDS, AccountKind.SUBSIDY, AccountKind.DISPUTED, AccountKind.DISPUTE_LOSS)
    assert statement.total_fen == money
    assert sum(row.closing_fen for row in months.trial_balance(months.month_of(clock.now()))) == 0
    period = Period("custom", clock.today().replace(month=1, day=1), clock.today(), "")
    report = reporting.build_report(get_region(builders.COUNTY), period)
    assert (report.total.sales_fen, report.total.income_fen) == (sales_fen, brought)
    assert report.check_fen == sales_fen
    rows = settlement.household_income_rows([world["household"]], 1).items
    assert sum(row.confirmed_fen for row in rows) == income.get("confirmed", 0)
    assert verify() == []


def test_the_story(world: World, freeze: Callable[[str], object]) -> None:
    agree(world, 0, {})
    # five boxes, ¥3 off by the coop and ¥10 by the government: the household's part is what it was promised
    own = coupon(world["supplier"], min_spend_fen=8_000, off_fen=300)
    voucher = coupon(bearer=CouponBearer.GOVERNMENT, min_spend_fen=10_000, off_fen=1_000)
    (first,) = placed({world["sku"]: 5}, own, voucher)
    agree(world, 0, {})
    sales.pay_online(first.checkout_id)
    net, brought = 5 * 2999 - 300, 30_007 * 5 // 20
    agree(world, net, {"accrued": brought})

    net, brought = shipped_in_two(world, first.id, net, brought)
    net, brought = paid_out_at_the_second_try(world, first.id, net, brought, freeze)
    net, brought = disputed(world, net, brought)
    books_are_closed(world, net, brought, freeze)


def shipped_in_two(world: World, order_id: int, net: int, brought: int) -> tuple[int, int]:
    """Two boxes, then two; the fifth is refunded before it is sent."""
    seller = builders.owner_of(world["supplier"])
    (line_id,) = sales.lines_of(order_id)
    fulfilment.ship(seller, order_id, "顺丰速运", "SF1", {line_id: 2})
    assert db.session.get_one(Order, order_id).state is OrderState.PARTIALLY_SHIPPED
    agree(world, net, {"accrued": brought})
    sales.refund(order_id, 1)
    # the buyer's and the government's parts, each rounded down for itself
    net -= (5 * 2999 - 1_300) // 5 + 1_000 // 5
    brought -= brought // 5
    agree(world, net, {"accrued": brought})
    fulfilment.ship(seller, order_id, "顺丰速运", "SF2", {line_id: 2})
    fulfilment.receive(*sales.buyer_of(order_id))
    sales.complete(order_id)
    agree(world, net, {"confirmed": brought})
    return net, brought


def paid_out_at_the_second_try(
    world: World, order_id: int, net: int, brought: int, freeze: Callable[[str], object]
) -> tuple[int, int]:
    freeze("2026-10-08 09:00")
    paid = sales.pay_household(world["supplier"], world["household"], "HD-1")
    agree(world, net, {"disbursed": brought})
    record_bounce(builders.owner_of(world["supplier"]), paid, "户名不符")
    agree(world, net, {"confirmed": brought})
    paid = sales.pay_household(world["supplier"], world["household"], "HD-2")
    acknowledge(builders.head_of(world["household"]), paid)
    agree(world, net, {"acknowledged": brought})
    # a box is claimed after all: the household keeps its money, the coop bears it
    kept = (30_007 * 5 // 20) * 2 // 5 - (30_007 * 5 // 20) // 5
    before = (5 * 2999 - 1_300, 1_000)
    sales.refund(order_id, 1)
    net -= sum(fen * 2 // 5 - fen // 5 for fen in before)
    agree(world, net, {"acknowledged": brought - kept, "reversed_after_payout": kept})
    return net, brought


def disputed(world: World, net: int, brought: int) -> tuple[int, int]:
    """Another buyer's bank takes its money back, and keeps it."""
    (order_id,) = sales.paid_orders({world["sku"]: 1})
    net += 2999
    kept = (30_007 * 5 // 20) * 2 // 5 - (30_007 * 5 // 20) // 5
    # the box sold is one that came back: its household has had its money and is not paid twice
    states = {"acknowledged": brought - kept, "reversed_after_payout": kept}
    bank(order_id, SandboxDispute.DISPUTE)
    agree(world, net, states)
    bank(order_id, SandboxDispute.LOST)
    agree(world, net, states, loss=2999 + 900 + 200)
    return net, brought


def books_are_closed(world: World, net: int, brought: int, freeze: Callable[[str], object]) -> None:
    """A fee is waived, September and October are billed, settled and closed."""
    freeze("2026-11-02 09:00")
    number = db.session.scalars(select(Order.number).order_by(Order.id)).first()
    assert number is not None
    finance, other = builders.finance(), builders.finance()
    moved = corrections.propose_correction(
        finance, number, AccountKind.PLATFORM_FEE, AccountKind.SUPPLIER_DUE, 50, "开业月减免服务费"
    )
    corrections.decide_correction(other, moved, post=True)
    assert bills.issue_due() == 2
    owner = builders.owner_of(world["supplier"])
    seen = settlement.statement_totals(world["supplier"])
    for bill in bill_queries.bills(world["supplier"], None, 1).items:
        bills.check_bill(owner, bill.id)
        bills.settle_bill(finance, bill.id, clock.today(), f"JS-{bill.number}")
    assert settlement.statement_totals(world["supplier"]) == seen
    for month in ("2026-09", "2026-10"):
        months.close_month(finance, month)
    left = {row.kind: row.closing_fen for row in months.trial_balance("2026-11") if row.state is None}
    # what is open with the supplier is November's correction alone
    assert (left.get(AccountKind.FUNDS, 0), left.get(AccountKind.SUBSIDY, 0)) == (0, 0)
    assert left[AccountKind.PLATFORM_FEE] == 50 == -left[AccountKind.SUPPLIER_DUE]
    assert seen.goods_fen == net
    assert seen.household_fen == brought
    assert verify() == []
