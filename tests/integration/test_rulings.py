"""The platform's own day for a claim that lies before it: shown, late in the work list, told once, and no more."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from marketplace.kernel import parameters
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from marketplace.messages.queries import box
from orders.my_orders import reminders
from orders.ordering.models import Order
from orders.refunds import arbitration, cases, commands, returning
from orders.refunds.arbitration import Ruling
from orders.refunds.models import Refund
from orders.refunds.queries import facts_of
from orders.refunds.rules import RefundCause, RefundKind
from orders.refunds.timers import act_on_overdue
from orders.refunds.workflow import RefundState
from tests.factories import builders, sales

LATE = "有售后裁定过了答复期限"


@pytest.fixture
def asked(app: Flask, freeze: Callable[[str], object]) -> int:
    """Refused, and brought before the platform on Monday the 14th of September."""
    freeze("2026-09-14 09:00")
    made = builders.saleable(units=10, price_fen=2999)
    (order_id,) = sales.paid_orders({made["sku"]: 3})
    sales.deliver(order_id)
    line_id = min(sales.lines_of(order_id))
    refund_id = commands.request_refund(
        *sales.buyer_of(order_id),
        RefundKind.RETURN_AND_REFUND,
        {line_id: 1},
        "发错了",
        cause=RefundCause.WRONG,
    )
    refuse(refund_id)
    return refund_id


def refuse(refund_id: int) -> None:
    order_id = db.session.get_one(Refund, refund_id, populate_existing=True).order_id
    supplier_id = db.session.get_one(Order, order_id).supplier_id
    commands.decide_refund(
        builders.owner_of(supplier_id), refund_id, approve=False, restock={}, note="货不对板"
    )


def appeal(refund_id: int) -> None:
    order_id = db.session.get_one(Refund, refund_id, populate_existing=True).order_id
    arbitration.appeal(*sales.buyer_of(order_id), refund_id, "签收时就坏了")


def due_on(refund_id: int) -> date | None:
    return facts_of(db.session.get_one(Refund, refund_id, populate_existing=True)).ruling_due_on


def told(actor_id: int) -> int:
    return [row.title for row in box(actor_id).items].count(LATE)


def test_the_last_day_is_the_fifth_working_day_of_asking(asked: int) -> None:
    assert due_on(asked) is None
    appeal(asked)
    # Sunday the 20th is worked, before the holidays of October: Tuesday, Wednesday, Thursday, Friday, Sunday
    assert due_on(asked) == date(2026, 9, 20)
    assert cases.cases_waiting() == cases.CasesWaiting(1, 0, date(2026, 9, 20))


def test_past_it_a_claim_is_late_and_its_admins_hear_it_once(
    asked: int, freeze: Callable[[str], object]
) -> None:
    first, second = builders.admin(), builders.admin()
    appeal(asked)
    freeze("2026-09-20 23:59")
    assert (cases.cases_waiting().late, reminders.remind_of_rulings()) == (0, 0)
    freeze("2026-09-21 00:00")
    assert [row.is_late for row in cases.appeals(waiting=True, page=1).items] == [True]
    assert cases.cases_waiting() == cases.CasesWaiting(1, 1, date(2026, 9, 20))
    assert reminders.remind_of_rulings() == 2
    freeze("2026-10-20 09:00")
    assert (reminders.remind_of_rulings(), act_on_overdue()) == (0, 0)
    assert (told(first.user_id), told(second.user_id)) == (1, 1)
    assert db.session.get_one(Refund, asked, populate_existing=True).state is RefundState.ARBITRATION


def test_a_second_appeal_has_days_of_its_own(asked: int, freeze: Callable[[str], object]) -> None:
    boss = builders.admin()
    appeal(asked)
    freeze("2026-09-22 09:00")
    assert reminders.remind_of_rulings() == 1
    arbitration.rule(
        boss, asked, Ruling.RETURN_FIRST, "先寄回去看看", return_to="王示例 13800000000 马召镇仓库"
    )
    assert (due_on(asked), reminders.remind_of_rulings()) == (None, 0)
    order_id = db.session.get_one(Refund, asked, populate_existing=True).order_id
    returning.send_back(*sales.buyer_of(order_id), asked, "中国邮政", "TH1")
    refuse(asked)
    appeal(asked)
    assert reminders.remind_of_rulings() == 0
    freeze("2026-10-20 09:00")
    assert (reminders.remind_of_rulings(), told(boss.user_id)) == (1, 2)


def test_the_days_are_data(asked: int, freeze: Callable[[str], object]) -> None:
    boss = builders.admin()
    appeal(asked)
    parameters.override("refunds.ruling_days", 2, "平台售后规则第 11 条修订", boss.user_id)
    assert due_on(asked) == date(2026, 9, 16)
    freeze("2026-09-17 00:00")
    assert cases.cases_waiting().late == 1


@pytest.mark.parametrize("key", ["refunds.ruling_days", "refunds.appeal_days", "refunds.answer_hours"])
def test_no_period_is_longer_than_ten_years(app: Flask, key: str) -> None:
    """Past the calendar's end every page that names its day would fail."""
    boss = builders.admin()
    with pytest.raises(InvalidInput, match="period"):
        parameters.override(key, 100_000, "多按了几个零", boss.user_id)
    parameters.override(key, 3_660, "平台售后规则第 11 条修订", boss.user_id)
    assert parameters.Parameter.declared[key].get() == 3_660
