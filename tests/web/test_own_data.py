"""我的资料: everything held of a member as one file, and leaving for good."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.questions import commands as questions
from catalog.wishes.commands import add_favourite, wait_for
from catalog.wishes.models import Favourite
from marketplace.accounts.addresses import save_address
from marketplace.accounts.closing import CLOSED_NAME
from marketplace.accounts.commands import register_user
from marketplace.accounts.models import Address, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.tokens import issue_token
from marketplace.helping.commands import share_card
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.messages.commands import tell
from marketplace.messages.models import Message
from marketplace.messages.topics import Topic
from orders.cart.models import Cart
from orders.ledger.verification import verify
from orders.ordering.models import Order
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client
from tests.support.forms import post

PASSWORD = "long-enough-phrase-7"
World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10)


@pytest.fixture
def member(app: Flask) -> int:
    user_id = register_user("leaver", PASSWORD, "秦示选")
    save_address(user_id, "王女士", "19900001234", builders.STREET, "示例小区 1 号楼")
    tell(Topic.ORDER, [user_id], "发货了", "在路上")
    return user_id


@pytest.fixture
def browser(app: Flask, member: int) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    post(client, "/login", identifier="leaver", password=PASSWORD)
    return client


def close(client: Client, **fields: Any) -> Any:
    return post(client, "/my/data/close", "/my/data", password=PASSWORD, sure="y", **fields)


def test_everything_is_in_the_file(browser: Client, member: int, kiwi: World) -> None:
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 2}, user_id=member)
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    share_card(Actor(member, ()), clock.today().year, "王女士一家")
    answer = post(browser, "/my/data/file", "/my/data")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    content = json.loads(answer.text)
    assert content["账户"]["账号"] == "leaver"
    assert content["收货地址"][0]["收货人"] == "王女士"
    order = db.session.get_one(Order, order_id)
    (taken,) = content["订单"]
    assert (taken["订单号"], taken["收货人"], taken["手机号"]) == (
        order.number,
        order.recipient,
        order.mobile,
    )
    assert [line["数量"] for line in taken["商品"]] == [2]
    assert "发货了" in [each["标题"] for each in content["消息"]]
    assert [each["卡上写谁"] for each in content["助农年度卡"]] == ["王女士一家"]
    assert len(content["登录设备"]) == 1


def test_what_a_member_wrote_and_waits_for_is_in_the_file(browser: Client, member: int, kiwi: World) -> None:
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 10}, user_id=member)
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    wait_for(member, kiwi["sku"])
    sales.refund(order_id, 1)
    asker, actor = builders.user(), Actor(member, ())
    asked = questions.ask(actor, kiwi["listing"], "这个果子放得住吗？")
    questions.answer(
        actor,
        kiwi["listing"],
        questions.ask(asker, kiwi["listing"], "果子甜不甜？"),
        "挺甜的，家里老人爱吃",
        received=True,
    )
    content = json.loads(post(browser, "/my/data/file", "/my/data").text)
    assert [(each["商品"], each["提问"]) for each in content["提问"]] == [
        (content["订单"][0]["商品"][0]["商品"], "这个果子放得住吗？")
    ]
    assert [(each["提问"], each["回答"]) for each in content["回答"]] == [
        ("果子甜不甜？", "挺甜的，家里老人爱吃")
    ]
    assert len(content["到货提醒"]) == 1
    (claim,) = content["订单"][0]["售后"]
    assert claim["原因"] == "坏了几个"
    questions.answer(
        builders.owner_of(kiwi["supplier"]), kiwi["listing"], asked, "阴凉处能放半个月", received=False
    )
    again = json.loads(post(browser, "/my/data/file", "/my/data").text)
    assert len(again["回答"]) == 1


def test_nobody_else_s_is_in_it(browser: Client, kiwi: World) -> None:
    other = builders.user()
    order_builders.placed_orders({kiwi["sku"]: 1}, user_id=other.user_id)
    order_builders.placed_orders({kiwi["sku"]: 1})
    assert json.loads(post(browser, "/my/data/file", "/my/data").text)["订单"] == []


def test_who_leaves_is_forgotten_and_the_books_stay(
    browser: Client, member: int, kiwi: World, app: Flask
) -> None:
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 1}, user_id=member)
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    sales.deliver(order_id)
    sales.complete(order_id)
    order_builders.cart_with({kiwi["sku"]: 1}, user_id=member)
    add_favourite(member, kiwi["listing"])
    token = issue_token(member).token
    assert close(browser).status_code == 303
    assert browser.get("/my").status_code == 302
    bearer = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/orders", headers=bearer).status_code == 401
    again = app.test_client()
    assert isinstance(again, Client)
    assert "密码不对" in post(again, "/login", identifier="leaver", password=PASSWORD).text
    db.session.rollback()
    user = db.session.get_one(User, member)
    assert (user.username, user.mobile, user.email, user.display_name) == (None, None, None, CLOSED_NAME)
    assert not user.is_enabled
    for kept in (Address, Message, Cart, Favourite):
        assert db.session.scalar(select(func.count()).where(kept.user_id == member)) == 0
    assert db.session.get_one(Order, order_id).user_id == member
    assert verify() == []
    register_user("leaver", PASSWORD, "别人")


def test_whose_goods_are_under_way_stays(browser: Client, member: int, kiwi: World) -> None:
    order_builders.placed_orders({kiwi["sku"]: 1}, user_id=member)
    page = browser.get("/my/data").text
    assert "您还有 1 个订单没走完" in page
    assert "/my/data/close" not in page
    assert close(browser).status_code == 409
    assert db.session.get_one(User, member).username == "leaver"
    assert db.session.scalar(select(func.count()).where(Address.user_id == member)) == 1


def test_who_acts_for_others_stays(app: Flask, kiwi: World) -> None:
    owner = builders.owner_of(kiwi["supplier"])
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, owner)
    assert "请先请管理员收回角色" in client.get("/my/data").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "wrong-phrase-123"}, "现在的密码不对"),
        ({"password": ""}, "请填登录密码"),
        ({"sure": ""}, "请勾选"),
    ],
)
def test_it_is_asked_twice(browser: Client, member: int, fields: dict[str, str], words: str) -> None:
    data = {"password": PASSWORD, "sure": "y", **fields}
    if not data["sure"]:
        del data["sure"]
    answer = post(browser, "/my/data/close", "/my/data", **data)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.get_one(User, member).is_enabled
