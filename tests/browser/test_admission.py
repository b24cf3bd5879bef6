"""Who gets in: a farm that hands in its papers and is examined, a pilot household that applies from a phone with a
sponsor and a village behind it, an owner whose bank account another confirms."""

import re

import pytest
from playwright.sync_api import Page, expect

from marketplace.demo.content.identity import bank_card, id_number
from tests.browser.walking import Windows, choose_region, desk, has_arrived, pdf_file, picture_file

pytestmark = pytest.mark.template("demo")


def open_supplier(admin: Page, name: str) -> None:
    desk(admin, "/admin", "供应商入驻")
    admin.get_by_role("link", name=name).first.click()


def test_what_was_sent_back_is_mended_examined_and_let_in(shop: Windows) -> None:
    inn, name = shop.as_("newcomer2"), "群兴村山泉农家乐（示例）"
    inn.goto("/supplier/papers")
    expect(inn.get_by_text("还差 1 项就能提交")).to_be_visible()
    inn.get_by_role("link", name="去传 从业人员健康证").click()
    inn.get_by_role("button", name="传上去").click()
    expect(inn.get_by_role("alert")).to_be_visible()
    inn.locator("#upload").set_input_files(picture_file("健康证"))
    inn.get_by_label("有效期到").fill("2029-06-30")
    inn.get_by_role("button", name="传上去").click()
    inn.get_by_role("button", name="提交审核").click()
    expect(inn.get_by_text("审核中").first).to_be_visible()

    admin = shop.as_("admin")
    open_supplier(admin, name)
    expect(admin.get_by_role("button", name="通过")).to_have_count(0)
    to_verify = admin.get_by_role("button", name="核实", exact=True)
    has_arrived(admin, to_verify)
    for left in reversed(range(to_verify.count())):
        to_verify.first.click()
        expect(to_verify).to_have_count(left)
    admin.get_by_role("button", name=re.compile("通过")).first.click()
    expect(admin.get_by_text("已入驻").first).to_be_visible()
    inn.goto("/supplier/applications/new")
    inn.get_by_role("link", name="登记产品").click()
    expect(inn.get_by_label("产品名称")).to_be_visible()


def test_a_household_applies_from_a_phone_with_a_sponsor_and_its_village(shop: Windows) -> None:
    phone = shop.as_("buyer")
    phone.goto("/supplier/register")
    phone.get_by_role("link", name="示范户用手机一步一步填").click()
    phone.locator("#contact_name").fill("赵示田")
    phone.locator("#contact_mobile").fill("19900009101")
    choose_region(phone, "village_code", "周至县", "马召镇", "富饶村")
    phone.locator("#name").fill("富饶村赵家蜂场示范户（示例）")
    phone.get_by_role("button", name="存好，下一步").click()
    phone.get_by_label("户主姓名").fill("赵示田")
    phone.get_by_label("户主身份证号").fill(id_number("610124", 301_777))
    phone.get_by_label("家里几口人").fill("4")
    phone.get_by_role("button", name="存好，下一步").click()
    phone.get_by_label("请谁担保").select_option(label="周至秦岭鲜果农民专业合作社（示例）")
    phone.get_by_role("button", name="请它担保，下一步").click()
    phone.locator("#upload").set_input_files(picture_file("卡"))
    phone.get_by_label("银行卡号").fill(bank_card(301_777))
    phone.get_by_label("开户行").fill("示例农商银行周至支行")
    phone.get_by_label("户名").fill("赵示田")
    phone.get_by_role("button", name="存好，下一步").click()
    expect(phone.get_by_text(re.compile("只等 .* 点同意了"))).to_be_visible()

    coop = shop.as_("coop")
    desk(coop, "/supplier", "担保的示范户")
    asked = coop.locator("section", has_text="富饶村赵家蜂场示范户（示例）").last
    asked.get_by_role("radio", name=re.compile("^同意")).check()
    asked.get_by_role("button", name="答复").click()
    expect(coop.locator("section", has_text="赵家蜂场").last.get_by_text("已同意担保")).to_be_visible()

    phone.reload()
    for _ in range(4):  # papers the wizard asks for besides
        if phone.get_by_role("button", name="交上去").count():
            break
        phone.get_by_role("link", name=re.compile("^去补")).first.click()
        phone.locator("#upload").set_input_files(pdf_file("材料"))
        has_arrived(phone, phone.locator("#upload"))
        if phone.locator("#expires_on").count():
            phone.locator("#expires_on").fill("2029-06-30")
        phone.get_by_role("button", name=re.compile("传上去|存好")).first.click()
        phone.goto("/supplier/pilot/review")
    phone.get_by_role("button", name="交上去").click()
    expect(phone.get_by_text(re.compile("审核中|交上去了")).first).to_be_visible()

    village = shop.as_("village")
    desk(village, "/review", "示范户核对")
    waiting = village.locator("section", has_text="富饶村赵家蜂场示范户（示例）").last
    expect(waiting.get_by_text("赵**").first).to_be_visible()
    waiting.get_by_role("button", name="核实过，是这一户").click()
    expect(village.get_by_text("富饶村赵家蜂场示范户（示例）")).to_have_count(0)


def test_another_account_is_live_once_an_admin_has_compared_it(shop: Windows) -> None:
    owner = shop.as_("coop")
    owner.goto("/supplier/papers")
    owner.get_by_role("link", name="换账户").click()
    owner.get_by_label("开户行").fill("示例农商银行周至支行")
    owner.get_by_label("新的银行账号").fill(bank_card(302_001))
    owner.locator("main form button.btn-primary").click()
    expect(owner.locator("#proof-error")).to_be_visible()
    owner.locator("#proof").set_input_files(pdf_file("开户证明"))
    owner.locator("main form button.btn-primary").click()
    admin = shop.as_("admin")
    desk(admin, "/admin", "账户变更")
    admin.get_by_role("link", name=re.compile("周至秦岭鲜果")).first.click()
    admin.get_by_role("radio", name="账户属实，启用").check()
    admin.get_by_role("button", name="答复").click()
    owner.goto("/supplier/papers")
    expect(owner.get_by_text(f"**** {bank_card(302_001)[-4:]}").first).to_be_visible()
