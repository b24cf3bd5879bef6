"""Questions by the rules: anybody signed in asks, the seller and who received it answer, nothing is deleted."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from catalog.questions import commands, queries
from catalog.questions.models import Answer, Question
from catalog.questions.queries import AdminFilter, DeskFilter
from catalog.reviews.queries import scores_and_newest
from catalog.reviews.rules import Fault
from marketplace.accounts.policies import Actor
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from orders.ordering.models import Checkout, Order, OrderLine
from orders.reviewing.commands import answer_question
from tests.factories import builders, sales

ASKED = "收到是硬的还是软的？"


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    made = builders.saleable(units=20, price_fen=2999, lot_total_fen=30_001)
    asker, seller = builders.user("asking"), builders.owner_of(made["supplier"])
    question = commands.ask(asker, made["listing"], f" {ASKED}\r\n")
    return {**made, "asker": asker, "question": question, "seller": seller}


def received(shop: dict[str, Any], buyer: Actor) -> int:
    (order_id,) = sales.paid_orders({shop["sku"]: 1})
    sales.deliver(order_id)
    with transaction() as session:
        order = session.get_one(Order, order_id)
        order.user_id = buyer.user_id
        session.get_one(Checkout, order.checkout_id).user_id = buyer.user_id
    return order_id


def answered(shop: dict[str, Any], actor: Actor, text: str = "硬的，放三天就软") -> None:
    answer_question(actor, shop["listing"], shop["question"], text)


def test_a_question_is_counted_and_shown(shop: dict[str, Any]) -> None:
    scores, newest = scores_and_newest(shop["listing"])
    assert (scores.reviews, scores.questions, newest) == (0, 1, [])
    (row,) = queries.questions_of(shop["listing"], 1).items
    assert (row.text, row.shown_name, row.answers) == (ASKED, "a**", [])


def test_the_seller_hears_of_it(shop: dict[str, Any]) -> None:
    told = db.session.scalars(select(Message).where(Message.user_id == shop["seller"].user_id)).all()
    assert [(each.title, each.endpoint) for each in told] == [
        ("有人提问：周至翠香猕猴桃", "supplier.questions")
    ]


def test_the_seller_and_who_received_it_answer_once(shop: dict[str, Any]) -> None:
    buyer, stranger = builders.user("bought-it"), builders.user("stranger")
    with pytest.raises(Conflict, match="not_received"):
        answered(shop, buyer)
    order_id = received(shop, buyer)
    answered(shop, buyer)
    answered(shop, shop["seller"])
    for actor, code in (
        (buyer, "answered_already"),
        (shop["seller"], "answered_already"),
        (stranger, "not_received"),
    ):
        with pytest.raises(Conflict, match=code):
            answered(shop, actor)
    (row,) = queries.questions_of(shop["listing"], 1).items
    assert [(each.shown_name, each.by_supplier) for each in row.answers] == [("供应商", True), ("b**", False)]
    assert len(db.session.scalars(select(Message).where(Message.user_id == shop["asker"].user_id)).all()) == 2
    with transaction() as session:
        session.execute(update(OrderLine).where(OrderLine.order_id == order_id).values(refunded_units=1))
    second = commands.ask(shop["asker"], shop["listing"], "一箱有多少个呢？")
    with pytest.raises(Conflict, match="not_received"):
        answer_question(buyer, shop["listing"], second, "一箱二十四个")


def test_what_is_refused(shop: dict[str, Any]) -> None:
    for text in ("好吗", "问" * 201):
        with pytest.raises(InvalidInput) as refused:
            commands.ask(shop["asker"], shop["listing"], text)
        assert refused.value.field == "text"
    with pytest.raises(InvalidInput):
        answered(shop, shop["seller"], "答" * 301)
    with pytest.raises(Conflict, match="own_goods"):
        commands.ask(shop["seller"], shop["listing"], ASKED)
    with pytest.raises(NotFound):
        commands.ask(shop["asker"], shop["listing"] + 99, ASKED)
    with pytest.raises(NotFound):
        answer_question(shop["seller"], shop["listing"] + 1, shop["question"], "硬的，放三天就软")
    assert len(db.session.scalars(select(Question.id)).all()) == 1
    assert db.session.scalars(select(Answer.id)).all() == []


def test_the_sellers_list(shop: dict[str, Any]) -> None:
    supplier = shop["supplier"]
    assert queries.count_of_supplier(supplier) == {DeskFilter.UNANSWERED: 1, DeskFilter.ALL: 1}
    buyer = builders.user("bought-it")
    received(shop, buyer)
    answered(shop, buyer)
    assert queries.count_of_supplier(supplier)[DeskFilter.UNANSWERED] == 1
    answered(shop, shop["seller"])
    assert queries.count_of_supplier(supplier) == {DeskFilter.UNANSWERED: 0, DeskFilter.ALL: 1}
    assert queries.questions_of_supplier(supplier, DeskFilter.UNANSWERED, 1, 0).items == []
    assert queries.count_of_supplier(supplier + 99)[DeskFilter.ALL] == 0


def test_hidden_with_a_reason_and_shown_again(shop: dict[str, Any]) -> None:
    boss = builders.admin()
    answered(shop, shop["seller"])
    with pytest.raises(NotFound):
        commands.hide(shop["seller"], shop["question"], Fault.ADVERTISING, "里面是广告")
    with pytest.raises(InvalidInput):
        commands.hide(boss, shop["question"], Fault.ADVERTISING, "短")
    with pytest.raises(Conflict, match="not_hidden"):
        commands.show_again(boss, shop["question"], "不是广告，看错了")
    commands.hide(boss, shop["question"], Fault.ADVERTISING, "里面是广告")
    (row,) = queries.questions_of(shop["listing"], 1).items
    assert (row.fault, row.text, list(row.answers)) == (Fault.ADVERTISING, "", [])
    assert queries.get_question(shop["question"]).text == ASKED
    assert queries.count_all() == {AdminFilter.ALL: 1, AdminFilter.HIDDEN: 1}
    with pytest.raises(NotFound):
        queries.get_readable(shop["listing"], shop["question"])
    with pytest.raises(NotFound):
        answered(shop, shop["seller"])
    with pytest.raises(Conflict, match="hidden_already"):
        commands.hide(boss, shop["question"], Fault.ABUSE, "再隐藏一次看看")
    commands.show_again(boss, shop["question"], "不是广告，看错了")
    assert queries.get_readable(shop["listing"], shop["question"]).text == ASKED
    reasons = select(AuditEntry.reason).where(AuditEntry.subject == "question").order_by(AuditEntry.id)
    assert [each for each in db.session.scalars(reasons) if each] == ["里面是广告", "不是广告，看错了"]


@pytest.mark.parametrize("change", [update(Question).values(text="别的"), delete(Question), delete(Answer)])
def test_nothing_is_rewritten(shop: dict[str, Any], change: Any) -> None:
    answered(shop, shop["seller"])
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(change)
