"""我的资料: everything held of a member as one file, and leaving for good."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.wishes.commands import add_favourite
from catalog.wishes.models import Favourite
from certification.notices.models import Objection
from certification.notices.workflow import ObjectionState
from marketplace.accounts.addresses import save_address
from marketplace.accounts.closing import CLOSED_NAME
from marketplace.accounts.commands import register_user
from marketplace.accounts.models import Address, Invitation, User
from marketplace.accounts.policies import Actor
from marketplace.helping.commands import share_card
from marketplace.kernel import clock
from marketplace.kernel.db import Base, db
from marketplace.kernel.transaction import transaction
from marketplace.messages.commands import tell
from marketplace.messages.models import Message
from marketplace.messages.topics import Topic
from marketplace.storefront.own_file import all_of
from orders.cart.models import Cart
from orders.ledger.verification import verify
from orders.ordering.models import Order
from tests.factories import builders, order_builders, sales
from tests.factories.own_data import fill, objected
from tests.support.clients import Client
from tests.support.forms import post
from tests.support.logins import issue_token
from tests.support.personal_data import FORGOTTEN, TAKEN

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


def test_every_heading_has_something_where_something_is_held(
    browser: Client, member: int, kiwi: World
) -> None:
    fill(member, kiwi)
    household = builders.head_of(kiwi["household"])
    content = json.loads(post(browser, "/my/data/file", "/my/data").text)
    (asked,) = content["提问"]
    assert (asked["提问"], asked["商品"]) == ("甜不甜？", content["到货提醒"][0]["商品"])
    assert content["公示异议"][0]["手机号"] == "19900001234"
    assert content["订单"][0]["发票抬头"] == "王女士"
    empty = {heading for heading in TAKEN.values() if not content[heading]}
    assert empty == {"我家的登记"}, "the member acts for no household"
    (registered,) = all_of(household)["我家的登记"]
    assert registered["户主"] == "王**"


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


def test_whatever_says_who_left_is_gone_or_stays_for_a_reason(
    browser: Client, member: int, kiwi: World
) -> None:
    fill(member, kiwi)
    objected(member)
    tables = Base.metadata.tables
    held = {column.partition(".")[0] for column in TAKEN if column.endswith(".user_id")} & FORGOTTEN

    def rows() -> dict[str, int]:
        counted = {name: select(func.count()).where(tables[name].c.user_id == member) for name in held}
        return {name: db.session.scalar(query) or 0 for name, query in counted.items()}

    settled, open_one = db.session.scalars(select(Objection.id).order_by(Objection.id)).all()
    with transaction():
        row = db.session.get_one(Objection, settled)
        row.state, row.decided_at = ObjectionState.DISMISSED, clock.now()
    assert [name for name, count in rows().items() if not count] == []
    assert held == FORGOTTEN
    assert close(browser).status_code == 303
    db.session.rollback()
    assert rows() == dict.fromkeys(held, 0)
    said = [db.session.get_one(Objection, each) for each in (settled, open_one)]
    assert [(each.user_id, each.contact_name, each.contact_mobile) for each in said] == [
        (None, "", ""),
        (None, "王女士", "19900001234"),
    ]
    assert db.session.scalars(select(Invitation.invitee)).all() == [""]


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
