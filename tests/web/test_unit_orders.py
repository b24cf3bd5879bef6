"""What became of a unit's purchase, over the pages: proofs, lists, downloads; what suppliers and finance see; how many
queries a page asks."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.rules import Tier
from catalog.products.tiers import kept_tiers
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.spreadsheets import Column, read_sheet
from marketplace.kernel.transaction import transaction
from orders.bulk import commands as bulk
from orders.bulk.models import PurchaseOrder
from orders.bulk.rules import PaymentTerm
from orders.bulk.workflow import PurchaseState
from orders.fulfilment.models import Delivery
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, Order
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment, TransferProof
from orders.payments.workflow import PaymentState
from tests.factories import builders, order_builders, purchases, sales
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]
PLACE = {
    "region_1": "610000000000",
    "region_2": "610100000000",
    "region_3": "610113000000",
    "region_4": builders.STREET,
}


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    made = builders.saleable(units=100, price_fen=2_999, lot_total_fen=150_000)
    purchases.tiers(made["supplier"], made["sku"], (10, 2_700), (50, 2_500))
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=0)
    return made


@pytest.fixture
def school(app: Flask) -> purchases.Unit:
    return purchases.unit("示例中学")


def as_(app: Flask, actor: Actor) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, actor)
    return client


def order_number(order_id: int) -> str:
    return db.session.get_one(Order, order_id).number


def test_only_finance_and_the_manager_show_proofs(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    (order_id,) = purchases.placed(school, {kiwi["sku"]: 10})
    number = order_number(order_id)
    form = {
        f"p{number}-payer": "示例",
        f"p{number}-paid_on": clock.today().isoformat(),
        f"p{number}-amount_fen": "278.00",
    }

    def send(actor: Actor, **changes: object) -> int:
        files = {f"p{number}-document": (BytesIO(sales.PDF), "huidan.pdf")}
        return (
            as_(app, actor).post(f"/unit/transfers/{number}", data={**form, **changes, **files}).status_code
        )

    assert send(school.buyer) == 403
    assert send(purchases.unit().finance) == 404
    assert "由本单位的财务或管理员转账" in as_(app, school.buyer).get("/unit/transfers").text
    assert send(school.finance, **{f"p{number}-amount_fen": "277.99"}) == 422
    assert send(school.manager) == 303
    assert db.session.scalars(select(TransferProof)).one().amount_fen == 27_800


def test_a_unit_s_order_is_nobody_s_private_one(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    (order_id,) = purchases.placed(school, {kiwi["sku"]: 10})
    order = db.session.get_one(Order, order_id)
    number, token = order.number, db.session.get_one(Order, order_id).checkout_id
    buyer = as_(app, school.buyer)
    assert number not in buyer.get("/my/orders").text
    assert buyer.get(f"/my/orders/{number}").headers["Location"] == f"/unit/orders/{number}"
    secret = db.session.get_one(Checkout, token).token
    for address in (f"/pay/{secret}", f"/o/{secret}", f"/o/{secret}/{number}"):
        assert buyer.get(address).status_code == 404, address
        assert app.test_client().get(address).status_code == 404, address
    stranger = as_(app, purchases.unit().manager)
    assert stranger.get(f"/unit/orders/{number}").status_code == 404
    assert stranger.get(f"/my/orders/{number}").status_code == 404


def test_the_list_and_its_downloads_say_the_same(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    (paid,) = purchases.placed(school, {kiwi["sku"]: 10})
    purchases.transfer(school, paid)
    (owed,) = purchases.placed(school, {kiwi["sku"]: 20}, term=PaymentTerm.AFTER)
    with transaction() as session:
        session.get_one(Order, owed).pay_due_on = clock.today() - timedelta(days=1)
    client = as_(app, school.finance)
    page = client.get("/unit/orders").text
    assert "过了应付日" in page
    assert "预计 ¥300.00" in page
    assert order_number(paid) not in client.get("/unit/orders?state=pay").text
    rows = list(csv.reader(StringIO(client.get("/unit/orders/export?format=csv").text.lstrip("\ufeff"))))
    assert {row[0] for row in rows[1:]} == {order_number(paid), order_number(owed)}
    assert {row[9] for row in rows[1:]} == {"278.00", "548.00"}
    sheet = read_sheet(
        client.get("/unit/orders/export?format=xlsx&state=pay").data,
        [Column("number", "订单号"), Column("total", "合计（元）")],
    )
    assert [row.values["total"] for row in sheet.rows] == ["548"]
    assert "过期没付" in as_(app, builders.owner_of(kiwi["supplier"])).get("/supplier/receivables").text


def test_the_supplier_s_pages(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    seller = as_(app, builders.owner_of(kiwi["supplier"]))
    at = f"/supplier/listings/{kiwi['listing']}/skus/{kiwi['sku']}"
    page = seller.get(at).text
    assert "单位批量价" in page
    assert 'value="27.00"' in page
    saved = seller.post(f"{at}/tiers", data={"min_units_0": "20", "price_fen_0": "26.5"})
    assert saved.status_code == 303
    assert kept_tiers(kiwi["sku"]) == [Tier(20, 2_650)]
    refused = seller.post(f"{at}/tiers", data={"min_units_0": "20", "price_fen_0": "10"})
    assert refused.status_code == 422
    assert "售价不能低于底价 ¥15.31" in refused.text
    half = seller.post(f"{at}/tiers", data={"min_units_0": "20"})
    assert (half.status_code, "要一起填" in half.text) == (422, True)
    stranger = as_(app, builders.owner_of(builders.supplier()))
    assert stranger.post(f"{at}/tiers", data={}).status_code == 404

    (order_id,) = purchases.placed(school, {kiwi["sku"]: 20}, term=PaymentTerm.AFTER)
    number = order_number(order_id)
    purchases.ship(order_id)
    page = seller.get(f"/supplier/orders/{number}").text
    for words in ("单位采购", "先货后款", "示例中学", "等单位验收", "预计带农户收入"):
        assert words in page, words
    purchases.accept_all(school, order_id)
    assert "单位验收过" in seller.get(f"/supplier/orders/{number}").text
    assert number in seller.get("/supplier/receivables").text


def test_finance_sees_who_was_declared_to_pay(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    (order_id,) = purchases.placed(school, {kiwi["sku"]: 10})
    with transaction():
        newest_ = db.session.scalars(select(PurchaseOrder)).one()
        newest_.payer = "示例区财政局"
    purchases.transfer(school, order_id, accept=False)
    proof_id = db.session.scalars(select(TransferProof.id)).one()
    page = as_(app, builders.finance()).get(f"/finance/proofs/{proof_id}").text
    assert "示例区财政局" in page
    assert "和单位申报的不一样" in page


def test_cancelling_an_order_from_the_desk(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    (order_id,) = purchases.placed(school, {kiwi["sku"]: 10}, term=PaymentTerm.AFTER)
    number = order_number(order_id)
    assert "取消订单" in as_(app, school.buyer).get(f"/unit/orders/{number}").text
    assert "取消订单" not in as_(app, school.finance).get(f"/unit/orders/{number}").text
    assert as_(app, school.finance).post(f"/my/orders/{number}/cancel").status_code == 404
    assert as_(app, school.buyer).post(f"/my/orders/{number}/cancel").status_code == 303
    db.session.rollback()
    assert db.session.get_one(Order, order_id).state is OrderState.CANCELLED
    assert db.session.scalars(select(Payment)).one().state is PaymentState.EXPIRED


def test_the_desk_turns_to_the_unit_of_what_is_opened(app: Flask, kiwi: World) -> None:
    first, second = purchases.unit("甲校"), purchases.unit("乙校")
    both = builders.user(None, *((Role.UNIT_BUYER, ScopeKind.UNIT, each.id) for each in (first, second)))
    purchase_id = bulk.start_purchase(both, second.id, purchases.facts(second.id))
    client = as_(app, both)
    assert "甲校" in client.get("/unit/purchases").text
    assert "乙校 · 单位采购" in client.get(f"/unit/purchases/{purchase_id}").text


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/unit/catalogue", 20),
        ("/unit/purchases", 10),
        ("/unit/orders", 10),
        ("/unit/acceptance", 11),
        ("/unit/transfers", 11),
        ("/unit/purchases/{draft}", 22),
        ("/unit/purchases/{placed}", 12),
        ("/supplier/receivables", 10),
    ],
)
def test_pages_ask_no_more_for_more_rows(
    app: Flask, kiwi: World, school: purchases.Unit, path: str, most: int
) -> None:
    goods = [builders.saleable(units=50)["sku"] for _ in range(3)]
    seller = builders.owner_of(kiwi["supplier"])
    client = as_(app, seller if path.startswith("/supplier") else school.manager)

    def ask() -> int:
        draft = db.session.scalars(
            select(PurchaseOrder.id).where(PurchaseOrder.state == PurchaseState.DRAFT)
        ).first()
        done = db.session.scalars(
            select(PurchaseOrder.id).where(PurchaseOrder.state == PurchaseState.PLACED)
        ).first()
        address = path.format(draft=draft, placed=done)
        client.get(address)
        with statements() as sent:
            assert client.get(address).status_code == 200
        return len(sent)

    purchases.drawn_up(school, {kiwi["sku"]: 1})
    (order_id,) = purchases.placed(school, {kiwi["sku"]: 10}, term=PaymentTerm.AFTER)
    purchases.ship(order_id)
    few = ask()
    purchases.drawn_up(school, dict.fromkeys(goods, 2))
    for order_id in purchases.placed(
        school, {kiwi["sku"]: 10, **dict.fromkeys(goods, 1)}, term=PaymentTerm.AFTER
    ):
        purchases.ship(order_id)
    assert ask() <= few <= most
    assert db.session.scalars(select(Delivery)).all()
