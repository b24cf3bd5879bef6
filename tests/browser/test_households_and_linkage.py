"""Households and what binds them: the register by table, a person seen with a reason, consents, bank cards, hours worked,
promises held against the ledger, a lot traced, messages."""

import io
import re
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from catalog.products.models import Listing, Sku
from catalog.stock.models import StockRow
from certification.linkage.models import SupplyLot
from marketplace.accounts.models import User
from marketplace.demo.content.identity import bank_card, id_number
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.parties.household_imports import COLUMNS
from marketplace.parties.models import Household
from tests.browser.walking import Windows, desk, has_arrived, pdf_file, picture_file

pytestmark = pytest.mark.template("demo")


def table(*rows: tuple[str, ...]) -> Any:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(([column.label for column in COLUMNS], *rows)):
            sheet.write_row(number, 0, row)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "农户.xlsx", "mimeType": kind, "buffer": out.getvalue()}


def hand_in(shop: Windows, page: Page, *rows: tuple[str, ...]) -> None:
    desk(page, "/review", "农户登记")
    page.get_by_role("link", name="用表格导入").click()
    page.locator("#file").set_input_files(table(*rows))
    page.get_by_role("button", name="交上去核对").click()
    shop.the_worker_runs()
    page.reload()


def test_a_table_of_households_is_checked_mended_written_and_changes_nothing_twice(shop: Windows) -> None:
    county = shop.as_("county")
    number = id_number("610124", 303_001)
    good = (number, "示例新户", "4", "脱贫", "", "", "周至县", "马召镇", "富饶村")
    bad = ("610124189901010000", "示例错户", "四", "脱贫", "", "", "周至县", "马召镇", "没有的村")
    hand_in(shop, county, good, bad)
    expect(county.get_by_text("个格子要改")).to_be_visible()
    cells = county.get_by_role("table").get_by_role("row")
    has_arrived(county, cells)
    assert {cell.inner_text().split()[0] for cell in cells.all()[1:]} == {"3"}
    assert db.session.scalar(select(Household.id).where(Household.head_name == "示例新户")) is None
    hand_in(shop, county, good)
    expect(county.get_by_text("新登记 1 户")).to_be_visible()
    county.get_by_role("button", name="全部写入").click()
    shop.the_worker_runs()
    county.reload()
    hand_in(shop, county, good)
    expect(county.get_by_text("表格和登记的一样，不用写")).to_be_visible()

    desk(county, "/review", "农户登记")
    county.get_by_role("searchbox").fill(number)
    county.get_by_role("button", name="筛选").click()
    county.get_by_role("link", name="示**").first.click()
    expect(county.get_by_text(number)).to_have_count(0)
    county.get_by_text("改身份").click()
    county.get_by_label("新的身份").select_option(label="监测")
    form = county.locator("form", has=county.locator("#status-reason"))
    form.locator("#valid_from").fill(clock.today().isoformat())
    form.locator("#status-reason").fill("因病支出大，纳入监测")
    form.get_by_role("button", name="存好").click()
    expect(county.get_by_text("因病支出大").first).to_be_visible()


def test_a_person_is_seen_in_clear_with_a_reason_and_it_is_kept(shop: Windows) -> None:
    village = shop.as_("village")
    household = db.session.scalars(
        select(Household).where(Household.village_code == "610124103228").order_by(Household.id)
    ).first()
    assert household is not None
    address, name = f"/registers/households/{household.id}", household.head_name
    db.session.rollback()
    village.goto(address)
    expect(village.get_by_text(name)).to_have_count(0)
    if not village.get_by_role("button", name="看一次").count():
        village = shop.as_("county")
        village.goto(address)
    village.get_by_role("button", name="看一次").click()
    expect(village.locator("#clear-reason-error, .err").first).to_be_visible()
    village.locator("#clear-reason").fill("打电话核对银行卡")
    village.get_by_role("button", name="看一次").click()
    expect(village.get_by_text(name).first).to_be_visible()
    village.goto(address)
    expect(village.get_by_text(name)).to_have_count(0)
    admin = shop.as_("admin")
    desk(admin, "/admin", "操作记录")
    expect(admin.get_by_text("打电话核对银行卡").first).to_be_visible()


def test_a_household_takes_its_consent_back_and_changes_its_card(shop: Windows) -> None:
    home = shop.as_("household")
    home.goto("/household")
    home.get_by_role("link", name="授权和银行卡").click()
    home.get_by_role("button", name="收回").first.click()
    expect(home.get_by_text("收回了，页面上马上不再用")).to_be_visible()
    home.get_by_label("看明白了，我同意").last.check()
    home.get_by_role("button", name="我同意").last.click()
    expect(home.get_by_text("同意了").first).to_be_visible()
    home.get_by_text("换一张卡").click()
    home.get_by_label("开户行").fill("示例邮储银行")
    home.get_by_label("新的银行卡号").fill(bank_card(304_001))
    home.locator("#proof").set_input_files(picture_file("卡"))
    home.get_by_role("button", name="交给村里核对").click()
    expect(home.get_by_text("等村干部核对")).to_be_visible()
    household = db.session.scalars(select(Household).where(Household.code == "HH-610124103228-01")).one()
    address = f"/registers/households/{household.id}"
    db.session.rollback()
    village = shop.as_("village")
    village.goto(address)
    village.get_by_role("button", name="核对过，确认").click()
    home.goto("/household/rights")
    expect(home.get_by_text(f"示例邮储银行 **** {bank_card(304_001)[-4:]}").first).to_be_visible()


def test_hours_are_entered_sent_back_mended_and_confirmed_by_two_villages(shop: Windows) -> None:
    workshop, day = shop.as_("owner-cuifeng-vinegar"), clock.today() - timedelta(days=50)
    desk(workshop, "/supplier", "工时表")
    workshop.get_by_role("link", name="填一张").click()
    workshop.get_by_label("从哪天").fill(day.isoformat())
    workshop.get_by_label("到哪天").fill((day + timedelta(days=2)).isoformat())
    workshop.get_by_label("做什么活").fill("分拣、装箱")
    workshop.get_by_label("在哪儿").fill("社区工厂（示例）")
    boxes = workshop.locator("input[name^=hours_]")
    boxes.first.fill("七小时")
    workshop.get_by_role("button", name="存好").click()
    has_arrived(workshop, workshop.locator(".err"))
    for place, box in enumerate(boxes.all()):
        box.fill(str(8 + place % 3))
    workshop.get_by_role("button", name="存好").click()
    number = workshop.get_by_role("heading", level=1).locator(".num").inner_text()
    workshop.get_by_role("button", name="交给村里确认").click()

    village = shop.as_("village")
    desk(village, "/review", "工时确认")
    village.get_by_role("link", name=number).click()
    village.get_by_role("button", name="是这么多").first.click()
    village.get_by_role("button", name="退回去改").click()
    expect(village.locator("#reason-error")).to_be_visible()
    village.get_by_label("哪一户、哪里不对").fill("最后一户那三天没有来。")
    village.get_by_role("button", name="退回去改").click()
    workshop.reload()
    expect(workshop.get_by_text("最后一户那三天没有来")).to_be_visible()
    workshop.get_by_role("link", name="改", exact=True).click()
    workshop.locator("input[name^=hours_]").last.fill("2")
    workshop.get_by_role("button", name="存好").click()
    workshop.get_by_role("button", name="交给村里确认").click()

    for login in ("village", "official-610124111214"):
        page = shop.as_(login)
        desk(page, "/review", "工时确认")
        page.get_by_role("link", name=number).click()
        to_confirm = page.get_by_role("button", name="是这么多")
        has_arrived(page, to_confirm)
        for left in reversed(range(to_confirm.count())):
            to_confirm.first.click()
            expect(to_confirm).to_have_count(left)
    workshop.reload()
    expect(workshop.get_by_role("heading", level=1).locator("..")).to_contain_text("已确认")


def test_a_promise_is_followed_to_the_rows_behind_it_and_noted(shop: Windows) -> None:
    county = shop.as_("county")
    desk(county, "/review", "联结监测")
    for word, light in (("绿灯", "green"), ("黄灯", "amber"), ("红灯", "red")):
        county.get_by_role("link", name=re.compile(word)).first.click()
        county.wait_for_url(f"**light={light}*")
    if not county.get_by_role("table").count():
        county.get_by_role("link", name=re.compile("^全部")).first.click()
    county.locator("td a.row-a").first.click()
    expect(county.get_by_role("heading", name="一户一户看")).to_be_visible()
    county.get_by_text("怎么算的").first.click()
    county.get_by_label("县里怎么看").fill("电话问过两户，都说今年还没收到钱。")
    county.get_by_role("button", name="记为问题").click()
    expect(county.get_by_text("电话问过两户")).to_be_visible()
    has_arrived(county, county.get_by_text("电话问过两户"))
    if county.locator("a[href^='/reports/orders/']").count():
        county.locator("a[href^='/reports/orders/']").first.click()
        expect(county.get_by_role("heading", level=1)).to_be_visible()


def test_a_lot_is_traced_by_its_code_and_names_nobody(shop: Windows) -> None:
    lot = db.session.scalars(
        select(SupplyLot)
        .join(StockRow, StockRow.lot_id == SupplyLot.id)
        .where(SupplyLot.trace_code.is_not(None))
    ).first()
    assert lot is not None
    code = lot.trace_code
    head = db.session.get_one(Household, lot.household_id).head_name
    db.session.rollback()
    reader = shop.as_("")
    reader.goto(f"/trace/{code}")
    expect(reader.get_by_text("这批货的来路")).to_be_visible()
    expect(reader.get_by_text(head)).to_have_count(0)
    reader.locator("a[href^='/certificates/']").first.click()
    expect(reader.get_by_text("证书有效").first).to_be_visible()


def test_messages_wait_in_the_box_and_by_mail_for_whoever_wants_them(shop: Windows, app: Flask) -> None:
    coop = shop.as_("coop")
    coop.goto("/supplier")
    coop.get_by_role("link", name=re.compile("消息 .* 条未读")).click()
    title = coop.locator("li.message.unread button.title").first
    what = title.inner_text()
    title.click()
    expect(coop.get_by_role("heading", level=1)).to_be_visible()
    coop.goto("/messages")
    expect(coop.locator("li.message:not(.unread)", has_text=what).first).to_be_visible()
    coop.get_by_role("link", name="提醒设置").click()
    coop.get_by_role("link", name=re.compile("去填邮箱|换一个|去确认")).click()
    coop.get_by_label(re.compile("邮箱")).fill("coop@example.com")
    coop.get_by_role("button", name="寄确认邮件").click()
    shop.the_worker_runs()
    letter = message_from_bytes(max((settings_of(app).instance / "mail").glob("*")).read_bytes())
    text = "".join(
        part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in letter.walk()
        if part.get_content_type() == "text/plain"
    )
    link = re.search(r"http\S+", text)
    assert link is not None
    assert link[0].startswith(shop.home)
    coop.goto(link[0])
    coop.locator("main form button.btn-primary").first.click()
    coop.goto("/messages/choices")
    expect(coop.get_by_text("coop@example.com")).to_be_visible()


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["settings"]
    return settings


def test_an_agreement_is_amended_and_its_signed_pages_are_kept(shop: Windows) -> None:
    coop = shop.as_("coop")
    desk(coop, "/supplier", "联结协议")
    coop.get_by_role("row", name=re.compile("生效中")).first.get_by_role("link").click()
    coop.get_by_role("link", name=re.compile("修订|改协议|换新版")).first.click()
    coop.get_by_label(re.compile("为什么|原因")).first.fill("两户要加入，先把期限延一年")
    coop.get_by_role("button", name=re.compile("存好|生成")).first.click()
    expect(coop.get_by_text("两户要加入").first).to_be_visible()
    coop.locator("input[type=file]").first.set_input_files(pdf_file("签字页"))
    coop.locator("form", has=coop.locator("input[type=file]")).first.get_by_role("button").first.click()
    expect(coop.get_by_text(re.compile("签字页|整份协议")).first).to_be_visible()


def test_all_modes_go_into_one_agreement_and_one_that_lacks_its_figure_says_so(shop: Windows) -> None:
    coop = shop.as_("coop")
    coop.goto("/supplier/agreements/new")
    coop.get_by_label("产品", exact=True).select_option(index=1)
    for mode in ("收购", "产业托管", "劳务用工", "股份分红", "土地流转"):
        coop.get_by_label(re.compile(f"^{mode}")).check()
    coop.get_by_label("托管分成比例").fill("20")
    coop.locator("#share_percent").fill("5")
    coop.get_by_label("每份工钱").fill("3.00")
    for tick in coop.locator("input[name=household]").all()[:3]:
        tick.check()
    coop.get_by_label("开始日").fill(clock.today().isoformat())
    coop.get_by_label("到期日").fill((clock.today() + timedelta(days=700)).isoformat())
    coop.get_by_label("党支部").fill("富饶村党支部（示例）")
    coop.get_by_role("button", name="存好").click()
    expect(coop.locator("#rent_percent-error")).to_be_visible()
    has_arrived(coop, coop.locator("#rent_percent-error"))
    expect(coop.get_by_label("托管分成比例")).to_have_value("20")
    coop.get_by_label("流转分成比例").fill("4")
    for box in coop.locator("input[name^=mu_]").all()[:3]:
        box.fill("2.5")
    coop.get_by_role("button", name="存好").click()
    for word in ("产业托管", "劳务用工", "土地流转", "富饶村党支部（示例）"):
        expect(coop.get_by_text(word).first).to_be_visible()
    expect(coop.get_by_role("cell", name="2.5").first).to_be_visible()


def test_a_lot_has_a_receipt_with_its_code_and_loses_what_spoils(shop: Windows) -> None:
    lot_id = db.session.scalars(
        select(SupplyLot.id)
        .join(StockRow, StockRow.lot_id == SupplyLot.id)
        .join(Sku, Sku.id == StockRow.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.supplier_id == 1, StockRow.available > 3)
    ).first()
    db.session.rollback()
    coop = shop.as_("coop")
    coop.goto(f"/supplier/lots/{lot_id}")
    before = coop.locator("#units dd").last.inner_text()
    coop.locator("#spoil").get_by_role("button").click()
    expect(coop.locator("#spoil .err").first).to_be_visible()
    coop.locator("#spoil [name=units]").fill("2")
    coop.locator("#spoil [name=reason]").fill("冷库停电，捂坏两箱")
    coop.locator("#spoil").get_by_role("button").click()
    expect(coop.get_by_text("冷库停电").first).to_be_visible()
    expect(coop.locator("section#units dd").last).not_to_have_text(before)
    coop.get_by_role("link", name="收货小票").click()
    expect(coop.locator("svg, img.qr, .qr").first).to_be_visible()


def test_an_owner_invites_a_colleague_who_joins(shop: Windows) -> None:
    owner = shop.as_("coop")
    owner.goto("/supplier/staff/invite")
    owner.get_by_label(re.compile("给谁|称呼|叫")).or_(owner.locator("#invitee")).first.fill("发货 小李")
    owner.get_by_role("button", name="生成邀请链接").click()
    link = owner.locator("input[readonly], #link, code").first
    address = link.input_value() if link.evaluate("each => each.tagName") == "INPUT" else link.inner_text()
    colleague = shop.as_("buyer2")
    colleague.goto(address)
    colleague.get_by_role("button", name=re.compile("接受|加入")).click()
    colleague.goto("/supplier")
    expect(colleague.get_by_role("navigation", name="工作导航")).to_contain_text("订单发货")
    owner.goto("/supplier/staff")
    name = db.session.scalars(select(User.display_name).where(User.username == "buyer2")).one()
    db.session.rollback()
    expect(owner.locator("main").get_by_text(name).first).to_be_visible()
