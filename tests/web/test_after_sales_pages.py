"""A claim as the buyer, the supplier and the platform see it, through the pages."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.presentation import date_cn
from orders.ordering.models import Checkout, Order
from orders.refunds.models import Refund, RefundPhoto
from orders.refunds.parameters import RULING_DAYS
from orders.refunds.rules import ruling_due_on
from orders.refunds.workflow import RefundState
from tests.factories import builders, sales
from tests.support.counting import statements
from tests.support.forms import client_of, post

ADDRESS = "王示例 13800000000 马召镇合作社仓库"


def picture(name: str = "photo.png") -> tuple[io.BytesIO, str]:
    stream = io.BytesIO()
    Image.new("RGB", (40, 40), "brown").save(stream, "PNG")
    return io.BytesIO(stream.getvalue()), name


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    (order_id,) = sales.paid_orders({made["sku"]: 3})
    sales.deliver(order_id)
    order = db.session.get_one(Order, order_id)
    secret = db.session.get_one(Checkout, order.checkout_id).token
    return {
        **made,
        "order": order_id,
        "number": order.number,
        "base": f"/o/{secret}/{order.number}",
        "line": min(sales.lines_of(order_id)),
        "buyer": client_of(app),
        "coop": client_of(app, builders.owner_of(made["supplier"])),
        "boss": client_of(app, builders.admin()),
    }


def claim(shop: dict[str, Any], **fields: Any) -> Any:
    asked = {"kind": "return_and_refund", "cause": "wrong", "reason": "发错了"} | fields
    return post(shop["buyer"], f"{shop['base']}/refund", **{f"units-{shop['line']}": "1"} | asked)


def refund() -> Refund:
    return db.session.scalars(select(Refund).execution_options(populate_existing=True)).one()


def test_a_return_from_the_claim_to_the_money(shop: dict[str, Any]) -> None:
    answer = claim(shop, photos=[picture("a.png"), picture("b.png")])
    page = answer.headers["Location"]
    assert (answer.status_code, page) == (303, f"{shop['base']}/refunds/{refund().id}")
    with shop["buyer"].get(f"{page}/photos/2") as seen:
        assert seen.status_code == 200
    assert shop["buyer"].get(f"{page}/photos/3").status_code == 404
    desk = f"/supplier/refunds/{refund().id}"
    shown = shop["coop"].get(desk).text
    assert "同意退货，请买家寄回" in shown
    with shop["coop"].get(f"{desk}/photos/1") as seen:
        assert seen.mimetype == "image/webp"
    assert post(shop["coop"], desk, decision="accept_return", return_to="").status_code == 422
    assert post(shop["coop"], desk, decision="accept_return", return_to=ADDRESS).status_code == 303
    assert ADDRESS in shop["buyer"].get(page).text
    wrong = post(shop["buyer"], f"{page}/send_back", page, carrier="中国邮政", tracking_number="")
    assert (wrong.status_code, "请填运单号" in wrong.text, "中国邮政" in wrong.text) == (422, True, True)
    sent = post(shop["buyer"], f"{page}/send_back", page, carrier="中国邮政", tracking_number="TH1")
    assert (sent.status_code, refund().state) == (303, RefundState.SENT_BACK)
    assert "TH1" in shop["coop"].get(desk).text
    post(shop["coop"], desk, decision="approve", **{f"restock-{shop['line']}": "1"})
    assert refund().state is RefundState.APPROVED
    assert "供应商同意" in shop["buyer"].get(page).text


def test_a_refusal_goes_to_the_platform_and_back(shop: dict[str, Any]) -> None:
    page = claim(shop, kind="refund_only", cause="damaged").headers["Location"]
    post(shop["coop"], f"/supplier/refunds/{refund().id}", decision="reject", note="外箱完好")
    assert "外箱完好" in shop["buyer"].get(page).text
    case = f"/admin/arbitrations/{refund().id}"
    assert shop["boss"].get(case).status_code == 404
    assert post(shop["buyer"], f"{page}/appeal", page, text="冤").status_code == 422
    assert post(shop["buyer"], f"{page}/appeal", page, text="签收时就坏了").status_code == 303
    assert "签收时就坏了" in shop["boss"].get("/admin/arbitrations").text
    due = f"{date_cn(ruling_due_on(clock.today(), RULING_DAYS.default))} 前答复"
    for client, path in (
        ("buyer", page),
        ("buyer", shop["base"]),
        ("coop", f"/supplier/refunds/{refund().id}"),
        ("boss", case),
        ("boss", "/admin"),
    ):
        assert due in shop[client].get(path).text, path
    shown = shop["boss"].get(case).text
    assert ("外箱完好" in shown, "先寄回" in shown) == (True, False)
    assert post(shop["boss"], case, ruling="return_first", reason="先寄回去看看").status_code == 422
    assert post(shop["boss"], case, ruling="refund", reason="照片里看得清楚").status_code == 303
    assert "照片里看得清楚" in shop["buyer"].get(page).text
    assert "平台支持买家" in shop["coop"].get(f"/supplier/refunds/{refund().id}").text
    assert "没有要裁定的售后" in shop["boss"].get("/admin/arbitrations").text


def test_bad_claims_are_told_at_the_field_and_kept(shop: dict[str, Any]) -> None:
    seven = claim(shop, photos=[picture(f"{each}.png") for each in range(7)])
    assert (seven.status_code, "最多传 6 张" in seven.text) == (422, True)
    no_cause = claim(shop, cause="")
    assert (no_cause.status_code, "请选原因" in no_cause.text, "发错了" in no_cause.text) == (422, True, True)
    broken = claim(shop, photos=[(io.BytesIO(b"no picture"), "x.png")])
    assert broken.status_code == 422
    assert db.session.scalars(select(Refund.id)).all() == []
    assert db.session.scalars(select(RefundPhoto.id)).all() == []


def test_a_claim_says_all_it_lacks_at_once_and_starts_with_the_only_line(shop: dict[str, Any]) -> None:
    asked = shop["buyer"].get(f"{shop['base']}/refund").text
    assert f'name="units-{shop["line"]}" value="3"' in asked
    empty = claim(shop, cause="", reason="", **{f"units-{shop['line']}": "0"})
    assert empty.status_code == 422
    for lacking in ("请选原因", "请说说情况", "请至少选一件商品"):
        assert lacking in empty.text, lacking
    assert f'name="units-{shop["line"]}" value="0"' in empty.text


def test_a_claim_is_taken_back(shop: dict[str, Any]) -> None:
    page = claim(shop).headers["Location"]
    assert post(shop["buyer"], f"{page}/withdraw", page).status_code == 303
    assert refund().state is RefundState.WITHDRAWN
    assert shop["buyer"].get(shop["base"]).text.count("已结束") == 1


def test_the_pages_ask_the_database_little(shop: dict[str, Any]) -> None:
    page = claim(shop).headers["Location"]
    for client, path, most in (
        (shop["buyer"], page, 8),
        (shop["coop"], f"/supplier/refunds/{refund().id}", 12),
        (shop["boss"], "/admin/arbitrations", 8),
    ):
        client.get(path)
        with statements() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= most, (path, len(seen))


def test_a_claim_that_waits_too_long_is_late_in_the_work_list(shop: dict[str, Any]) -> None:
    page = claim(shop, kind="refund_only", cause="damaged").headers["Location"]
    post(shop["coop"], f"/supplier/refunds/{refund().id}", decision="reject", note="外箱完好")
    post(shop["buyer"], f"{page}/appeal", page, text="签收时就坏了")
    assert "超期" not in shop["boss"].get("/admin/arbitrations").text
    with transaction():
        db.session.execute(update(Refund).values(appealed_at=clock.now() - timedelta(days=30)))
    assert "1 件过了答复期限" in shop["boss"].get("/admin").text
    assert "超期" in shop["boss"].get("/admin/arbitrations").text
