"""Corrections take two people and only what is there; a closed month takes no more entries and stays as it was."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.transaction import transaction
from orders.ledger import corrections, months
from orders.ledger.models import ClosedMonthSum, Correction, JournalEntry, Posting
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.ledger.workflow import CorrectionState
from orders.ordering.models import Order
from orders.settlement.queries import statement_totals
from tests.factories import builders, sales
from tests.integration.test_ledger_verification import drop_triggers

FEE, DUE, FREIGHT = AccountKind.PLATFORM_FEE, AccountKind.SUPPLIER_DUE, AccountKind.FREIGHT_DUE


@pytest.fixture
def sold(app: Flask, freeze: Callable[[str], object]) -> Order:
    """Two boxes of ¥29.90, ¥30.00 of it the household's; fee ¥1.19."""
    freeze("2026-09-20 10:00")
    kiwi = builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    return db.session.get_one(Order, order_id)


def balance(order_id: int, kind: AccountKind) -> int:
    total = select(func.sum(Posting.fen)).where(Posting.order_id == order_id, Posting.account_kind == kind)
    return -(db.session.scalar(total) or 0)


def test_a_fee_is_waived_by_two_people(sold: Order) -> None:
    asker, other = builders.finance(), builders.finance()
    correction = corrections.propose_correction(
        asker, sold.number, FEE, DUE, 119, "活动期免服务费，见会议纪要 3 号"
    )
    assert balance(sold.id, FEE) == 119  # nothing moves yet
    with pytest.raises(Forbidden):
        corrections.decide_correction(asker, correction, post=True)
    corrections.decide_correction(other, correction, post=True)
    assert (balance(sold.id, FEE), balance(sold.id, DUE)) == (0, 5_980)
    assert statement_totals(sold.supplier_id).fee_fen == 0
    with pytest.raises(IllegalTransition):
        corrections.decide_correction(other, correction, post=True)
    assert verify() == []
    # undone by another correction, not by deleting
    back = corrections.propose_correction(other, sold.number, DUE, FEE, 119, "纪要作废，恢复服务费")
    corrections.decide_correction(asker, back, post=True)
    assert balance(sold.id, FEE) == 119
    assert verify() == []


@pytest.mark.parametrize(
    ("source", "target", "fen", "reason", "field"),
    [
        (FEE, FEE, 1, "写错了科目", "target"),
        (AccountKind.HOUSEHOLD_INCOME, DUE, 1, "写错了科目", "target"),
        (FEE, AccountKind.FUNDS, 1, "写错了科目", "target"),
        (FEE, AccountKind.OUTLET_FEE, 1, "写错了科目", "target"),
        (FEE, DUE, 120, "多免了一分", "fen"),
        (FEE, DUE, 0, "免了零元", "fen"),
        (FEE, DUE, -5, "免了负数", "fen"),
        (DUE, FEE, 2_862, "动了欠农户的", "fen"),  # 5,861 less the household's 3,000
        (FEE, DUE, 10, "短", "reason"),
        (FREIGHT, DUE, 1, "没有运费可移", "fen"),
    ],
)
def test_what_is_not_there_or_not_to_be_touched(
    sold: Order, source: AccountKind, target: AccountKind, fen: int, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        corrections.propose_correction(builders.finance(), sold.number, source, target, fen, reason)
    assert error.value.field == field


def test_who_may_not(sold: Order) -> None:
    for actor in (builders.admin(), builders.owner_of(sold.supplier_id)):
        with pytest.raises(NotFound):
            corrections.propose_correction(actor, sold.number, FEE, DUE, 1, "免一分钱试试")
    correction = corrections.propose_correction(builders.finance(), sold.number, FEE, DUE, 1, "免一分钱试试")
    concerned = builders.user(
        None,
        (Role.FINANCE, ScopeKind.PLATFORM, ""),
        (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, sold.supplier_id),
    )
    with pytest.raises(Forbidden) as error:
        corrections.decide_correction(concerned, correction, post=True)
    assert error.value.code == "orders.own_money"
    with pytest.raises(NotFound):
        corrections.withdraw_correction(builders.finance(), correction)


def test_what_has_gone_meanwhile_is_not_posted(sold: Order) -> None:
    correction = corrections.propose_correction(builders.finance(), sold.number, FEE, DUE, 119, "免掉服务费")
    sales.refund(sold.id, 1)
    with pytest.raises(Conflict) as error:
        corrections.decide_correction(builders.finance(), correction, post=True)
    assert error.value.code == "corrections.changed"
    assert db.session.get_one(Correction, correction).state is CorrectionState.PROPOSED
    corrections.decide_correction(builders.finance(), correction, post=False, note="已经退了一份")
    assert verify() == []


def test_a_refund_after_a_correction_leaves_no_order_unbalanced(sold: Order) -> None:
    correction = corrections.propose_correction(builders.finance(), sold.number, FEE, DUE, 119, "免掉服务费")
    corrections.decide_correction(builders.finance(), correction, post=True)
    sales.refund(sold.id, 2)
    assert verify() == []


def test_months_are_closed_in_turn_and_only_when_over(sold: Order, freeze: Callable[[str], object]) -> None:
    freeze("2026-11-03 10:00")
    finance = builders.finance()
    assert months.first_open_month() == "2026-09"
    for month, code in (("2026-10", "not_next"), ("2026-11", "not_over"), ("2026-08", "not_next")):
        with pytest.raises(Conflict) as error:
            months.close_month(finance, month)
        assert error.value.code == f"months.{code}"
    with pytest.raises(NotFound):
        months.close_month(builders.admin(), "2026-09")
    months.close_month(finance, "2026-09")
    months.close_month(finance, "2026-10")  # a month without any entry
    assert [(row.month, row.entries) for row in months.closed_months()] == [("2026-10", 0), ("2026-09", 1)]
    assert months.first_open_month() == "2026-11"
    assert verify() == []


def test_a_closed_month_takes_no_entry_whoever_writes_it(
    sold: Order, freeze: Callable[[str], object]
) -> None:
    freeze("2026-10-02 10:00")
    months.close_month(builders.finance(), "2026-09")
    with pytest.raises(DBAPIError, match="closed"), transaction() as session:
        session.execute(
            text(
                "INSERT INTO journal_entries (kind, unique_key, at, note) "
                "VALUES ('correction', 'correction:999', '2026-09-30 15:59:59.000000+00:00', '')"
            )
        )
    sales.refund(sold.id, 1)  # of today: taken
    assert verify() == []


@pytest.mark.parametrize(
    ("moment", "month"), [("2026-09-30 23:59:59", "2026-09"), ("2026-10-01 00:00:00", "2026-10")]
)
def test_the_edge_of_a_month_is_midnight_in_the_city(
    app: Flask, freeze: Callable[[str], object], moment: str, month: str
) -> None:
    freeze(moment)
    kiwi = builders.saleable(units=10)
    sales.paid_orders({kiwi["sku"]: 1})
    assert months.first_open_month() == month
    assert months.trial_balance(month)
    starts_at, ends_at = months.bounds(month)
    at = db.session.scalars(select(JournalEntry.at)).one()
    assert starts_at <= at < ends_at


def test_balances_go_on_from_closed_months(sold: Order, freeze: Callable[[str], object]) -> None:
    freeze("2026-10-15 10:00")
    sales.refund(sold.id, 1)
    before = months.trial_balance("2026-10")
    months.close_month(builders.finance(), "2026-09")
    assert months.trial_balance("2026-10") == before
    by_kind = {row.kind: row for row in before if row.state is None}
    funds = by_kind[AccountKind.FUNDS]
    assert (funds.opening_fen, funds.debit_fen, funds.credit_fen, funds.closing_fen) == (
        5_980,
        0,
        2_990,
        2_990,
    )
    assert sum(row.opening_fen for row in before) == sum(row.closing_fen for row in before) == 0
    assert sum(row.debit_fen for row in before) == sum(row.credit_fen for row in before)


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE closed_month_sums SET debit_fen = debit_fen + 1 WHERE account_kind = 'funds'", "I12"),
        ("DELETE FROM closed_month_sums WHERE account_kind = 'platform_fee'", "I12"),
        ("UPDATE corrections SET fen = fen - 1", "I2"),
        (
            "DELETE FROM postings WHERE entry_id IN (SELECT id FROM journal_entries WHERE kind = 'correction')",
            "I2",
        ),
        ("UPDATE corrections SET state = 'refused'", "I2"),
    ],
)
def test_the_self_check_names_what_was_changed(
    sold: Order, freeze: Callable[[str], object], statement: str, invariant: str
) -> None:
    correction = corrections.propose_correction(builders.finance(), sold.number, FEE, DUE, 19, "免掉一部分")
    corrections.decide_correction(builders.finance(), correction, post=True)
    freeze("2026-10-02 10:00")
    months.close_month(builders.finance(), "2026-09")
    assert verify() == []
    drop_triggers()
    with transaction() as session:
        session.execute(text(statement))
    found = {finding.invariant for finding in verify()}
    assert invariant in found


def test_two_who_close_at_once(sold: Order, freeze: Callable[[str], object]) -> None:
    freeze("2026-10-02 10:00")
    months.close_month(builders.finance(), "2026-09")
    with pytest.raises(DomainError):
        months.close_month(builders.finance(), "2026-09")
    kept = db.session.scalar(select(func.count()).select_from(ClosedMonthSum)) or 0
    assert kept == len({(row.kind, row.state) for row in months.trial_balance("2026-09")})
