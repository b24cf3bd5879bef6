"""Who hears of what happened to an order, a purchase, a payout: those who wait for it, and nobody twice."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from marketplace.messages.queries import box
from orders.my_orders import reminders, telling
from orders.ordering.models import Order
from orders.refunds import commands as refunds
from orders.refunds.models import Refund
from orders.refunds.rules import RefundKind
from orders.settlement.commands import record_bounce
from tests.factories import builders, sales
from tests.support.counting import statements

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=20, price_fen=2999, lot_total_fen=15_001)


@pytest.fixture
def owner(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


def titles(actor: Actor) -> list[str]:
    return [row.title.split("：")[0] for row in box(actor.user_id).items]


def bought_by(order_id: int, buyer: Actor) -> None:
    with transaction():
        db.session.execute(update(Order).where(Order.id == order_id).values(user_id=buyer.user_id))


def run_outbox() -> None:
    while outbox.run_pending():
        pass


def test_a_paid_order_is_told_to_its_supplier_only(kiwi: World, owner: Actor) -> None:
    elsewhere = builders.owner_of(builders.saleable()["supplier"])
    sales.paid_orders({kiwi["sku"]: 1})
    run_outbox()
    assert titles(owner) == ["新订单待发货"]
    assert titles(elsewhere) == []
    message = box(owner.user_id).items[0]
    order = db.session.scalars(select(Order)).one()
    assert (message.endpoint, message.params) == ("supplier.order", {"number": order.number})
    assert not any(secret in message.title + message.text for secret in (order.recipient, order.mobile))


def test_placing_tells_nobody_and_sends_no_statement_for_it(kiwi: World, owner: Actor) -> None:
    from tests.factories.order_builders import placed_orders

    with statements() as sent:
        placed_orders({kiwi["sku"]: 1})
    assert not [each for each in sent if "outbox_messages" in each or "INTO messages" in each]


def test_the_buyer_hears_of_shipping_and_of_a_refund(kiwi: World) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    seller = builders.owner_of(kiwi["supplier"])
    sales.deliver(order_id)
    refund_id = sales.refund(order_id, 1)
    buyer = builders.user()
    bought_by(order_id, buyer)
    run_outbox()
    assert set(titles(buyer)) >= {"已发货", "售后已同意"}
    assert "有人申请售后" in titles(seller)
    assert refund_id


def test_a_refused_buyer_is_told_until_when_the_platform_can_be_asked(kiwi: World) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    sales.deliver(order_id)
    line_id = min(sales.lines_of(order_id))
    member, number = sales.buyer_of(order_id)
    refund_id = refunds.request_refund(member, number, RefundKind.REFUND_ONLY, {line_id: 1}, "坏了几个")
    seller, buyer = builders.owner_of(kiwi["supplier"]), builders.user()
    refunds.decide_refund(seller, refund_id, approve=False, restock={}, note="照片看不出坏")
    bought_by(order_id, buyer)
    run_outbox()
    told = {row.title.split("：")[0]: row.text for row in box(buyer.user_id).items}
    assert "7 天内可以申请平台介入" in told["售后没有通过"]


def test_who_did_it_is_not_told_of_it(kiwi: World) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    buyer = builders.user()
    bought_by(order_id, buyer)
    moment = clock.now().isoformat()
    happened = {"order_id": order_id, "action": "cancel", "actor_id": buyer.user_id, "at": moment}
    seller = builders.owner_of(kiwi["supplier"])
    telling.tell_what_happened(happened)
    telling.tell_what_happened(happened)
    assert titles(buyer) == []
    assert titles(seller) == ["订单已取消"]


def test_an_order_that_is_gone_breaks_nothing(app: Flask) -> None:
    telling.tell_what_happened({"order_id": 999, "action": "cancel", "actor_id": None, "at": "x"})
    assert db.session.scalars(select(Message)).all() == []


def test_a_household_hears_of_its_money_and_without_an_account_its_village(kiwi: World) -> None:
    village = builders.official_of(builders.VILLAGE)
    sales.sold_and_completed({kiwi["sku"]: 2})
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    assert titles(village) == ["有一笔打款等村里确认"]
    head = builders.head_of(kiwi["household"])
    payer = builders.owner_of(kiwi["supplier"])
    record_bounce(payer, paid, "账号不对")
    assert titles(payer) == ["打款被银行退回"]
    sales.pay_household(kiwi["supplier"], kiwi["household"], "HD-2")
    assert titles(head) == ["打给您 ¥15.00"]
    assert titles(village) == ["有一笔打款等村里确认"]


def test_reminders_come_once(kiwi: World, owner: Actor) -> None:
    sales.sold_and_completed({kiwi["sku"]: 2})
    reminders.remind()
    reminders.remind()
    assert titles(owner) == ["1 户的钱到期待打"]
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        reminders.remind()
    assert titles(owner) == ["1 户的钱到期待打"] * 2
    sales.pay_household(kiwi["supplier"], kiwi["household"])
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        assert reminders.remind_of_households() == 0


def test_an_answer_that_is_nearly_late_is_asked_for_again(kiwi: World, owner: Actor) -> None:
    from orders.refunds.commands import request_refund
    from orders.refunds.rules import RefundKind

    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    line_id = min(sales.lines_of(order_id))
    request_refund(*sales.buyer_of(order_id), RefundKind.REFUND_ONLY, {line_id: 1}, "坏了")
    assert reminders.remind_of_answers() == 0
    due = db.session.scalars(select(Refund.answer_due_at)).one()
    db.session.rollback()
    with time_machine.travel(due - timedelta(hours=2), tick=False):
        assert reminders.remind_of_answers() == 1
        assert reminders.remind_of_answers() == 0
    assert titles(owner)[0] == "售后快到答复期限"


def test_a_parcel_that_is_late_is_told_to_both_once(kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    buyer = builders.user(None)
    (order_id,) = sales.paid_orders({kiwi["sku"]: 1})
    with transaction():
        db.session.execute(update(Order).where(Order.id == order_id).values(user_id=buyer.user_id))
    paid_at = db.session.scalars(select(Order.paid_at)).one()
    db.session.rollback()
    assert paid_at is not None
    assert reminders.remind_of_parcels() == 0
    for hours, told in ((37, 1), (40, 0), (49, 2), (50, 0), (24 * 30, 0)):
        with time_machine.travel(paid_at + timedelta(hours=hours), tick=False):
            assert reminders.remind_of_parcels() == told, hours
    assert titles(buyer) == ["供应商还没有发货"]
    assert sorted(titles(owner)[:2]) == ["有订单发晚了", "有订单快到发货期限"]


def test_a_unit_that_owes_is_told_before_and_after(kiwi: World) -> None:
    from tests.factories import purchases

    unit_id = purchases.unit().id
    payer = builders.user(None, (Role.UNIT_FINANCE, ScopeKind.UNIT, unit_id))
    (order_id,) = sales.paid_orders({kiwi["sku"]: 1})
    with transaction():
        db.session.execute(
            update(Order)
            .where(Order.id == order_id)
            .values(
                pays_later=True, paid_at=None, unit_id=unit_id, pay_due_on=clock.today() + timedelta(days=2)
            )
        )
    assert reminders.remind_of_payments() >= 1
    assert titles(payer) == ["采购款快到期"]
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        reminders.remind_of_payments()
        reminders.remind_of_payments()
    assert titles(payer) == ["采购款逾期未付", "采购款快到期"]
