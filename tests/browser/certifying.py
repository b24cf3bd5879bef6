"""From a declared product to its certificate: coop, household, village, town, county, city."""

from playwright.sync_api import Page, expect

from tests.browser.walking import Line, pdf_file, picture_file

KIWI, HONEY = "翠香猕猴桃", "秦岭土蜂蜜"
NEXT = "存好，下一步"


def declare(page: Page, name: str, unit: str) -> None:
    page.goto("/supplier")
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name="申报产品").click()
    page.get_by_role("link", name="登记一个产品").first.click()
    page.get_by_label("产品名称").fill(name)
    page.get_by_label("等级").select_option(label="一级")
    page.get_by_label("计价单位").select_option(label=unit)
    expect(page.locator("#origin_code-3")).to_have_value("610124103219")  # where the supplier is at home
    page.get_by_role("button", name="存好").click()


def agree(page: Page, name: str, mode: str, households: int, sponsor_fee: str = "") -> None:
    """On the page that declaring leads to."""
    expect(page.get_by_label("产品", exact=True).locator("option:checked")).to_contain_text(name)
    page.get_by_label(mode).check()
    if sponsor_fee:
        page.get_by_label("每份代办费").fill(sponsor_fee)
    ticks = page.locator("input[name=household]")
    expect(ticks).to_have_count(households)
    for tick in ticks.all():
        tick.check()
    page.get_by_label("开始日").fill("2026-11-03")
    page.get_by_label("到期日").fill("2028-11-02")
    page.get_by_label("协议签字件").set_input_files(pdf_file("协议"))
    page.get_by_role("button", name="存好").click()
    expect(page.get_by_text(f"联结农户 {households} 户")).to_be_visible()


def fill_application(page: Page, name: str, households: int) -> None:
    """All steps up to the last one; after the second it is left, and found again as a draft."""
    nav = page.get_by_role("navigation", name="工作导航").get_by_role("link", name="认定申请")
    nav.click()
    page.get_by_role("link", name="申请认定").first.click()
    page.get_by_label(name, exact=True).check()
    page.get_by_role("button", name="开始申请").click()
    page.get_by_label("联结协议").select_option(index=1)
    page.get_by_label("包装规格").fill("5斤一箱")
    page.get_by_label("一年大约产多少").fill("2万箱")
    page.get_by_role("button", name=NEXT).click()
    page.get_by_label("申报价").fill("29.90")
    for number, source, yuan in ((1, "朱雀市场 11月1日", "28.00"), (2, "社区超市 11月2日", "31.00")):
        page.get_by_label(f"参考价格 {number} 的来源").fill(source)
        page.get_by_label(f"参考价格 {number}", exact=True).fill(yuan)
    page.get_by_role("button", name="存草稿").click()
    nav.click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="价格依据").click()
    expect(page.get_by_label("申报价")).to_have_value("29.90")
    page.get_by_role("button", name=NEXT).click()
    for word in ("检测报告", "承诺达标合格证", "联结协议签字件", "产品照片"):
        page.get_by_label("哪一种").select_option(label=word)
        page.get_by_label("文件").set_input_files(
            picture_file(word) if word == "产品照片" else pdf_file(word)
        )
        page.get_by_role("button", name="传上去").click()
        expect(page.get_by_role("link", name=word, exact=True)).to_be_visible()
    page.get_by_role("link", name="下一步", exact=True).click()
    page.get_by_label("承诺带动多少户").fill(str(households))
    page.get_by_label("一年承诺给农户带来的收入").fill("12000")
    page.get_by_label("我们承诺").check()
    page.get_by_role("button", name=NEXT).click()


def coop_applies(line: Line) -> None:
    page = line.as_("coop")
    declare(page, KIWI, "箱")
    agree(page, KIWI, "收购", households=2)
    fill_application(page, KIWI, households=2)
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name=KIWI)).to_contain_text("村里确认")


def household_applies_with_its_sponsor(line: Line) -> None:
    page = line.as_("household")
    declare(page, HONEY, "瓶")
    agree(page, HONEY, "示范户自产", households=1, sponsor_fee="6.00")
    fill_application(page, HONEY, households=1)
    expect(page.get_by_role("button", name="提交申请")).to_have_count(0)

    coop = line.as_("coop")
    coop.goto("/supplier/applications")
    coop.get_by_role("row", name=HONEY).get_by_role("link", name="看一遍，签字").click()
    coop.get_by_role("button", name="同意担保，签字").click()
    expect(coop.get_by_text("已签字")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name=HONEY)).to_contain_text("村里确认")


def open_from_worklist(page: Page, name: str) -> None:
    page.goto("/review")
    page.get_by_role("link", name=name, exact=True).click()


def village_confirms(line: Line) -> None:
    page = line.as_("village")
    for name, households in ((KIWI, 2), (HONEY, 1)):
        open_from_worklist(page, name)
        page.get_by_role("link", name="一户一户确认").click()
        for number in range(1, households + 1):
            expect(page.get_by_role("heading", name=f"第 {number} 户")).to_be_visible()
            page.get_by_role("button", name="属实", exact=True).click()
        expect(page.get_by_text(f"{households} / {households} 户已确认")).to_be_visible()


def say(page: Page, decision: str, opinion: str) -> None:
    page.get_by_label(decision).check()
    page.get_by_label("意见", exact=True).fill(opinion)
    page.get_by_label("我与申请人没有利害关系").check()
    page.get_by_role("button", name="签署并提交").click()


def town_approves(line: Line) -> None:
    page = line.as_("town")
    for name in (KIWI, HONEY):
        open_from_worklist(page, name)
        say(page, "同意，报县级复审", "材料齐全，产地属实。")
    expect(page.get_by_text("都审完了")).to_be_visible()


def county_approves(line: Line) -> None:
    page = line.as_("county")
    for name in (KIWI, HONEY):
        open_from_worklist(page, name)
        say(page, "同意，进入公示", "同意公示。")  # the site check is still missing
        expect(page.locator("#bureau-error, #visited_on-error").first).to_be_visible()
        page.get_by_label("行业部门").fill("周至县果业服务中心（示例）")
        page.get_by_label("部门意见").fill("符合标准。")
        page.get_by_label("现场核查日期").fill("2026-11-03")
        page.get_by_label("核查的人").fill("孙某、周某，县果业中心")
        page.get_by_label("地点").fill("群兴村三组果园")
        page.get_by_label("现场照片").set_input_files(picture_file("现场", "#557733"))
        say(page, "同意，进入公示", "现场与申报一致，同意公示。")
    expect(page.get_by_text("都审完了")).to_be_visible()


def everybody_reads_the_notice(line: Line) -> None:
    """Put up on Tuesday 3 November: five working days later is Tuesday the 10th."""
    page = line.as_("buyer")
    page.goto("/notices")
    page.get_by_role("link", name=KIWI, exact=True).click()
    expect(page.get_by_text("11月3日贴出，11月10日截止")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("王建国")


def city_certifies(line: Line) -> str:
    """Gives the number of the kiwi's certificate."""
    page = line.as_("city")
    page.goto("/review")
    expect(page.get_by_role("link", name=KIWI, exact=True)).to_have_count(0)  # the notice still hangs
    line.time_passes_until("2026-11-11 09:00")
    for name in (KIWI, HONEY):
        open_from_worklist(page, name)
        say(page, "同意认定，发证", "公示期满无异议，同意认定。")
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name="认定证书").click()
    number = page.get_by_role("row", name=KIWI).get_by_role("link").first.inner_text()

    anyone = line.as_("buyer")
    anyone.goto("/certificates")
    anyone.get_by_label("证书编号").fill("".join(each for each in number if each.isdigit()))
    anyone.get_by_role("button", name="查一下").click()
    expect(anyone.get_by_role("heading", name="扶贫产品认定证书")).to_be_visible()
    expect(anyone.get_by_role("img", name="证书查验二维码")).to_be_visible()
    expect(anyone.locator("article.cert")).to_contain_text(number)
    return number
