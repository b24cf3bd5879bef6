"""From the certificate to the household's money: coop, buyer, finance, household, county."""

from playwright.sync_api import Page, expect

from tests.browser.certifying import KIWI
from tests.browser.walking import Line, choose_region, pdf_file, picture_file

TITLE = "周至翠香猕猴桃"


def coop_lists_it(line: Line, certificate: str) -> None:
    page = line.as_("coop")
    page.goto("/supplier/listings")
    page.get_by_role("link", name="上架新商品").or_(page.get_by_role("link", name="上架第一件")).first.click()
    page.get_by_label("产品", exact=True).select_option(index=0)
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("一句话卖点").fill("软了就能吃的绿心甜果")
    page.get_by_label("详细介绍").fill("秦岭北麓的果园，霜降前采摘。")
    page.get_by_label("规格与保存").fill("保存：阴凉处七天")
    page.get_by_role("button", name="存草稿").click()
    expect(page.get_by_text(certificate)).to_be_visible()
    for alt, colour in (("一箱翠香猕猴桃", "#7a9a3a"), ("切开的翠香猕猴桃", "#b9d46b")):
        page.get_by_label("图片", exact=True).set_input_files(picture_file(alt, colour))
        page.get_by_role("textbox", name="图上是什么", exact=True).fill(alt)
        page.get_by_role("button", name="传这张").click()
        expect(page.locator(f".pics-edit img[alt='{alt}']")).to_be_visible()
    page.get_by_role("link", name="加规格").click()
    page.get_by_label("规格名").fill("5斤装")
    page.get_by_label("一份的重量").fill("2500")
    page.get_by_label("售价").fill("29.90")
    page.get_by_role("button", name="存好", exact=True).click()


def coop_receives_a_lot(line: Line) -> None:
    """Ten boxes for ¥150.00 from Sun: each sold box brings her ¥15.00."""
    page = line.as_("coop")
    page.get_by_role("link", name="收货登记").first.click()
    sun = page.locator("#household_id option", has_text="孙").inner_text()
    page.get_by_label("哪一户送来的").select_option(label=sun)
    page.get_by_label("过秤重量").fill("26000")
    page.get_by_label("约定总价").fill("150.00")
    page.get_by_label("装成多少份").fill("10")
    page.get_by_role("button", name="登记并入库").click()
    page.goto("/supplier/lots")
    expect(page.get_by_role("row", name="孙").or_(page.get_by_role("row", name=TITLE)).first).to_be_visible()


def coop_puts_it_on_sale(line: Line) -> None:
    page = line.as_("coop")
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name="商品", exact=True).click()
    page.get_by_role("link", name=TITLE, exact=True).click()
    page.get_by_role("link", name="5斤装").click()
    page.get_by_label("售价").fill("15.00")  # 15.00 for the household leaves nothing for the platform's fee
    page.get_by_role("button", name="存好", exact=True).click()
    expect(page.locator("#price_fen-error")).to_contain_text("15.3")
    page.get_by_label("售价").fill("29.90")
    page.get_by_role("button", name="存好", exact=True).click()
    page.get_by_role("button", name="上架").click()
    expect(page.get_by_role("button", name="下架")).to_be_visible()
    line.the_worker_runs()  # the search index takes it in


def find_and_buy(page: Page, units: int) -> None:
    page.goto("/")
    page.locator("input[name=q]:visible").first.fill("猕猴桃")
    page.get_by_role("button", name="搜索").click()
    page.get_by_role("link", name=TITLE).first.click()
    page.get_by_role("textbox", name="数量").fill(str(units))
    page.locator("button:visible", has_text="加入购物车").click()
    page.locator("button:visible", has_text="去结算").click()


def buyer_pays_online(line: Line) -> str:
    """Two boxes to a new address, paid at the sandbox's bank. Gives the order's number."""
    page = line.as_("buyer")
    find_and_buy(page, 2)
    page.get_by_label("收货人").fill("秦示")
    page.get_by_label("手机号").fill("19900001234")
    choose_region(page, "region", "陕西省", "西安市", "雁塔区", "小寨路街道")
    page.get_by_label("详细地址").fill("示例小区 1 号楼 502")
    page.get_by_label("存到我的地址").check()
    page.get_by_label("我知道生鲜的售后约定").check()
    expect(page.locator("#paybar")).to_contain_text("59.80")
    page.locator("button:visible", has_text="去付款").click()
    page.get_by_role("button", name="付款成功").click()
    line.the_worker_runs()  # the bank's notice arrives at the webhook
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()
    return page.locator("main .num").filter(has_text="2026").first.inner_text()


def coop_ships(line: Line, number: str) -> None:
    page = line.as_("coop")
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name="订单发货").click()
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("示例小区 1 号楼 502")).to_be_visible()
    page.get_by_label("运单号").fill("SF1234567890")
    page.get_by_role("button", name="登记发货").click()
    expect(page.get_by_text("SF1234567890").first).to_be_visible()


def buyer_receives(line: Line, number: str) -> None:
    page = line.as_("buyer")
    page.goto(f"/my/orders/{number}")
    expect(page.get_by_text("SF1234567890").first).to_be_visible()
    page.get_by_role("button", name="确认收货").click()
    expect(page.get_by_role("button", name="确认收货")).to_have_count(0)


def buyer_pays_by_transfer(line: Line) -> None:
    """One more box; the saved address and a bank transfer with its proof, which finance accepts."""
    page = line.as_("buyer")
    find_and_buy(page, 1)
    expect(page.get_by_role("radio", name="秦示")).to_be_checked()
    page.get_by_label("对公转账").check()
    page.get_by_label("我知道生鲜的售后约定").check()
    page.locator("button:visible", has_text="去转账").click()
    page.get_by_label("付款户名").fill("示例公司")
    page.get_by_label("转账日期").fill("2026-11-14")
    page.get_by_label("金额").fill("29.90")
    page.locator("input[type=file]").set_input_files(pdf_file("转账回单"))
    page.get_by_role("button", name="提交凭证").click()
    expect(page.get_by_text("财务核对中")).to_be_visible()

    finance = line.as_("finance")
    finance.goto("/finance/proofs")
    finance.locator("td a.row-a").first.click()
    finance.get_by_label("对得上").check()
    finance.get_by_role("button", name="记下核对结果").click()
    page.reload()
    expect(page.get_by_text("钱已收到")).to_be_visible()


def coop_pays_the_household(line: Line) -> None:
    page = line.as_("coop")
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name="打款").click()
    expect(page.get_by_text("待打款 1 户，共 ¥30.00")).to_be_visible()
    page.get_by_role("link", name="登记打款").click()
    page.get_by_label("打款日期").fill("2026-11-14")
    page.get_by_label("回单编号").fill("HD20261114001")
    page.get_by_label("银行回单", exact=True).set_input_files(pdf_file("打款回单"))
    page.get_by_role("button", name="记为已打款 ¥30.00").click()
    expect(page.get_by_text("等农户或村里确认收到", exact=True)).to_be_visible()


def household_acknowledges(line: Line) -> None:
    page = line.as_("household")
    page.goto("/household")
    expect(page.get_by_text(KIWI).first).to_be_visible()
    page.get_by_role("button", name="钱收到了").click()
    expect(page.get_by_role("button", name="钱收到了")).to_have_count(0)
    expect(page.locator(".tile", has_text="到手的")).to_contain_text("30.00")


def county_reads_the_report(line: Line) -> None:
    """Three boxes sold; two boxes' income has reached the household, the third's is on its way."""
    page = line.as_("county")
    page.goto("/reports")
    expect(page.get_by_text("与账目一致，差额 ¥0.00")).to_be_visible()
    for tile, yuan in (("净销售", "89.70"), ("农户收入", "45.00"), ("已到账", "30.00")):
        expect(page.locator(".tile", has_text=tile).first).to_contain_text(yuan)
    page.get_by_role("cell").get_by_role("link", name="马召镇").first.click()
    page.get_by_role("cell").get_by_role("link", name="群兴村").first.click()
    expect(page.locator(".tile", has_text="农户收入").first).to_contain_text("45.00")
