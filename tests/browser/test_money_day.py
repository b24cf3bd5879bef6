"""A day of money in the demo's shop, by clicking and typing: an invoice wished for while paying, goods sent back, a case
before the platform, parcels shipped by table, a line of a bank statement,
a coupon."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect
from sqlalchemy import select

from marketplace.accounts.models import User
from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.coupons.models import Coupon
from orders.fulfilment.bulk_shipping import HEADER
from orders.invoices.models import InvoiceRequest
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.refunds.models import Refund
from orders.refunds.workflow import RefundState
from tests.browser.walking import Windows, pdf_file, picture_file

pytestmark = pytest.mark.template("demo")


@pytest.fixture(autouse=True)
def _the_books_verify(shop: Windows) -> Iterator[None]:
    yield
    db.session.rollback()
    assert verify() == []


def refund_in(state: RefundState) -> tuple[int, str]:
    db.session.rollback()
    return db.session.execute(
        select(Refund.id, Order.number).join(Order, Order.id == Refund.order_id).where(Refund.state == state)
    ).one()


def buyer_of(number: str) -> str:
    """The login of who bought."""
    login = db.session.scalars(
        select(User.username).join(Order, Order.user_id == User.id).where(Order.number == number)
    ).one()
    return str(login)


def one_to_claim() -> str:
    """A member's order that is on its way or there, for which nothing was asked yet; its latest, so that its time is not
    over when the worker has run."""
    db.session.rollback()
    number = db.session.scalars(
        select(Order.number)
        .join(User, User.id == Order.user_id)
        .where(Order.state.in_((OrderState.SHIPPED, OrderState.RECEIVED)), Order.purchase_order_id.is_(None))
        .where(~select(Refund.id).where(Refund.order_id == Order.id).exists())
        .order_by(Order.placed_at.desc())
        .limit(1)
    ).one()
    return str(number)


def state_of(refund_id: int) -> RefundState:
    db.session.rollback()
    return db.session.scalars(select(Refund.state).where(Refund.id == refund_id)).one()


def bought(page: Page) -> str:
    """One unit of the first thing, with an invoice wished for, paid at the sandbox's bank. The order's address."""
    page.goto("/")
    page.locator("article.pcard:not(.gone) h3 a").first.click()
    page.locator("button:visible", has_text="立即购买").click()
    page.wait_for_url("**/checkout")
    page.locator("summary", has_text="要发票").click()
    page.get_by_label("要发票").check()
    page.locator("label.opt:has(input[name=invoice_kind][value=unit])").click()
    page.get_by_label("抬头").fill("周至县第一小学（示例）")
    if page.locator("#agree_fresh").count():
        page.check("#agree_fresh")
    page.locator("button[form=checkout]:visible").click()
    expect(page.get_by_text("18 位").first).to_be_visible()
    expect(page.get_by_label("抬头")).to_have_value("周至县第一小学（示例）")
    page.locator("label.opt:has(input[name=invoice_kind][value=person])").click()
    page.locator("button[form=checkout]:visible").click()
    page.wait_for_url("**/sandbox/**")
    page.get_by_role("button", name="付款成功").click()
    expect(page.get_by_role("heading", name="付好了，谢谢您")).to_be_visible()
    return str(page.locator("main a[href*='/my/orders/']").first.get_attribute("href"))


def test_an_invoice_is_wished_for_while_paying_and_issued(shop: Windows) -> None:
    buyer = shop.as_("buyer")
    buyer.goto(bought(buyer))
    buyer.get_by_role("link", name="发票").click()
    expect(buyer.get_by_text("等供应商开票")).to_be_visible()
    db.session.rollback()
    titles = db.session.scalars(select(InvoiceRequest.title)).all()
    assert "周至县第一小学（示例）" in titles
    coop = shop.as_("coop")
    coop.goto("/supplier/invoices")
    coop.locator("td a.row-a").first.click()
    coop.get_by_label("发票号码").fill("2661" + "7" * 16)
    coop.get_by_label("发票文件").set_input_files(pdf_file("fapiao"))
    coop.get_by_role("button", name="登记，给买家").click()
    expect(coop.get_by_text("开出的发票")).to_be_visible()


def test_goods_are_asked_for_sent_back_and_paid(shop: Windows) -> None:
    refund_id, number = refund_in(RefundState.RETURNING)
    buyer = shop.as_(buyer_of(number))
    buyer.goto(f"/my/orders/{number}")
    buyer.get_by_role("link", name="看寄回地址，填运单号").click()
    buyer.get_by_role("button", name="寄出了").click()
    expect(buyer.get_by_text("请填运单号").first).to_be_visible()
    buyer.get_by_label("快递公司").fill("中国邮政")
    buyer.get_by_label("运单号").fill("TH20261127")
    buyer.get_by_role("button", name="寄出了").click()
    expect(buyer.get_by_text("已寄回，等验收").first).to_be_visible()
    coop = shop.as_("coop")
    coop.goto(f"/supplier/refunds/{refund_id}")
    coop.locator("label", has_text="货完好，回库存再卖").click()
    coop.locator("label", has_text="收到了，同意退款").click()
    coop.get_by_role("button", name="提交答复").click()
    expect(coop.get_by_text("答复好了")).to_be_visible()
    shop.the_worker_runs()
    assert state_of(refund_id) is RefundState.DONE
    buyer.reload()
    expect(buyer.get_by_text("已退款").first).to_be_visible()


def test_a_buyer_claims_with_a_picture_and_the_platform_decides(shop: Windows) -> None:
    refund_id, _ = refund_in(RefundState.ARBITRATION)
    admin = shop.as_("admin")
    admin.goto("/admin")
    admin.get_by_role("link", name="售后等平台裁定").click()
    admin.locator("td a.row-a").first.click()
    admin.locator("label", has_text="支持买家，直接退款").click()
    admin.get_by_role("button", name="就这样定").click()
    expect(admin.get_by_text("请写明理由").first).to_be_visible()
    admin.get_by_label("理由").fill("照片里看得清楚，外箱是压瘪的")
    admin.get_by_role("button", name="就这样定").click()
    expect(admin.get_by_text("没有要裁定的售后")).to_be_visible()
    shop.the_worker_runs()
    assert state_of(refund_id) is RefundState.DONE
    number = one_to_claim()
    buyer = shop.as_(buyer_of(number))
    buyer.goto(f"/my/orders/{number}/refund")
    buyer.locator(".refund-units").first.fill("1")
    buyer.locator("label", has_text="坏了、破损").click()
    buyer.get_by_label("说说情况").fill("箱角压坏了")
    buyer.get_by_label("照片").set_input_files([picture_file("one"), picture_file("two", "#553311")])
    buyer.get_by_role("button", name="提交申请").click()
    expect(buyer.get_by_text("等供应商答复").first).to_be_visible()
    expect(buyer.get_by_role("img", name="照片 2")).to_be_visible()


def test_many_parcels_are_shipped_by_one_table(shop: Windows) -> None:
    coop = shop.as_("coop")
    coop.goto("/supplier/orders?state=released")
    number = coop.locator("td a.row-a").first.inner_text().strip()
    number = re.sub(r"\D", "", number)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [number, "", "", "", "", "", "顺丰速运", "SF1234567890123"])
        sheet.write_row(2, 0, ["123", "", "", "", "", "", "顺丰速运", "SF1234567890124"])
    coop.get_by_role("link", name="批量发货").click()
    coop.get_by_label("填好的表").set_input_files(
        {"name": "发货.xlsx", "mimeType": "application/octet-stream", "buffer": buffer.getvalue()}
    )
    coop.get_by_role("button", name="登记发货").click()
    expect(coop.get_by_text("1 个包裹登记好了")).to_be_visible()
    expect(coop.get_by_role("row", name="没有这个订单")).to_be_visible()
    coop.goto(f"/supplier/orders/{number}")
    expect(coop.get_by_text("SF1234567890123").first).to_be_visible()
    coop.locator("summary", has_text="加一条物流").click()
    coop.get_by_label("到哪儿了").fill("到达西安转运中心")
    coop.get_by_role("button", name="记下").click()
    expect(coop.get_by_text("到达西安转运中心")).to_be_visible()


def test_finance_places_a_line_of_a_statement(shop: Windows) -> None:
    finance = shop.as_("finance")
    finance.goto("/finance/receipts")
    finance.get_by_label("订单号", exact=True).first.fill("123")
    finance.get_by_role("button", name="认领").first.click()
    expect(finance.get_by_text("没有这个按转账付款的订单")).to_be_visible()
    finance.get_by_role("link", name=re.compile("到了一部分")).click()
    finance.locator("td a[href^='/finance/orders/']").first.click()
    expect(finance.get_by_role("heading", name=re.compile("的账"))).to_be_visible()


def used_of(admin: Page, name: str) -> str:
    admin.goto("/admin/coupons")
    return admin.locator("tr", has_text=name).inner_text()


def test_a_coupon_is_made_used_by_its_code_and_given_back(shop: Windows) -> None:
    admin, buyer = shop.as_("admin"), shop.as_("buyer")
    admin.goto("/admin/coupons/new")
    admin.get_by_label("券名").fill("秋收消费券")
    for label, value in (("满", "10"), ("减", "20"), ("总张数", "50"), ("每人限用", "1"), ("总预算", "500")):
        admin.get_by_label(label, exact=True).fill(value)
    admin.get_by_label("到哪天止").fill(str(clock.today() + timedelta(days=20)))
    admin.get_by_label("券码").fill("QXJU26")
    admin.locator("label", has_text="政府消费券").click()
    admin.locator("main form button.btn-primary").click()
    expect(admin.get_by_text("门槛要高过减的金额").first).to_be_visible()
    expect(admin.get_by_label("券名")).to_have_value("秋收消费券")
    admin.get_by_label("减", exact=True).fill("5")
    admin.locator("main form button.btn-primary").click()
    expect(admin.get_by_text("券发出去了")).to_be_visible()

    buyer.goto("/")
    buyer.locator("article.pcard:not(.gone) h3 a").first.click()
    buyer.locator("button:visible", has_text="立即购买").click()
    buyer.wait_for_url("**/checkout")
    expect(buyer.get_by_text("秋收消费券")).to_have_count(0)
    buyer.get_by_label("券码").fill("QXJU99")
    buyer.get_by_role("button", name="用上").click()
    expect(buyer.get_by_text("没有这个券码").first).to_be_visible()
    buyer.get_by_label("券码").fill("qxju26")
    buyer.get_by_role("button", name="用上").click()
    expect(buyer.locator("select[name=coupon-shared] option:checked")).to_contain_text("秋收消费券")
    expect(buyer.get_by_text("−¥5.00").first).to_be_visible()
    if buyer.locator("#agree_fresh").count():
        buyer.check("#agree_fresh")
    buyer.locator("button[form=checkout]:visible").click()
    buyer.wait_for_url("**/sandbox/**")
    db.session.rollback()
    order = db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()
    assert (order.discount_fen, order.subsidy_bearer) == (500, "government")
    buyer.get_by_role("button", name="付款成功").click()
    expect(buyer.get_by_role("heading", name="付好了，谢谢您")).to_be_visible()
    assert "1" in used_of(admin, "秋收消费券")
    buyer.goto(f"/my/orders/{order.number}")
    expect(buyer.get_by_text("−¥5.00").first).to_be_visible()
    buyer.get_by_role("button", name="取消订单").click()
    expect(buyer.get_by_text("已取消").first).to_be_visible()
    db.session.rollback()
    assert db.session.scalars(select(Coupon.used_count).where(Coupon.code == "QXJU26")).one() == 0
