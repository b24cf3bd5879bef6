"""The lights as officials and suppliers see them, over HTTP."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from certification.certificates.findings import findings_of
from certification.certificates.models import Certificate
from certification.certificates.rules import FindingKind
from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import Supplier
from marketplace.reporting import monitoring
from marketplace.reporting.roll import roll_up_all
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    """7,500 fen for one household; 100 days of a promise of 40,000 fen and one household: amber."""
    app.config["WTF_CSRF_ENABLED"] = False
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    sales.sold_and_completed({made["sku"]: 5})
    with transaction():
        certificate = db.session.scalars(select(Certificate)).one()
        certificate.valid_from = clock.today() - timedelta(days=99)
        certificate.facts = {
            **certificate.facts,
            "promised_households": 1,
            "promised_income_fen": 40_000,
        }
        made["certificate"] = certificate.id
    roll_up_all()
    monitoring.measure_all()
    return made


def official(client: Client, region: str) -> Client:
    builders.sign_in(client, builders.official_of(region))
    return client


def test_the_list_shows_promise_and_fact_and_filters(client: Client, kiwi: World) -> None:
    desk = official(client, builders.COUNTY)
    page = desk.get("/review/monitoring")
    assert "黄灯" in page.text
    assert "68%" in page.text
    assert "¥75.00" in page.text
    link = f"/review/monitoring/{kiwi['certificate']}"
    assert link in desk.get("/review/monitoring?light=amber").text
    assert link not in desk.get("/review/monitoring?light=red").text
    assert link not in desk.get("/review/monitoring?q=没有这个").text
    assert link in desk.get(f"/review/monitoring?place={builders.TOWN}").text
    assert link not in desk.get("/review/monitoring?place=610124101000").text
    # a place elsewhere is not asked for, whatever the address says
    assert link in desk.get(f"/review/monitoring?place={builders.OTHER_COUNTY}").text


def test_another_county_sees_nothing(client: Client, kiwi: World) -> None:
    desk = official(client, builders.OTHER_COUNTY)
    assert f"/review/monitoring/{kiwi['certificate']}" not in desk.get("/review/monitoring").text
    assert desk.get(f"/review/monitoring/{kiwi['certificate']}").status_code == 404
    assert (
        desk.post(f"/review/monitoring/{kiwi['certificate']}/finding", data={"text": "不归我管"}).status_code
        == 404
    )
    workbook = desk.get("/review/monitoring.xlsx").data
    assert len(CalamineWorkbook.from_filelike(BytesIO(workbook)).get_sheet_by_index(0).to_python()) == 1


def test_the_page_opens_to_the_rows_behind_and_names_nobody(client: Client, kiwi: World) -> None:
    page = official(client, builders.COUNTY).get(f"/review/monitoring/{kiwi['certificate']}").text
    assert "王**" in page
    assert "王建国" not in page
    assert "怎么算的" in page
    assert "/reports/orders/" in page
    assert "by=product" in page
    assert page.count("¥75.00") >= 4  # total, agreement, household, order


def test_the_county_records_a_problem_with_its_figures(client: Client, kiwi: World) -> None:
    desk = official(client, builders.COUNTY)
    address = f"/review/monitoring/{kiwi['certificate']}"
    assert desk.post(f"{address}/finding", data={"text": "短"}).status_code == 422
    assert (
        "今年雨水多，少收了三成"
        in desk.post(
            f"{address}/finding", data={"text": "今年雨水多，少收了三成"}, follow_redirects=True
        ).text
    )
    (row,) = findings_of([kiwi["certificate"]])[kiwi["certificate"]]
    assert row.kind is FindingKind.PROMISE_GAP
    assert row.figures["income_fen"] == 7_500
    assert row.number in desk.get(f"/review/certificates/{kiwi['certificate']}").text


@pytest.mark.parametrize("region", [builders.TOWN, builders.VILLAGE])
def test_town_and_village_look_and_do_not_record(client: Client, kiwi: World, region: str) -> None:
    desk = official(client, region)
    page = desk.get(f"/review/monitoring/{kiwi['certificate']}")
    assert page.status_code == 200
    assert "/finding" not in page.text
    answer = desk.post(f"/review/monitoring/{kiwi['certificate']}/finding", data={"text": "想记一条"})
    assert answer.status_code == 404
    assert findings_of([kiwi["certificate"]])[kiwi["certificate"]] == []


def test_the_file_holds_the_list(client: Client, kiwi: World) -> None:
    answer = official(client, builders.CITY).get("/review/monitoring.xlsx?light=amber")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert rows[1][0] == "黄灯"
    assert rows[1][1] == 68
    assert rows[1][-1] == 75.0


def test_a_supplier_sees_its_own_lights_only(client: Client, kiwi: World) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    assert "黄灯" in client.get("/supplier/monitoring").text
    other = builders.saleable()
    builders.sign_in(client, builders.owner_of(other["supplier"]))
    page = client.get("/supplier/monitoring")
    assert page.status_code == 200
    assert "黄灯</span>" not in page.text


def test_a_sponsor_sees_the_lights_of_its_pilots(client: Client, kiwi: World) -> None:
    sponsor = builders.supplier()
    with transaction():
        db.session.get_one(Supplier, kiwi["supplier"]).sponsor_id = sponsor
    builders.sign_in(client, builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, sponsor)))
    assert "黄灯</span>" in client.get("/supplier/monitoring").text


def test_the_lists_ask_little(client: Client, kiwi: World) -> None:
    desk = official(client, builders.COUNTY)
    desk.get("/review/past")
    with statements() as frame:
        desk.get("/review/pilots")
    with statements() as sent:
        desk.get("/review/monitoring")
    assert len(sent) <= len(frame) + 5


def test_a_red_light_is_on_the_first_page_of_its_supplier(client: Client, kiwi: World) -> None:
    builders.sign_in(client, builders.owner_of(kiwi["supplier"]))
    assert "红灯" not in client.get("/supplier").text
    with transaction():
        certificate = db.session.get_one(Certificate, kiwi["certificate"])
        certificate.facts = {**certificate.facts, "promised_income_fen": 90_000}
    monitoring.measure_all()
    assert "/supplier/monitoring" in client.get("/supplier").text
    assert "红灯" in client.get("/supplier").text


def test_the_page_behind_a_light_asks_little_however_many_stand_behind(client: Client, kiwi: World) -> None:
    desk = official(client, builders.COUNTY)
    address = f"/review/monitoring/{kiwi['certificate']}"
    desk.get(address)
    with statements() as few:
        desk.get(address)
    for _ in range(3):
        sales.paid_orders({kiwi["sku"]: 1})
    with statements() as more:
        desk.get(address)
    assert len(more) == len(few)
    assert len(few) <= 32
