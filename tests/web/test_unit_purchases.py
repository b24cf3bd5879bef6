"""A unit buys over its pages: catalogue, purchase order, approval, transfers, acceptance; and what suppliers and finance
see of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.bulk import commands as bulk
from orders.bulk.models import PurchaseOrder
from orders.bulk.workflow import PurchaseState
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from tests.factories import builders, order_builders, purchases, sales
from tests.support.clients import Client

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


def facts_form(**changes: str) -> dict[str, str]:
    day = clock.today() + timedelta(days=10)
    return {
        "purpose": "canteen",
        "payment_term": "after",
        "deliver_on": day.isoformat(),
        "recipient": "郑师傅",
        "mobile": "19900001234",
        "detail": "食堂后门",
        **PLACE,
        **changes,
    }


def newest() -> PurchaseOrder:
    db.session.rollback()
    return db.session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.id.desc()).limit(1)).one()


def test_the_whole_line_over_the_pages(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    purchase_id = puts_together(as_(app, school.buyer), kiwi["sku"], school.id)
    approves_twice(as_(app, school.approver), purchase_id)
    order = db.session.scalars(select(Order)).one()
    assert (order.state, order.pays_later, order.goods_fen) == (OrderState.RELEASED, True, 125_000)
    accepts_with_a_difference(as_(app, school.buyer), order.number, purchases.ship(order.id))
    pays(as_(app, school.finance), order.number)
    purchases.accept_proof(order.id)
    assert "已完成，农户收入已确认" in as_(app, school.buyer).get(f"/unit/orders/{order.number}").text


def puts_together(buyer: Client, sku_id: int, unit_id: int) -> int:
    """From the catalogue to the approver; what was missing is told on the way."""
    assert "10 份起 ¥27.00" in buyer.get("/unit/catalogue?q=猕猴桃").text
    added = buyer.post("/unit/catalogue/add?q=猕猴桃", data={"sku_id": sku_id, "units": "42"})
    assert added.headers["Location"].startswith("/unit/catalogue?q=")
    purchase_id = newest().id
    page = buyer.get(f"/unit/purchases/{purchase_id}").text
    assert "再加 8 份，每份 ¥25.00" in page
    assert "填好地址后算" in page
    refused = buyer.post(f"/unit/purchases/{purchase_id}/submit", data={"note": "请尽快"})
    assert (refused.status_code, 'value="请尽快"' in refused.text) == (422, True)
    form = facts_form(budget_unit_id=str(unit_id))
    assert buyer.post(f"/unit/purchases/{purchase_id}/edit", data=form).status_code == 303
    changed = buyer.post(f"/unit/purchases/{purchase_id}/lines", data={f"units-{sku_id}": "50"})
    assert changed.status_code == 303
    submitted = buyer.post(
        f"/unit/purchases/{purchase_id}/submit", data={"note": "开学用", "agree_fresh": "y"}
    )
    assert submitted.status_code == 303
    return purchase_id


def approves_twice(approver: Client, purchase_id: int) -> None:
    page = approver.get(f"/unit/purchases/{purchase_id}").text
    assert "批准并下单" in page
    assert "¥1,258.00" in page
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    for _ in range(2):  # a double click places once
        answer = approver.post(f"/unit/purchases/{purchase_id}/approve", data={"seen": seen[1]})
        assert answer.status_code == 303
    late = approver.post(f"/unit/purchases/{purchase_id}/return", data={"reason": "数量再核一核"})
    assert late.status_code == 409
    assert re.search(r'role="alert"><div class="note warn">.{20,}', late.text)  # although its form is gone


def accepts_with_a_difference(buyer: Client, number: str, delivery_id: int) -> None:
    assert "第 1 批" in buyer.get("/unit/acceptance").text
    claimed = buyer.post(
        f"/unit/acceptance/{delivery_id}", data={"note": "50 箱，压坏 2 箱", "claim": number}
    )
    assert claimed.headers["Location"] == f"/my/orders/{number}/refund"
    assert buyer.get(claimed.headers["Location"]).status_code == 200
    assert "50 箱，压坏 2 箱" in buyer.get(f"/unit/orders/{number}").text


def pays(finance: Client, number: str) -> None:
    page = finance.get("/unit/transfers").text
    assert db.session.scalars(select(Payment.reference)).one() in page
    assert "6000000000000001" in page
    prefix = f"p{number}-"
    sent = finance.post(
        f"/unit/transfers/{number}",
        data={
            f"{prefix}payer": "示例中学",
            f"{prefix}paid_on": clock.today().isoformat(),
            f"{prefix}amount_fen": "1258.00",
            f"{prefix}document": (BytesIO(sales.PDF), "huidan.pdf"),
        },
    )
    assert sent.status_code == 303


def test_errors_stand_at_their_field_and_nothing_typed_is_lost(
    app: Flask, kiwi: World, school: purchases.Unit
) -> None:
    buyer = as_(app, school.buyer)
    form = facts_form(budget_unit_id=str(school.id), recipient="", note="请上午送", region_4="")
    page = buyer.post("/unit/purchases/new", data=form)
    assert page.status_code == 422
    assert "请写收货人" in page.text
    assert "请选到街道或乡镇" in page.text
    assert 'value="请上午送"' in page.text
    assert '<option value="610113000000" selected>' in page.text
    for units in ("0", "-1", "1.5", "1e9", "NaN", "１", "", "100000"):
        page = buyer.post("/unit/catalogue/add", data={"sku_id": kiwi["sku"], "units": units})
        assert page.status_code == 422, units
        assert "数量请填 1 到 9999 之间的整数" in page.text
    page = buyer.post("/unit/catalogue/add", data={"sku_id": kiwi["sku"], "units": "101"})
    assert (page.status_code, "只剩 100 份" in page.text) == (409, True)
    assert buyer.post("/unit/catalogue/add", data={"sku_id": "99999", "units": "1"}).status_code == 404


@pytest.mark.parametrize(("days", "words"), [(-20, "送货日"), (0, "送货日"), (400, "送货日")])
def test_a_day_that_can_not_be_is_told_when_it_is_typed_not_when_all_is_done(
    app: Flask, school: purchases.Unit, days: int, words: str
) -> None:
    day = (clock.today() + timedelta(days=days)).isoformat()
    form = facts_form(budget_unit_id=str(school.id), deliver_on=day)
    refused = as_(app, school.buyer).post("/unit/purchases/new", data=form)
    assert refused.status_code == 422
    assert f'value="{day}"' in refused.text
    assert 'id="deliver_on-error"' in refused.text
    assert words in refused.text
    assert db.session.scalar(select(PurchaseOrder.id)) is None


def test_a_day_that_can_not_be_is_named_beside_what_else_is_wrong(app: Flask, school: purchases.Unit) -> None:
    form = facts_form(budget_unit_id=str(school.id), deliver_on="2020-01-01", recipient="", detail="")
    refused = as_(app, school.buyer).post("/unit/purchases/new", data=form)
    assert "还差 3 项就能提交" in refused.text
    assert "送货日要在明天或以后" in refused.text


def test_a_double_click_draws_up_one_draft(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    buyer = as_(app, school.buyer)
    for note in ("请上午送", "请下午送"):
        form = facts_form(budget_unit_id=str(school.id), note=note)
        assert buyer.post("/unit/purchases/new", data=form).status_code == 303
    made = db.session.scalars(select(PurchaseOrder)).one()
    assert made.note == "请下午送"
    bulk.add_line(school.buyer, made.id, kiwi["sku"], 10)
    buyer.post("/unit/purchases/new", data=facts_form(budget_unit_id=str(school.id)))
    assert len(db.session.scalars(select(PurchaseOrder)).all()) == 2  # one with goods on it is left alone


def test_a_foreign_budget_is_refused_whatever_the_form_says(
    app: Flask, kiwi: World, school: purchases.Unit
) -> None:
    other = purchases.unit()
    form = facts_form(budget_unit_id=str(other.id))
    assert as_(app, school.buyer).post("/unit/purchases/new", data=form).status_code == 422
    assert db.session.scalars(select(PurchaseOrder)).all() == []


def test_the_submitter_sees_no_button_and_gets_no_approval(
    app: Flask, kiwi: World, school: purchases.Unit
) -> None:
    both = purchases.member(school.id, Role.UNIT_BUYER, Role.UNIT_APPROVER)
    purchase_id = bulk.start_purchase(both, school.id, purchases.facts(school.id))
    bulk.add_line(both, purchase_id, kiwi["sku"], 10)
    bulk.submit_purchase(both, purchase_id, agrees_fresh=True)
    client = as_(app, both)
    page = client.get(f"/unit/purchases/{purchase_id}").text
    assert "要由另一位审批人来批" in page
    assert "批准并下单" not in page
    seen = db.session.scalar(select(PurchaseOrder.id))
    answer = client.post(f"/unit/purchases/{purchase_id}/approve", data={"seen": str(seen)})
    assert answer.status_code == 409
    assert newest().state is PurchaseState.SUBMITTED


def test_the_approver_is_told_what_changed(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 10})
    purchases.tiers(kiwi["supplier"], kiwi["sku"], (10, 2_800))
    client = as_(app, school.approver)
    page = client.get(f"/unit/purchases/{purchase_id}").text
    assert "单价从 ¥27.00 变成 ¥28.00" in page
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    after = client.post(
        f"/unit/purchases/{purchase_id}/approve", data={"seen": seen[1]}, follow_redirects=True
    )
    assert "已经退回采购员重新确认" in after.text
    assert newest().state is PurchaseState.RETURNED
    assert db.session.scalars(select(Order)).all() == []


def test_returning_wants_a_reason(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 10})
    client = as_(app, school.approver)
    assert client.post(f"/unit/purchases/{purchase_id}/return", data={"reason": " "}).status_code == 422
    sent = client.post(f"/unit/purchases/{purchase_id}/return", data={"reason": "改成 20 份"})
    assert sent.status_code == 303
    assert "改成 20 份" in as_(app, school.buyer).get(f"/unit/purchases/{purchase_id}").text


def test_the_contract_names_both_sides_and_the_sum_in_words(
    app: Flask, kiwi: World, school: purchases.Unit
) -> None:
    honey = builders.saleable(units=20, price_fen=5_000)
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 50, honey["sku"]: 2})
    client = as_(app, school.finance)
    before = client.get(f"/unit/purchases/{purchase_id}/print").text
    assert "未下单，仅供内部审批" in before
    bulk.approve_purchase(school.approver, purchase_id)
    page = client.get(f"/unit/purchases/{purchase_id}/print").text
    assert page.count("单位采购单（购销合同）") == 2
    assert "壹仟贰佰伍拾捌元整" in page
    assert "示例中学" in page
    draft = purchases.drawn_up(school, {kiwi["sku"]: 1})
    assert client.get(f"/unit/purchases/{draft}/print").status_code == 404
