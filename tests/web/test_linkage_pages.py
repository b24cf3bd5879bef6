"""Linkage over HTTP: agreements that explain themselves, work sheets by hand and by workbook, confirmed on a phone,
lots with their paper, and the public trace page."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from certification.linkage.models import AgreementScan, LinkageAgreement, SupplyLot, WorkSheet
from certification.linkage.queries import terms_of
from certification.linkage.rules import LinkageMode, LotPayment
from certification.linkage.workflow import SheetState
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.exports import safe_cell
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.parties.models import Household
from tests.factories import builders, labour, sales
from tests.support.clients import Client
from tests.support.counting import statements


def send(client: FlaskClient, address: str, status: int, **form: object) -> str:
    with client.session_transaction() as session:
        session.setdefault("csrf_token", "0" * 40)
    page = client.get("/cart").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page) or re.search(
        r'name="csrf-token"[^>]*content="([^"]+)"', page
    )
    assert token is not None
    response = client.post(address, data={"csrf_token": token[1], **form}, content_type="multipart/form-data")
    assert response.status_code == status, re.findall(r'class="err".*?</p>', response.get_data(as_text=True))
    return response.get_data(as_text=True)


@pytest.fixture
def made(app: Flask) -> labour.Workshop:
    return labour.workshop()


@pytest.fixture
def owner(client: Client, made: labour.Workshop) -> Client:
    builders.sign_in(client, made.owner)
    return client


def terms_form(made: labour.Workshop, **changes: object) -> dict[str, object]:
    today = clock.today()
    first, second, third = made.households
    return {
        "product_id": str(made.product),
        "household": [str(each) for each in made.households],
        **{f"shares_{each}": "0" for each in made.households},
        f"shares_{first}": "3",
        f"mu_{second}": "2.5",
        f"mu_{third}": "1",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=365)).isoformat(),
        "leading_enterprise_id": "0",
    } | changes


def test_every_mode_can_be_agreed_and_explains_itself(owner: Client, made: labour.Workshop) -> None:
    page = owner.get("/supplier/agreements/new").get_data(as_text=True)
    for example in ("农户得 ¥24.00", "农户得 ¥17.00", "农户得 ¥3.00", "农户得 ¥6.80", "农户得 ¥3.40"):
        assert example in page
    everything = terms_form(
        made,
        trusteeship="y",
        trusteeship_percent="12.5",
        labour="y",
        unit_fen="2.60",
        dividend="y",
        share_percent="5",
        rent="y",
        rent_percent="3",
    )
    refused = send(owner, "/supplier/agreements/new", 422, **everything | {"rent_percent": "95"})
    assert "比例请填 0.01% 到 90% 之间" in refused
    assert 'value="12.5"' in refused
    assert "农户得 ¥8.50" in refused  # 68 yuan at what was typed
    assert "没有股的填 0" in refused
    send(owner, "/supplier/agreements/new", 302, **everything)
    agreement = db.session.scalars(select(LinkageAgreement).order_by(LinkageAgreement.id.desc())).first()
    assert agreement is not None
    terms = terms_of([agreement.id])[agreement.id]
    assert {term.mode for term in terms.terms} == {
        LinkageMode.TRUSTEESHIP,
        LinkageMode.LABOUR,
        LinkageMode.DIVIDEND,
        LinkageMode.RENT,
    }
    assert (terms.share_bp, terms.unit_fen) == (2050, 260)
    assert [(each.shares, each.mu_hundredths) for each in terms.members] == [(3, 0), (0, 250), (0, 100)]
    shown = owner.get(f"/supplier/agreements/{agreement.id}").get_data(as_text=True)
    assert "每卖一份付 2.60 元工钱" in shown
    assert "净销售额的 3%按流转的亩数" in shown
    paper = owner.get(f"/supplier/agreements/{agreement.id}/print").get_data(as_text=True)
    assert "签字、按手印" in paper
    assert "（草稿，未生效）" in paper


def test_amending_shows_what_changed_and_keeps_what_was_typed(owner: Client, made: labour.Workshop) -> None:
    address = f"/supplier/agreements/{made.agreement}/amend"
    page = owner.get(address).get_data(as_text=True)
    assert 'value="2.50"' in page
    wanted = terms_form(made, labour="y", unit_fen="3", party_branch="群兴村党支部")
    assert "群兴村党支部" in send(owner, address, 422, **wanted, reason="")
    send(owner, address, 302, **wanted, reason="工价涨了")
    draft = db.session.scalars(
        select(LinkageAgreement).where(LinkageAgreement.amends_id == made.agreement)
    ).one()
    shown = owner.get(f"/supplier/agreements/{draft.id}").get_data(as_text=True)
    assert "比第 1 版改了什么" in shown
    assert "工价涨了" in shown
    assert "<ins>群兴村党支部</ins>" in shown
    assert "修订草稿了" in send(owner, address, 422, **wanted, reason="再改")


def test_a_signed_page_is_kept_private(owner: Client, made: labour.Workshop, app: Flask) -> None:
    address = f"/supplier/agreements/{made.agreement}/scans"
    pdf = (BytesIO(b"%PDF-1.4\n%made up\n%%EOF\n"), "签字.pdf")
    household = str(made.households[0])
    assert "请选一个文件" in send(owner, address, 422, kind="household", household_id=household)
    send(owner, address, 302, kind="household", household_id=household, file=pdf)
    scan = db.session.scalars(select(AgreementScan)).one()
    with owner.get(f"{address}/{scan.id}") as opened:
        assert opened.data.startswith(b"%PDF")
    stranger = app.test_client()
    builders.sign_in(stranger, builders.owner_of(builders.supplier()))
    assert stranger.get(f"{address}/{scan.id}").status_code == 404


def sheet_form(**changes: object) -> dict[str, object]:
    today = clock.today()
    return {
        "from_on": (today - timedelta(days=9)).isoformat(),
        "until_on": (today - timedelta(days=3)).isoformat(),
        "task": "分拣",
        "place": "社区工厂",
    } | changes


def workbook(app: Flask, rows: list[list[object]], hours: str = "工时（小时）") -> tuple[BytesIO, str]:
    with app.test_request_context():
        content = xlsx_response("工时", ["农户编号*", hours, "备注"], rows).get_data()
    return BytesIO(content), "工时.xlsx"


def codes_of(made: labour.Workshop) -> list[str]:
    return [db.session.get_one(Household, each).code for each in made.households]


def test_hours_by_workbook_name_every_bad_cell_and_keep_nothing(
    owner: Client, made: labour.Workshop, app: Flask
) -> None:
    first, second, third = codes_of(made)
    address = f"/supplier/agreements/{made.agreement}/sheets/new"
    bad = workbook(app, [[first, "八小时", ""], ["ZZ-9999", 3, ""], [second, 4, ""], [second, 5, ""]])
    page = send(owner, address, 422, **sheet_form(file=bad))
    assert "表格里有 3 格要改" in page
    assert "“八小时”不是小时数" in page
    assert "“ZZ-9999”不在这份协议里" in page
    assert "前面已经有一行了" in page
    assert 'value="社区工厂"' in page
    assert db.session.scalar(select(WorkSheet.id)) is None
    renamed = workbook(app, [[first, 8, ""]], "小时")
    assert "表头缺了这几列：工时（小时）" in send(owner, address, 422, **sheet_form(file=renamed))
    good = workbook(app, [[first, 7.5, safe_cell("两个人")], [second, 4, ""], [third, "", ""]])
    send(owner, address, 302, **sheet_form(file=good))
    sheet = db.session.scalars(select(WorkSheet)).one()
    shown = owner.get(f"/supplier/sheets/{sheet.id}").get_data(as_text=True)
    assert "2 户，共" in shown
    assert "7.5 小时" in shown
    template = owner.get(f"/supplier/agreements/{made.agreement}/sheets/template")
    assert (template.mimetype or "").endswith("spreadsheetml.sheet")


def test_a_sheet_goes_to_the_village_and_back_and_is_confirmed_on_a_phone(
    owner: Client, made: labour.Workshop, app: Flask
) -> None:
    first, second, _ = made.households
    address = f"/supplier/agreements/{made.agreement}/sheets/new"
    assert "工时不对" in send(owner, address, 422, **sheet_form(**{f"hours_{first}": "9999"}))
    send(owner, address, 302, **sheet_form(**{f"hours_{first}": "8", f"hours_{second}": "3.5"}))
    sheet_id = db.session.scalars(select(WorkSheet.id)).one()
    send(owner, f"/supplier/sheets/{sheet_id}/submit", 302)
    assert owner.get(f"/supplier/sheets/{sheet_id}/edit").status_code == 302
    village = app.test_client()
    builders.sign_in(village, made.village)
    assert f"/review/sheets/{sheet_id}" in village.get("/review/sheets").get_data(as_text=True)
    page = village.get(f"/review/sheets/{sheet_id}").get_data(as_text=True)
    assert "3.5 小时" in page
    assert "王建国" not in page
    assert "请写明哪里不对" in send(village, f"/review/sheets/{sheet_id}/return", 422, reason="")
    send(village, f"/review/sheets/{sheet_id}/return", 302, reason="第二户只做了两小时")
    assert "第二户只做了两小时" in owner.get(f"/supplier/sheets/{sheet_id}").get_data(as_text=True)
    again = sheet_form(**{f"hours_{first}": "8", f"hours_{second}": "2"})
    send(owner, f"/supplier/sheets/{sheet_id}/edit", 302, **again)
    send(owner, f"/supplier/sheets/{sheet_id}/submit", 302)
    for household in (first, second):
        send(village, f"/review/sheets/{sheet_id}/households/{household}", 302)
    db.session.expire_all()
    assert db.session.get_one(WorkSheet, sheet_id).state is SheetState.CLOSED
    other = app.test_client()
    builders.sign_in(other, builders.official_of(builders.VILLAGE_OF_SAME_COUNTY))
    assert other.get(f"/review/sheets/{sheet_id}").status_code == 404
    town = app.test_client()
    builders.sign_in(town, builders.official_of(builders.TOWN))
    assert "镇、县、市不代办" in town.get("/review/sheets").get_data(as_text=True)


def test_a_listing_without_hours_says_what_is_missing(owner: Client, made: labour.Workshop) -> None:
    page = owner.get(f"/supplier/listings/{made.listing}").get_data(as_text=True)
    assert "还没有村里确认过的工时表" in page
    assert "/supplier/sheets" in page


def test_a_lot_has_a_page_a_paper_and_a_way_to_write_off(client: Client, app: Flask) -> None:
    kiwi = builders.saleable(units=4, price_fen=3000, lot_total_fen=8_000, payment=LotPayment.CONSIGNED)
    db.session.get_one(SupplyLot, kiwi["lot"]).trace_code = "t" * 24
    db.session.commit()
    sales.paid_orders({kiwi["sku"]: 1})
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    address = f"/supplier/lots/{kiwi['lot']}"
    page = client.get(address).get_data(as_text=True)
    assert "已记 ¥20.00，说定 ¥80.00" in page
    assert "未扣除生产成本" in page
    refused = send(client, f"{address}/spoil", 422, units="9", reason="烂了")
    assert 'value="烂了"' in refused
    send(client, f"{address}/spoil", 302, units="2", reason="烂了")
    page = client.get(address).get_data(as_text=True)
    assert "少了的 2 份（¥40.00）没有货款可付，说定的总价不改" in page
    paper = client.get(f"{address}/receipt").get_data(as_text=True)
    assert "大写 捌拾元整" in paper
    assert "农户签字" in paper
    assert 'class="qr"' in paper
    stranger = app.test_client()
    builders.sign_in(stranger, builders.owner_of(builders.supplier()))
    for path in (address, f"{address}/receipt"):
        assert stranger.get(path).status_code == 404


def test_the_trace_page_tells_the_village_and_nobody(client: Client) -> None:
    kiwi = builders.saleable(units=7, price_fen=3000, lot_total_fen=14_007)
    lot = db.session.get_one(SupplyLot, kiwi["lot"])
    lot.trace_code, lot.grams = "k" * 24, 18_340
    db.session.commit()
    client.get("/")  # what the head of every page shows is kept for a minute
    with statements() as sent:
        response = client.get("/trace/" + "k" * 24)
    assert response.status_code == 200
    assert len(sent) <= 6, sent
    page = response.get_data(as_text=True)
    household = db.session.get_one(Household, kiwi["household"])
    assert "¥20.01" in page  # per unit
    assert lot.number in page
    assert "群兴村" in page
    assert 'class="state done">有效' in page
    assert f"/p/{kiwi['listing']}" in page
    for secret in (household.code, "王建国", "18.34", "36.68", "¥140.07", " 7 份"):
        assert secret not in page
    assert f"/trace/{'k' * 24}" in client.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    for unknown in ("nope", "k" * 23, "k" * 300, "%00", "P202611%2F1"):
        answer = client.get(f"/trace/{unknown}")
        assert answer.status_code == 404
    assert "没有找到这批货" in client.get("/trace/nope").get_data(as_text=True)


def test_lists_of_sheets_cost_the_same_however_many(owner: Client, made: labour.Workshop, app: Flask) -> None:
    village = app.test_client()
    builders.sign_in(village, made.village)
    counted = []
    for start in (100, 40):
        for place in range(3 if start == 100 else 9):
            day = start - place * 4
            labour.closed_sheet(made, {made.households[0]: 60}, first=day, last=day - 2)
        for each, path in ((owner, "/supplier/sheets"), (village, "/review/sheets?state=all")):
            each.get(path)  # what a process learns once is no cost of a page
            with statements() as sent:
                assert each.get(path).status_code == 200
            counted.append(len(sent))
    assert counted[:2] == counted[2:]
    assert max(counted) <= 12, counted
