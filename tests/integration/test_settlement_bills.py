"""Settlement bills: what a period moved, to the fen; checked, objected to, settled, and the books cleared."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.messages.queries import box
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.settlement import bills
from orders.settlement.bill_queries import bills as listed
from orders.settlement.bill_queries import get_bill
from orders.settlement.bill_rules import SettlementPeriod, last_day, periods_until
from orders.settlement.queries import statement_totals
from orders.settlement.workflow import BillState
from tests.factories import builders, order_builders, sales
from tests.factories.coupons import coupon, placed

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-20 10:00")
    made = builders.saleable(units=20, price_fen=2990, lot_total_fen=30_002)
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=100)
    return made


def bill_ids(supplier_id: int) -> list[int]:
    return sorted(bill.id for bill in listed(supplier_id, None, 1).items)


def test_a_month_with_a_subsidy_and_a_refund(kiwi: World, freeze: Callable[[str], object]) -> None:
    shared = coupon(min_spend_fen=5_000, off_fen=1_000)
    (order,) = placed({kiwi["sku"]: 3}, shared)
    sales.pay_online(order.checkout_id)
    sales.refund(order.id, 1)
    freeze("2026-10-01 08:00")
    assert bills.issue_due() == 1
    assert bills.issue_due() == 0
    (bill_id,) = bill_ids(kiwi["supplier"])
    bill = get_bill(bill_id)
    assert (bill.first_day, bill.last_day) == (date(2026, 9, 1), date(2026, 9, 30))
    assert bill.goods_fen == 8_970 - 2_989  # 2,656 to the buyer, 333 to the platform
    assert (bill.subsidy_fen, bill.fee_fen) == (667, 120)
    assert bill.received_fen == order.total_fen - 2_656
    assert bill.goods_fen + bill.freight_fen == bill.received_fen + bill.subsidy_fen
    assert bill.settle_fen == 667 - 120
    assert verify() == []


def test_checked_then_settled_and_the_period_is_cleared(kiwi: World, freeze: Callable[[str], object]) -> None:
    sales.paid_orders({kiwi["sku"]: 2})
    freeze("2026-10-02 08:00")
    sales.paid_orders({kiwi["sku"]: 1})
    bills.issue_due()
    (bill_id,) = bill_ids(kiwi["supplier"])
    owner, finance = builders.owner_of(kiwi["supplier"]), builders.finance()
    with pytest.raises(IllegalTransition):
        bills.settle_bill(finance, bill_id, clock.today(), "HD-1")
    bills.check_bill(owner, bill_id)
    with pytest.raises(InvalidInput):
        bills.settle_bill(finance, bill_id, date(2027, 1, 1), "HD-1")
    before = statement_totals(kiwi["supplier"])
    bills.settle_bill(finance, bill_id, clock.today(), "HD-1")
    assert get_bill(bill_id).state is BillState.SETTLED
    # what is left on the accounts is October's, and statements go on telling everything
    left = select(func.sum(Posting.fen)).where(Posting.account_kind == AccountKind.FUNDS)
    assert db.session.scalar(left) == 2_990 + 800 + 200
    assert statement_totals(kiwi["supplier"]) == before
    with pytest.raises(IllegalTransition):
        bills.settle_bill(finance, bill_id, clock.today(), "HD-1")
    assert verify() == []


def test_whose_bill_it_is(kiwi: World, freeze: Callable[[str], object]) -> None:
    sales.paid_orders({kiwi["sku"]: 1})
    freeze("2026-10-02 08:00")
    bills.issue_due()
    (bill_id,) = bill_ids(kiwi["supplier"])
    stranger = builders.owner_of(builders.supplier(builders.VILLAGE_OF_SAME_COUNTY))
    for act in (bills.check_bill, lambda a, b: bills.object_to_bill(a, b, "不对不对")):
        with pytest.raises(NotFound):
            act(stranger, bill_id)
    with pytest.raises(Conflict):
        bills.answer_objection(builders.finance(), bill_id, "", "没有异议可答")
    owner = builders.owner_of(kiwi["supplier"])
    with pytest.raises(InvalidInput):
        bills.object_to_bill(owner, bill_id, "错")
    bills.object_to_bill(owner, bill_id, "运费少了一单")
    with pytest.raises(NotFound):
        bills.answer_objection(owner, bill_id, "运费少了一单", "自己答自己")
    bills.object_to_bill(owner, bill_id, "不是运费，是补贴\r\n少了一单")
    with pytest.raises(Conflict, match="other_objection"):  # the page of before, in another tab
        bills.answer_objection(builders.finance(), bill_id, "运费少了一单", "核对过，那一单是包邮")
    assert not get_bill(bill_id).answer
    bills.answer_objection(builders.finance(), bill_id, "不是运费，是补贴\n少了一单", "核对过，没有少")
    assert get_bill(bill_id).answer
    bills.check_bill(owner, bill_id)
    assert get_bill(bill_id).checked_at is not None


def test_a_checked_bill_is_objected_to_until_it_is_settled(
    kiwi: World, freeze: Callable[[str], object]
) -> None:
    sales.paid_orders({kiwi["sku"]: 1})
    freeze("2026-10-02 08:00")
    bills.issue_due()
    (bill_id,) = bill_ids(kiwi["supplier"])
    owner, finance = builders.owner_of(kiwi["supplier"]), builders.finance()
    bills.check_bill(owner, bill_id)
    with pytest.raises(InvalidInput):
        bills.object_to_bill(owner, bill_id, "错")
    assert get_bill(bill_id).state is BillState.CHECKED
    bills.object_to_bill(owner, bill_id, "核对完才发现少了一单运费")
    again = get_bill(bill_id)
    assert (again.state, again.checked_at, again.waits_for_answer) == (BillState.ISSUED, None, True)
    said = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bill.object")).one()
    assert (said.actor_id, said.detail, said.reason) == (
        owner.user_id,
        {"from": "checked"},
        "核对完才发现少了一单运费",
    )
    bills.object_to_bill(owner, bill_id, "核对完才发现少了一单运费")  # sent again
    assert [row.title for row in box(finance.user_id).items] == [f"结算单 {again.number} 有异议"]
    with pytest.raises(IllegalTransition):
        bills.settle_bill(finance, bill_id, clock.today(), "HD-1")
    with pytest.raises(Conflict, match="not_answered"):  # the page of before, in another tab
        bills.check_bill(owner, bill_id)
    bills.answer_objection(finance, bill_id, "核对完才发现少了一单运费", "核对过，那一单是包邮")
    bills.check_bill(owner, bill_id)
    bills.settle_bill(finance, bill_id, clock.today(), "HD-1")
    with pytest.raises(IllegalTransition):
        bills.object_to_bill(owner, bill_id, "又不对了")
    assert verify() == []


def test_a_supplier_with_another_period_goes_on_where_it_stands(
    kiwi: World, freeze: Callable[[str], object]
) -> None:
    sales.paid_orders({kiwi["sku"]: 1})
    freeze("2026-10-01 08:00")
    bills.issue_due()
    bills.set_period(builders.finance(), kiwi["supplier"], SettlementPeriod.WEEK)
    sales.paid_orders({kiwi["sku"]: 1})
    freeze("2026-10-19 08:00")
    assert bills.issue_due() == 1  # the weeks without movement have none
    first, last = bill_ids(kiwi["supplier"])
    assert (get_bill(last).first_day, get_bill(last).last_day) == (date(2026, 10, 1), date(2026, 10, 4))
    with pytest.raises(NotFound):
        bills.set_period(builders.admin(), kiwi["supplier"], SettlementPeriod.MONTH)
    assert first < last
    assert verify() == []


@given(
    st.sampled_from(list(SettlementPeriod)),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.integers(0, 200),
)
def test_periods_follow_each_other_without_gap(period: SettlementPeriod, first: date, days: int) -> None:
    today = date.fromordinal(first.toordinal() + days)
    expected = first
    for start, end in periods_until(period, first, today):
        assert start == expected
        assert start <= end < today
        expected = date.fromordinal(end.toordinal() + 1)
    assert last_day(period, expected) >= today


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE settlement_bills SET fee_fen = fee_fen + 1, settle_fen = settle_fen - 1",
        "UPDATE settlement_bills SET state = 'settled', settled_at = issued_at",
        "UPDATE settlement_bills SET received_fen = received_fen - 5, goods_fen = goods_fen - 5",
    ],
)
def test_the_self_check_names_a_bill_that_is_off(
    kiwi: World, freeze: Callable[[str], object], statement: str
) -> None:
    sales.paid_orders({kiwi["sku"]: 1})
    freeze("2026-10-02 08:00")
    bills.issue_due()
    assert verify() == []
    with transaction() as session:
        session.execute(text(statement))
    assert verify() != []
