"""A day at the desks of certification, by clicking and typing in the demo's shop: writing an application, objecting to
one, handling that, handing a post over, catalogues, a certificate that is stopped and one that is changed."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import expect
from sqlalchemy import select

from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from tests.browser.walking import Windows, desk, has_arrived, pdf_file, picture_file

pytestmark = pytest.mark.template("demo")
Freeze = Callable[[str], time_machine.Traveller]


def application_in(state: ApplicationState, product: str = "") -> int:
    db.session.rollback()
    criteria = [Application.state == state, *([DeclaredProduct.name == product] if product else [])]
    return db.session.scalars(
        select(Application.id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(*criteria)
        .limit(1)
    ).one()


def certificate_of(product: str) -> Certificate:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(
        select(Certificate)
        .join(DeclaredProduct, DeclaredProduct.id == Certificate.product_id)
        .where(DeclaredProduct.name == product)
        .order_by(Certificate.version.desc())
        .limit(1)
    ).one()


def test_a_draft_is_kept_while_it_is_written_and_two_windows_notice_each_other(shop: Windows) -> None:
    page = shop.as_("coop")
    draft = f"/supplier/applications/{application_in(ApplicationState.DRAFT)}"
    page.goto(f"{draft}?step=price")
    page.get_by_label("申报价").press_sequentially("9")
    expect(page.locator("#kept")).to_contain_text("已自动存好")
    expect(page.locator("#price-note")).to_contain_text("可以报，但要说明为什么")
    page.get_by_label("申报价").fill("33.00")
    expect(page.locator("#price-note")).to_be_empty()
    other = page.context.new_page()
    other.goto(f"{draft}?step=price")
    expect(other.get_by_label("申报价")).to_have_value("33.00")
    other.get_by_label("申报价").fill("34.00")
    other.get_by_role("button", name="存草稿").click()
    expect(other.get_by_text("已存草稿")).to_be_visible()
    page.get_by_label("申报价").fill("35.00")
    expect(page.locator("#kept")).to_contain_text("别的窗口")
    page.get_by_role("button", name="存草稿").click()
    expect(page.get_by_role("heading", name="现在存着的不一样")).to_be_visible()
    expect(page.locator("main").get_by_text("¥34.00", exact=True).first).to_be_visible()
    expect(page.get_by_label("申报价")).to_have_value("35.00")
    page.get_by_role("button", name="存好，下一步").click()
    expect(page.get_by_role("heading", name="质量材料")).to_be_visible()
    page.get_by_label("文件").set_input_files([pdf_file("一"), picture_file("二")])
    expect(page.get_by_text("二.png")).to_be_visible()
    page.get_by_role("button", name="传上去").click()
    expect(page.get_by_text("2 份材料传好了")).to_be_visible()


def test_anybody_objects_and_reads_the_answer(shop: Windows) -> None:
    reader = shop.as_("")
    reader.goto("/notices")
    reader.get_by_role("link", name=re.compile("马召散养鸡蛋")).first.click()
    reader.get_by_role("link", name="对这件提意见").click()
    reader.get_by_role("button", name="交上去").click()
    expect(reader.get_by_role("alert")).to_be_visible()
    reader.get_by_label("哪方面的意见").select_option(index=1)
    reader.get_by_label("想说什么").fill("去年秋天起这几户就不养鸡了，鸡舍空着。")
    reader.get_by_label("照片或材料").set_input_files(picture_file("鸡舍"))
    reader.get_by_label("您的姓名").fill("某村民（示例）")
    reader.get_by_label("联系电话").fill("19900008001")
    reader.get_by_role("button", name="交上去").click()
    expect(reader.get_by_role("heading", name="意见已收到")).to_be_visible()
    has_arrived(reader, reader.locator("dd.h2"))
    number, code, *_ = reader.locator("dd.h2").all_inner_texts()

    coop = shop.as_("coop")
    desk(coop, "/supplier", "认定申请")
    coop.get_by_role("link", name="马召散养鸡蛋").click()
    expect(coop.get_by_text("某村民")).to_have_count(0)

    city = shop.as_("city")
    desk(city, "/review", "公示异议")
    city.get_by_role("link", name=number).click()
    city.get_by_role("button", name="我来受理").click()
    city.get_by_label("为什么要看").fill("打电话核实鸡舍的事")
    city.get_by_role("button", name="看完整联系方式").click()
    expect(city.get_by_text("19900008001")).to_be_visible()
    city.get_by_label("查到的事实").fill("11 月 26 日到场，四户存栏 310 只，与申报相符。")
    city.get_by_label("给对方的答复").fill("到现场看过，四户都在养，照片是旧鸡舍。谢谢您的监督。")
    city.get_by_role("radio", name="异议不成立").check()
    city.get_by_role("button", name="办结并答复").click()
    expect(city.get_by_text("已办结").or_(city.get_by_text("不成立")).first).to_be_visible()

    reader.get_by_role("link", name="查处理结果").click()
    reader.get_by_label("异议编号").fill(number)
    reader.get_by_label("查询码").fill(code)
    reader.get_by_role("button", name="查一下").click()
    expect(reader.get_by_text("照片是旧鸡舍")).to_be_visible()


def test_a_post_is_handed_over(shop: Windows) -> None:
    old = shop.as_("county")
    desk(old, "/review", "工作交接")
    old.get_by_label("接手人的账号或手机号").fill("auditor-nobody")
    old.get_by_label("交接说明").fill("礼盒那件等现场核查。")
    old.get_by_role("button", name="下一步").click()
    expect(old.locator("#successor-error")).to_be_visible()
    old.get_by_label("接手人的账号或手机号").fill("buyer2")
    old.get_by_role("button", name="下一步").click()
    expect(old.get_by_text("周至翠香猕猴桃礼盒")).to_be_visible()
    old.get_by_label("我已核对在办的件").check()
    old.get_by_role("button", name="确认交接").click()
    new = shop.as_("buyer2")
    desk(new, "/review", "待我审")
    expect(new.get_by_role("link", name="周至翠香猕猴桃礼盒")).to_be_visible()
    old.goto("/review")
    expect(old).to_have_url(re.compile("/login"))


def test_a_catalogue_is_put_together_and_published(shop: Windows) -> None:
    city = shop.as_("city")
    desk(city, "/review", "产品目录")
    city.get_by_label("目录名称").fill("西安市扶贫产品目录（冬季，示例）")
    city.get_by_role("button", name="开一批").click()
    for place in range(3):
        city.locator("input[name=certificate]").nth(place).check()
    city.get_by_role("button", name="加进这一批").click()
    entries = city.locator("td.full b")
    expect(entries).to_have_count(3)
    names = entries.all_inner_texts()
    city.get_by_role("button", name=f"下移 {names[0]}").click()
    expect(entries).to_have_text([names[1], names[0], names[2]])
    city.get_by_role("button", name=f"移出 {names[2]}").click()
    expect(entries).to_have_text([names[1], names[0]])
    city.get_by_role("button", name="发布这一批").click()
    expect(city.get_by_text("已发布")).to_be_visible()
    reader = shop.as_("")
    reader.goto("/catalogues")
    reader.get_by_role("link", name=re.compile("冬季，示例")).click()
    expect(reader.get_by_text(names[1])).to_be_visible()
    with reader.expect_download() as loading:
        reader.get_by_role("link", name=re.compile("Excel|xlsx|表格")).click()
    assert loading.value.suggested_filename.endswith(".xlsx")


def test_a_certificate_is_stopped_for_what_was_found_and_the_cart_says_so(shop: Windows) -> None:
    buyer = shop.as_("buyer")
    buyer.goto("/search?q=黑木耳")
    buyer.locator("article.pcard:not(.gone) h3 a").first.click()
    buyer.locator("button:visible", has_text="加入购物车").click()
    held = certificate_of("秦岭椴木黑木耳")

    county = shop.as_("county")
    county.goto(f"/review/certificates/{held.id}")
    county.get_by_text("记一条现场检查或投诉").click()
    county.get_by_role("radio", name="现场检查发现").check()
    county.get_by_label("发现了什么").fill("仓库里混放农药，抽样送检。")
    county.get_by_role("button", name="记下").click()
    expect(county.get_by_text("仓库里混放农药")).to_be_visible()

    city = shop.as_("city")
    city.goto(f"/review/certificates/{held.id}")
    city.get_by_role("radio", name="暂停").check()
    city.get_by_label("原因类别").select_option(label="食品安全")
    city.get_by_label("依据哪条监测问题").select_option(index=1)
    city.get_by_label("原因", exact=True).fill("抽检农残超标，先停售。")
    city.get_by_role("button", name="确定").click()
    expect(city.get_by_text("抽检农残超标").first).to_be_visible()

    buyer.goto("/cart")
    expect(buyer.get_by_text("认定暂停了（食品安全）").first).to_be_visible()
    buyer.goto(f"/certificates/{held.number}")
    expect(buyer.get_by_text("抽检农残超标").first).to_be_visible()

    assert certificate_of("秦岭椴木黑木耳").state is CertificateState.SUSPENDED
    city.get_by_role("radio", name="恢复", exact=True).check()
    city.get_by_label("原因", exact=True).fill("复检合格，整改到位。")
    city.get_by_role("button", name="确定").click()
    expect(city.get_by_text("证书有效").first).to_be_visible()
    buyer.goto("/cart")
    expect(buyer.locator("button:visible", has_text="去结算")).to_be_enabled()


def test_a_change_renames_the_product_while_the_old_version_holds(shop: Windows) -> None:
    coop = shop.as_("coop")
    held = certificate_of("周至翠香猕猴桃")
    desk(coop, "/supplier", "认定证书")
    coop.get_by_role("link", name="周至翠香猕猴桃", exact=True).click()
    coop.get_by_text("申请变更").click()
    coop.get_by_role("button", name="开变更草稿").click()
    expect(coop.locator("#reason-error")).to_be_visible()
    coop.get_by_label("要变更什么，为什么").fill("按新国标改产品名和执行标准")
    coop.get_by_role("button", name="开变更草稿").click()
    coop.get_by_label("产品名称").fill("周至翠香猕猴桃（树熟）")
    coop.get_by_role("button", name="存好，下一步").click()
    coop.get_by_role("link", name="联结与承诺").click()
    coop.get_by_label("我们承诺").check()
    coop.get_by_role("button", name="存好，下一步").click()
    coop.get_by_role("button", name="提交申请").click()
    expect(coop.get_by_text("周至翠香猕猴桃（树熟）").first).to_be_visible()
    reader = shop.as_("")
    reader.goto(f"/certificates/{held.number}")
    expect(reader.get_by_text("证书有效").first).to_be_visible()
    expect(reader.get_by_text("树熟")).to_have_count(0)


def test_what_is_overdue_is_hurried_by_the_level_above(shop: Windows, freeze: Freeze) -> None:
    shop.moves_to(freeze, clock.now() + timedelta(days=21))
    county = shop.as_("county")
    desk(county, "/review", "督办")
    late = county.get_by_role("row", name=re.compile("马召镇冬桃"))
    expect(late.get_by_text(re.compile("逾期 .* 个工作日"))).to_be_visible()
    late.get_by_role("button", name="催办").click()
    village = shop.as_("village")
    village.goto("/messages")
    expect(village.get_by_text(re.compile("催办|尽快|逾期")).first).to_be_visible()
    desk(village, "/review", "待我审")
    village.get_by_role("link", name="马召镇冬桃").click()
    village.get_by_role("link", name="一户一户确认").click()
    village.locator("summary", has_text="不属实").click()
    village.get_by_role("button", name="记下：不属实").click()
    expect(village.locator("#note-error")).to_be_visible()
    village.get_by_label("哪里不对").fill("本人说没有签过协议")
    village.get_by_role("button", name="记下：不属实").click()
    village.get_by_role("link", name="先跳过").click()
    village.get_by_role("button", name="属实", exact=True).click()
    expect(village.get_by_role("heading", name=re.compile("^第 4 户"))).to_be_visible()
    village.get_by_role("link", name="看全部").click()
    village.get_by_role("listitem").filter(has_text="本人说没有签过协议").get_by_role(
        "link", name="改"
    ).click()
    village.get_by_role("button", name="属实", exact=True).click()
    village.get_by_role("link", name="看全部").click()
    expect(village.get_by_text("2 / 6 户已确认")).to_be_visible()


def test_a_certificate_that_runs_out_is_renewed_the_short_way(shop: Windows, freeze: Freeze) -> None:
    held = certificate_of("周至华优猕猴桃")
    ends, number = held.valid_until, held.number
    shop.moves_to(freeze, clock.now() + (ends - clock.today()) - timedelta(days=40))
    coop = shop.as_("coop")
    coop.goto("/messages")
    expect(coop.get_by_text(re.compile("到期")).first).to_be_visible()
    desk(coop, "/supplier", "认定证书")
    coop.get_by_role("link", name="周至华优猕猴桃", exact=True).click()
    coop.get_by_role("button", name="申请续期").click()
    coop.get_by_role("link", name="联结与承诺").click()
    coop.get_by_label("我们承诺").check()
    coop.get_by_role("button", name="存好，下一步").click()
    coop.get_by_role("button", name="提交申请").click()
    for login, decision in (("county", "同意"), ("city", "同意")):
        page = shop.as_(login)
        desk(page, "/review", "待我审")
        page.get_by_role("link", name="周至华优猕猴桃", exact=True).click()
        page.get_by_role("radio", name=re.compile(f"^{decision}")).check()
        has_arrived(page, page.locator("#opinion"))
        if page.locator("#bureau").count():
            page.locator("#bureau").fill("周至县农业农村局（示例）")
            page.locator("#bureau_opinion").fill("情况没有变化。")
            page.locator("#visited_on").fill(clock.today().isoformat())
            page.locator("#people").fill("示例检查组两人")
            page.locator("#place").fill("群兴村分拣点")
            page.locator("#photo").set_input_files(picture_file("现场"))
        page.locator("#opinion").fill("材料属实，同意续期。")
        page.get_by_label("我与申请人没有利害关系").check()
        page.get_by_role("button", name="签署并提交").click()
    reader = shop.as_("")
    reader.goto(f"/certificates/{number}")
    expect(reader.get_by_text("第 2 版").first).to_be_visible()


def test_food_safety_stops_what_is_paid_and_not_shipped(shop: Windows) -> None:
    buyer = shop.as_("buyer")
    buyer.goto("/search?q=黑木耳")
    buyer.locator("article.pcard:not(.gone) h3 a").first.click()
    buyer.locator("button:visible", has_text="立即购买").click()
    buyer.wait_for_url("**/checkout")
    if buyer.locator("#agree_fresh").count():
        buyer.locator("#agree_fresh").check()
    buyer.locator("button[form=checkout]:visible").click()
    buyer.wait_for_url("**/sandbox/**")
    buyer.get_by_role("button", name=re.compile("付款|支付")).first.click()
    shop.the_worker_runs()
    held = certificate_of("秦岭椴木黑木耳")
    city = shop.as_("city")
    city.goto(f"/review/certificates/{held.id}")
    city.get_by_role("radio", name="暂停").check()
    city.get_by_label("原因类别").select_option(label="食品安全")
    city.get_by_label("原因", exact=True).fill("抽检农残超标，停售召回。")
    city.get_by_role("button", name="确定").click()
    shop.the_worker_runs()
    buyer.goto("/my/orders")
    buyer.locator("a[href^='/my/orders/']").first.click()
    expect(buyer.get_by_text(re.compile("因食品安全停止")).first).to_be_visible()


def test_a_wording_is_kept_and_put_into_an_opinion(shop: Windows) -> None:
    town = shop.as_("town")
    desk(town, "/review", "常用意见")
    town.locator("#text").fill("材料齐全，走访属实，同意报县。")
    town.get_by_role("button", name="存好").click()
    desk(town, "/review", "待我审")
    town.locator("td a.row-a").first.click()
    town.get_by_text("用常用意见").click()
    town.get_by_role("button", name="材料齐全，走访属实").click()
    expect(town.locator("#opinion")).to_have_value("材料齐全，走访属实，同意报县。")
    town.get_by_role("radio", name=re.compile("^同意")).check()
    town.get_by_role("button", name="签署并提交").click()
    expect(town.get_by_role("alert")).to_be_visible()  # nobody signs without saying he has no part in it
    expect(town.locator("#opinion")).to_have_value("材料齐全，走访属实，同意报县。")
    town.get_by_label("我与申请人没有利害关系").check()
    town.get_by_role("button", name="签署并提交").click()
    expect(town.get_by_role("heading", name="待我审")).to_be_visible()
    assert application_in(ApplicationState.COUNTY_REVIEW, "秦岭野生核桃油")
