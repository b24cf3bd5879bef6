"""The line widened: an outlet collects and hands over, a unit buys in bulk, the city reads what it all came to."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from orders.ledger.models import Posting
from orders.ledger.rules import GOODS_KINDS, IncomeState
from tests.browser.selling import TITLE, find_and_buy
from tests.browser.walking import Line, choose_region, pdf_file
from tests.factories import registers

OUTLET = "马召镇电商服务站（示例）"
UNIT = "西安市示例局机关（示例）"


def _goes_to(page: Page, entry: str) -> None:
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name=entry).click()


def county_opens_an_outlet(line: Line) -> None:
    page = line.as_("county")
    page.goto("/registers/outlets/new")
    page.get_by_label("名称").fill(OUTLET)
    page.get_by_label("类型").select_option(label="镇级服务站")
    choose_region(page, "region", "周至县", "马召镇")
    choose_region(page, "street", "周至县", "马召镇")
    page.get_by_label("详细地址").fill("示例街 8 号")
    page.get_by_label("营业时间").fill("8:30–18:30")
    page.get_by_label("买家可以在这里自提").check()
    page.get_by_label("在这里收农产品").check()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", name=OUTLET)).to_be_visible()
    page.get_by_label("账号或完整手机号").fill("outlet")
    page.get_by_label("依据").fill("镇政府任命（示例）")
    page.get_by_role("button", name="任命").click()
    expect(page.get_by_role("button", name="免去").or_(page.locator(".pick")).first).to_be_visible()


def coop_lets_the_outlet_collect(line: Line) -> None:
    page = line.as_("coop")
    page.goto("/supplier/outlets")
    page.locator("li.pick", has_text=OUTLET).get_by_role("button", name="请它代收").click()
    expect(page.get_by_text(OUTLET).first).to_be_visible()


def coop_prices_for_units(line: Line) -> None:
    """From five boxes on ¥27.00 each."""
    page = line.as_("coop")
    page.goto("/supplier/listings")
    page.get_by_role("link", name=TITLE, exact=True).click()
    page.get_by_role("link", name="5斤装").click()
    tiers = page.locator("#tiers")
    tiers.locator("input").locator("visible=true").nth(0).fill("5")
    tiers.locator("input").locator("visible=true").nth(1).fill("27.00")
    tiers.get_by_role("button").click()
    expect(page.locator("#tiers input").locator("visible=true").nth(0)).to_have_value("5")


def outlet_collects(line: Line) -> None:
    """Ten boxes for ¥150.00 from Wang."""
    page = line.as_("outlet")
    page.goto("/outlet")
    page.get_by_role("link", name="收农户的货").click()
    page.get_by_role("link", name=TITLE).click()
    wang = page.locator("#household_id option", has_text="王").inner_text()
    page.get_by_label("哪一户").select_option(label=wang)
    page.get_by_label("过秤重量").fill("52")
    page.get_by_label("或者，一批的总价").fill("150.00")
    page.get_by_label("装成多少份").fill("10")
    page.get_by_role("button", name="记下，打小票").click()
    expect(page.get_by_text("150.00").first).to_be_visible()


def buyer_orders_to_the_outlet(line: Line) -> str:
    page = line.as_("buyer")
    find_and_buy(page, 1)
    page.get_by_label("到网点自提").check()
    page.get_by_role("radio", name=OUTLET).check()
    page.get_by_label("取件人").fill("秦示")
    page.get_by_label("手机号").fill("19900001234")
    page.get_by_label("我知道生鲜的售后约定").check()
    page.locator("button:visible", has_text="去付款").click()
    page.get_by_role("button", name="付款成功").click()
    line.the_worker_runs()
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()
    return page.locator("main .num").filter(has_text="2026").first.inner_text()


def coop_sends_it_to_the_outlet(line: Line, number: str) -> None:
    page = line.as_("coop")
    _goes_to(page, "订单发货")
    page.get_by_role("link", name=number).click()
    page.get_by_label("运单号").fill("SF2222222222")
    page.get_by_role("button", name="登记发货").click()
    expect(page.get_by_text("SF2222222222").first).to_be_visible()


def outlet_hands_it_over(line: Line, number: str) -> None:
    """A wrong code tells nothing; the right one is the buyer's alone."""
    outlet, buyer = line.as_("outlet"), line.as_("buyer")
    outlet.goto("/outlet/pickups?state=expected")
    outlet.get_by_role("textbox", name="的架位").fill("A-03")
    outlet.get_by_role("button", name="到店了").click()
    buyer.goto(f"/my/orders/{number}")
    code = re.sub(r"\D", "", buyer.locator(".pickup-code").first.inner_text())
    assert len(code) == 6
    outlet.goto("/outlet/hand-over")
    outlet.get_by_label("6 位取件码").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    outlet.get_by_role("button", name="看看是哪一件").click()
    expect(outlet.locator("#code-error")).to_be_visible()
    outlet.get_by_label("6 位取件码").fill(code)
    outlet.get_by_role("button", name="看看是哪一件").click()
    expect(outlet.get_by_text("A-03").first).to_be_visible()
    outlet.get_by_role("button", name="东西都对，交给他").click()
    buyer.reload()
    expect(buyer.get_by_role("button", name="确认收货")).to_have_count(0)


def unit_registers(line: Line) -> None:
    page = line.as_("unit")
    page.goto("/units/register")
    page.get_by_label("党政机关、事业单位").check()
    page.get_by_label("单位全称").fill(UNIT)
    page.get_by_label("统一社会信用代码").fill(registers.code_number(1))
    choose_region(page, "region_code", "雁塔区", "小寨路街道")
    page.get_by_label("联系人").fill("秦示")
    page.get_by_label("联系手机").fill("19900001235")
    page.locator("input[type=file]").set_input_files(pdf_file("介绍信"))
    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_text("审核").or_(page.get_by_text("核对")).first).to_be_visible()

    admin = line.as_("admin")
    admin.goto("/admin/units")
    admin.get_by_role("link", name=UNIT).click()
    admin.get_by_role("button", name="通过入驻").click()
    expect(admin.get_by_text("已入驻").or_(admin.get_by_text("已通过")).first).to_be_visible()


def unit_invites_its_approver(line: Line) -> None:
    page = line.as_("unit")
    page.goto("/unit/members/invite")
    page.get_by_label("邀请谁").fill("郑示 处长")
    page.get_by_label("单位审批人").check()
    page.get_by_role("button", name="生成邀请链接").click()
    link = page.get_by_role("textbox", name="邀请链接").input_value()
    approver = line.as_("unit-approver")
    approver.goto(link)
    approver.get_by_role("button", name="接受邀请").click()
    expect(approver.get_by_text(UNIT).first).to_be_visible()


def county_pairs_it_with_the_village(line: Line) -> None:
    page = line.as_("county")
    page.goto("/registers/pairings/new")
    page.get_by_label("单位").fill(UNIT)
    choose_region(page, "village", "周至县", "马召镇", "群兴村")
    page.get_by_label("从", exact=True).fill("2026-01-01")
    page.get_by_label("2026年目标").fill("10000")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_text("群兴村").first).to_be_visible()


def unit_buys(line: Line) -> None:
    """Eight boxes at ¥27.00 for the canteen, paid before, approved by somebody else."""
    page = line.as_("unit")
    page.goto("/unit/purchases/new")
    page.get_by_label("食堂采购").check()
    page.get_by_label("先款后货").check()
    page.get_by_label("送货日").fill("2026-11-20")
    page.get_by_label("收货人").fill("秦示")
    page.get_by_label("手机号").fill("19900001235")
    choose_region(page, "region", "陕西省", "西安市", "雁塔区", "小寨路街道")
    page.get_by_label("详细地址").fill("示例路 1 号食堂")
    page.get_by_role("button", name="存好").click()
    page.get_by_role("link", name="去选货").click()
    offer = page.locator("article", has_text=TITLE)
    offer.get_by_role("textbox").fill("8")
    offer.get_by_role("button", name="加到采购单").click()
    page.get_by_role("link", name="看采购单，提交审批").click()
    expect(page.get_by_text("216.00").first).to_be_visible()
    page.get_by_label("我知道生鲜的售后约定").check()
    page.get_by_role("button", name="提交审批").click()
    expect(
        page.get_by_text("等审批人审批").or_(page.get_by_text("要由另一位审批人来批")).first
    ).to_be_visible()

    approver = line.as_("unit-approver")
    approver.goto("/unit/purchases")
    approver.locator("a", has_text="CG2026").first.click()
    approver.get_by_role("button", name="批准并下单").click()
    expect(approver.get_by_role("link", name="去转账").first).to_be_visible()


def unit_pays(line: Line) -> None:
    page = line.as_("unit")
    page.goto("/unit/transfers")
    due = page.locator("dd", has_text="¥").first.inner_text().removeprefix("¥").replace(",", "")
    page.get_by_text("转好了，传回单").click()
    page.get_by_label("付款户名").fill(UNIT)
    page.get_by_label("转账日期").fill("2026-11-14")
    page.get_by_label("金额").fill(due)
    page.locator("input[type=file]").set_input_files(pdf_file("转账回单"))
    page.get_by_role("button", name="提交回单").click()
    finance = line.as_("finance")
    finance.goto("/finance/proofs")
    finance.locator("td a.row-a").first.click()
    finance.get_by_label("对得上").check()
    finance.get_by_role("button", name="记下核对结果").click()


def coop_delivers_in_two_batches(line: Line) -> None:
    """Five boxes, accepted, then three."""
    coop, unit = line.as_("coop"), line.as_("unit")
    for batch, units in enumerate((5, 3), 1):
        _goes_to(coop, "订单发货")
        coop.get_by_role("link", name=re.compile(r"^\d{17}$")).first.click()
        coop.get_by_label("运单号").fill(f"EMS00000000{batch}")
        coop.get_by_label("这次发").first.fill(str(units))
        coop.get_by_role("button", name="登记发货").click()
        expect(coop.get_by_text(f"EMS00000000{batch}").first).to_be_visible()
        unit.goto("/unit/acceptance")
        expect(unit.get_by_text(f"第 {batch} 批")).to_be_visible()
        unit.get_by_label("验收记录").fill(f"{units} 箱，数量对")
        unit.get_by_role("button", name="数量对，验收").click()
        expect(unit.get_by_role("button", name="数量对，验收")).to_have_count(0)


def unit_sees_what_it_did(line: Line) -> None:
    page = line.as_("unit")
    page.goto("/unit")
    expect(page.get_by_text("216.00").first).to_be_visible()
    expect(page.get_by_text("结对村").first).to_be_visible()


def city_reads_what_the_ledger_says(line: Line) -> None:
    """Every figure of the city's report is the ledger's, also before the worker has summed anything up."""
    page = line.as_("city")
    page.goto("/reports?period=2026-11")
    for tile, fen in (
        ("净销售", _sales_fen()),
        ("农户收入", _income_fen(*IncomeState)),
        ("已到账", _income_fen(IncomeState.DISBURSED, IncomeState.ACKNOWLEDGED)),
    ):
        expect(page.locator(".tile", has_text=tile).first).to_contain_text(format_yuan(fen).removeprefix("¥"))
    page.goto("/reports?by=pairing&period=2026-11")
    expect(page.get_by_role("row", name=UNIT).first).to_contain_text("216.00")
    page.goto("/reports?by=outlet&period=2026-11")
    expect(page.get_by_role("row", name=OUTLET).first).to_contain_text("29.90")


def _sales_fen() -> int:
    db.session.rollback()
    return -int(
        db.session.scalar(
            select(func.sum(Posting.fen)).where(
                Posting.account_kind.in_(GOODS_KINDS), Posting.line_id.is_not(None)
            )
        )
        or 0
    )


def _income_fen(*states: IncomeState) -> int:
    db.session.rollback()
    return -int(db.session.scalar(select(func.sum(Posting.fen)).where(Posting.income_state.in_(states))) or 0)
