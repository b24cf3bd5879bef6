"""The registers' pages: lists within their budgets, forms that keep what was typed, tables looked at and confirmed."""

import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from marketplace.accounts.queries import load_actor
from marketplace.kernel import clock
from marketplace.outlets import commands as outlets
from marketplace.outlets.commands import OutletFacts
from marketplace.outlets.imports import COLUMNS
from marketplace.outlets.queries import OutletFilter, get_outlet, outlets_matching
from marketplace.outlets.rules import OutletTier
from marketplace.pairing.imports import template_columns
from marketplace.pairing.queries import PairingFilter, get_register_row, register_rows
from marketplace.parties.household_queries import household_card
from marketplace.parties.models import PartnerUnit
from tests.factories import builders, registers
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import client_of, hidden

YEAR = clock.today().year
PLACE = {"region_1": builders.COUNTY, "region_2": builders.TOWN, "region_3": builders.VILLAGE}
OUTLET = {**PLACE, "name": "群兴村服务点（示例）", "tier": "village_point", "address": "村委会东侧第一间"}
ROW: dict[str, object] = {
    "name": "群兴村服务点（示例）",
    "tier": "村级服务点",
    "county": "周至县",
    "town": "马召镇",
    "village": "群兴村",
    "address": "村委会东侧第一间",
}


def post(client: Client, path: str, **fields: Any) -> Any:
    token = hidden(client.get("/my/password").text, "csrf_token")
    return client.post(path, data={"csrf_token": token, **fields})


def hand_in(client: Client, register: str, content: bytes, name: str = "表.xlsx") -> Any:
    return post(client, f"/registers/{register}/import", file=(io.BytesIO(content), name))


def token_in(page: str) -> str:
    return hidden(page, "token")


@pytest.fixture
def admin(app: Flask) -> Client:
    return client_of(app, builders.admin("boss"))


@pytest.fixture
def county(app: Flask) -> Client:
    return client_of(app, builders.official_of(builders.COUNTY, "county"))


@pytest.fixture
def unit(app: Flask) -> PartnerUnit:
    return registers.unit()


def outlet(name: str = "群兴村服务点（示例）", village: str = builders.VILLAGE) -> int:
    facts = OutletFacts(name, OutletTier.VILLAGE_POINT, village, "", "村委会东侧")
    return outlets.save_outlet(builders.admin(), facts)


def test_an_empty_register_says_what_to_do(admin: Client) -> None:
    for register, words in (("outlets", "还没有登记网点"), ("pairings", "还没有登记结对")):
        assert words in admin.get(f"/registers/{register}").text
        assert "没有符合条件的" in admin.get(f"/registers/{register}?q=x").text


def test_an_outlet_is_registered_corrected_closed_and_opened(county: Client) -> None:
    response = post(county, "/registers/outlets/new", **OUTLET, takes_pickups="y")
    assert response.status_code == 303
    path = response.headers["Location"]
    [row] = outlets_matching(OutletFilter())
    assert (row.region_code, row.takes_pickups, row.collects_produce) == (builders.VILLAGE, True, False)
    assert "还没有负责人" in county.get(path).text
    again = post(county, f"{path}/edit", **{**OUTLET, "phone": "029-1", "takes_pickups": "y"})
    assert again.status_code == 303
    assert "空 → 029-1" in county.get(path).text
    assert post(county, f"{path}/state", **{"state-reason": ""}).status_code == 422
    assert post(county, f"{path}/state", **{"state-reason": "店面装修"}).status_code == 303
    assert not get_outlet(row.id).is_open
    assert "停业" in county.get("/registers/outlets?open=no").text
    assert "群兴村" not in county.get("/registers/outlets?open=yes").text
    post(county, f"{path}/state", **{"state-reason": "装修好了"})
    assert get_outlet(row.id).is_open


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "请填网点名称"),
        ({"tier": "town_station"}, "镇级服务站要选到镇街为止"),
        ({"region_3": ""}, "村级服务点要选到村"),
        ({"tier": "hall", "region_2": "", "region_3": ""}, "请选地址在哪个镇街"),
        (
            {"region_1": builders.OTHER_COUNTY, "region_2": "610111007000", "region_3": "610111007225"},
            "不归您管",
        ),
        ({"opened_on": "昨天"}, "日期"),
    ],
)
def test_a_form_that_does_not_fit_keeps_what_was_typed(
    county: Client, changes: dict[str, str], words: str
) -> None:
    response = post(county, "/registers/outlets/new", **{**OUTLET, **changes})
    assert (response.status_code, words in response.text) == (422, True)
    assert "村委会东侧第一间" in response.text
    assert outlets_matching(OutletFilter()) == []


def test_without_script_the_next_level_of_a_place_is_shown(county: Client) -> None:
    fields = {**OUTLET, "region_2": "", "region_3": "", "region_next": "1"}
    response = post(county, "/registers/outlets/new", **fields)
    assert (response.status_code, builders.TOWN in response.text) == (200, True)
    assert outlets_matching(OutletFilter()) == []


def test_an_operator_is_appointed_and_withdrawn(county: Client) -> None:
    number = outlet()
    zhang = builders.user("zhang")
    path = f"/registers/outlets/{number}"
    assert (
        "没有找到这个账号" in post(county, f"{path}/operators", identifier="nobody", reason="镇里推荐").text
    )
    assert post(county, f"{path}/operators", identifier="zhang", reason="镇里推荐").status_code == 303
    assert load_actor(zhang.user_id).outlet_ids == [number]  # type: ignore[union-attr]
    page = county.get(path).text
    revoke = re.search(rf"{path}/operators/\d+/revoke", page)
    assert revoke
    assert post(county, revoke[0], **{"state-reason": "换人经营"}).status_code == 303
    assert post(county, revoke[0], **{"state-reason": "换人经营"}).status_code == 404
    assert "还没有负责人" in county.get(path).text


def test_what_lies_elsewhere_does_not_exist_for_an_official(county: Client, unit: PartnerUnit) -> None:
    number = outlet("灞桥点", builders.VILLAGE_OF_OTHER_COUNTY)
    arrangement = registers.arrangement(unit.id, builders.VILLAGE_OF_OTHER_COUNTY)
    assert "灞桥点" not in county.get("/registers/outlets").text
    assert "灞桥点" not in county.get("/registers/outlets/export?format=csv").text
    assert unit.name not in county.get("/registers/pairings").text
    for path in (f"outlets/{number}", f"outlets/{number}/edit", f"pairings/{arrangement}"):
        assert county.get(f"/registers/{path}").status_code == 404
    for path in (f"outlets/{number}/state", f"outlets/{number}/edit", f"pairings/{arrangement}/withdraw"):
        assert post(county, f"/registers/{path}", reason="不该能做").status_code == 404


@pytest.mark.parametrize("register", ["outlets", "pairings"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=%25_%27",
        "?page=99999999999",
        "?county=610124000000&q=x",
        "?tier=x&open=x&kind=x&standing=x&unit=x",
    ],
)
def test_lists_answer_any_question_within_eight_statements(
    admin: Client, unit: PartnerUnit, register: str, query: str
) -> None:
    for number in range(3):
        outlet(f"点 {number}")
        registers.arrangement(
            unit.id, household_id=builders.household(), starts_on=date(YEAR, 1, number + 1), target_fen=100
        )
    admin.get(f"/registers/{register}{query}")
    with statements() as sent:
        assert admin.get(f"/registers/{register}{query}").status_code == 200
    assert len(sent) <= 8, "\n".join(sent)


def test_a_table_is_looked_at_then_written_then_changes_nothing(county: Client) -> None:
    data = registers.table(COLUMNS, ROW, {**ROW, "name": "金盆村服务点（示例）", "village": "金盆村"})
    looked = hand_in(county, "outlets", data)
    assert looked.status_code == 303
    page = county.get(looked.headers["Location"]).text
    assert "写入 2 个网点" in page
    assert outlets_matching(OutletFilter()) == []
    done = post(county, "/registers/outlets/import", token=token_in(page))
    assert (done.status_code, len(outlets_matching(OutletFilter()))) == (303, 2)
    assert "新增 2，修改 0，没有变的 0" in county.get("/registers/outlets").text
    twice = post(county, "/registers/outlets/import", token=token_in(page))
    assert (twice.status_code, len(outlets_matching(OutletFilter()))) == (303, 2)
    assert "已经不在了" in county.get("/registers/outlets/import").text
    again = county.get(hand_in(county, "outlets", data).headers["Location"]).text
    assert "完全一样" in again
    assert 'name="token"' not in again


def test_a_heading_nobody_knows_is_named_before_the_table_is_written(county: Client) -> None:
    named = [replace(each, label="联系电话") if each.label == "电话" else each for each in COLUMNS]
    page = county.get(hand_in(county, "outlets", registers.table(named, ROW)).headers["Location"]).text
    assert "没有读“联系电话”这一列" in page
    assert "写入 1 个网点" in page
    whole = county.get(hand_in(county, "outlets", registers.table(COLUMNS, ROW)).headers["Location"]).text
    assert "没有读" not in whole


def test_a_bad_table_names_every_cell_and_offers_no_way_to_write_it(county: Client) -> None:
    data = registers.table(
        COLUMNS, {**ROW, "name": "好的"}, {**ROW, "village": "天宫村", "opened_on": "昨天"}
    )
    page = county.get(hand_in(county, "outlets", data).headers["Location"]).text
    assert "有 2 处要改" in page
    assert page.count("第 3 行") == 2
    assert 'name="token"' not in page


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "空的"), (b"hello", "另存为 .xlsx"), (b"PK\x03\x04", "另存为 .xlsx")]
)
def test_what_is_no_table_is_refused_at_the_field(county: Client, content: bytes, words: str) -> None:
    response = hand_in(county, "outlets", content)
    assert (response.status_code, words in response.text) == (422, True)


def test_a_table_waits_for_the_person_who_handed_it_in_alone(
    app: Flask, county: Client, admin: Client
) -> None:
    address = hand_in(county, "outlets", registers.table(COLUMNS, ROW)).headers["Location"]
    token = token_in(county.get(address).text)
    assert admin.get(address).status_code == 303
    assert post(admin, "/registers/outlets/import", token=token).status_code == 303
    assert post(county, "/registers/pairings/import", token=token).status_code == 303
    assert post(county, "/registers/outlets/import", token="../../keys").status_code == 303
    assert outlets_matching(OutletFilter()) == []
    newer = hand_in(county, "outlets", registers.table(COLUMNS, {**ROW, "name": "后来的"}))
    assert post(county, "/registers/outlets/import", token=token).status_code == 303
    assert outlets_matching(OutletFilter()) == []
    post(county, "/registers/outlets/import", token=token_in(county.get(newer.headers["Location"]).text))
    assert [row.name for row in outlets_matching(OutletFilter())] == ["后来的"]


def test_a_table_that_fits_no_more_writes_nothing(county: Client) -> None:
    number = outlet()
    code = get_outlet(number).code
    data = registers.table(COLUMNS, {**ROW, "number": code, "name": "改名"}, {**ROW, "name": "新的"})
    token = token_in(county.get(hand_in(county, "outlets", data).headers["Location"]).text)
    outlet("改名")
    post(county, "/registers/outlets/import", token=token)
    assert "什么都没有写" in county.get("/registers/outlets/import").text
    assert sorted(row.name for row in outlets_matching(OutletFilter())) == ["改名", "群兴村服务点（示例）"]


def test_an_arrangement_is_registered_corrected_and_withdrawn(county: Client, unit: PartnerUnit) -> None:
    household = household_card(builders.household())
    fields = {
        "unit": unit.uscc,
        "kind": "city",
        "household": household.code.lower(),
        "starts_on": f"{YEAR}-01-01",
        f"target_{YEAR}": "50000",
    }
    response = post(county, "/registers/pairings/new", **fields)
    assert response.status_code == 303
    path = response.headers["Location"]
    [row] = register_rows(PairingFilter(), clock.today())
    assert (row.household_id, row.village_code, row.targets) == (
        household.id,
        builders.VILLAGE,
        {YEAR: 5_000_000},
    )
    page = county.get(path).text
    assert household.head in page
    assert "王建国" not in page + county.get("/registers/pairings").text
    refused = post(county, "/registers/pairings/new", **{**fields, "unit": unit.name})
    assert (refused.status_code, "时间重叠" in refused.text) == (409, True)
    village = {"village_1": builders.COUNTY, "village_2": builders.TOWN, "village_3": builders.VILLAGE}
    changed = {**fields, **village, "household": "", "ends_on": f"{YEAR}-12-31"}
    assert post(county, f"{path}/edit", **changed).status_code == 303
    assert get_register_row(row.id).ends_on == date(YEAR, 12, 31)
    assert f"长期 → {YEAR}-12-31" in county.get(path).text
    assert post(county, f"{path}/withdraw", reason="").status_code == 422
    assert post(county, f"{path}/withdraw", reason="重复登记").status_code == 303
    assert "已撤下" in county.get(path).text
    assert county.get(f"{path}/edit").status_code == 303


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "没有的单位"}, "没有找到这家已入驻的单位"),
        ({"household": "HH-0"}, "没有找到这一户"),
        ({"household": ""}, "请选到村"),
        ({"ends_on": "2020-01-01"}, "结束日期不能早于开始日期"),
        ({f"target_{YEAR}": "很多"}, "请填金额"),
        ({"starts_on": ""}, "请填开始日期"),
    ],
)
def test_a_pairing_form_that_does_not_fit_is_refused(
    county: Client, unit: PartnerUnit, changes: dict[str, str], words: str
) -> None:
    fields = {
        "unit": unit.uscc,
        "kind": "city",
        "household": household_card(builders.household()).code,
        "starts_on": f"{YEAR}-01-01",
    }
    response = post(county, "/registers/pairings/new", **{**fields, **changes})
    assert (response.status_code, words in response.text) == (422, True)
    assert register_rows(PairingFilter(), clock.today()) == []


def test_pairings_come_and_go_as_a_table(admin: Client, unit: PartnerUnit) -> None:
    row: dict[str, object] = {
        "uscc": unit.uscc,
        "county": "周至县",
        "village": "群兴村",
        "kind": "苏陕协作",
        "starts_on": f"{YEAR}-01-01",
        f"target_{YEAR}": 1234.5,
    }
    looked = hand_in(admin, "pairings", registers.table(template_columns(), row))
    page = admin.get(looked.headers["Location"]).text
    assert "写入 1 条结对" in page
    post(admin, "/registers/pairings/import", token=token_in(page))
    book = admin.get("/registers/pairings/export").data
    cells = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert dict(zip(cells[0], cells[1], strict=True))[f"{YEAR}年目标"] == 1234.5
    again = admin.get(hand_in(admin, "pairings", book).headers["Location"]).text
    assert "完全一样" in again
    text = admin.get("/registers/pairings/export?format=csv&standing=over").text
    assert (unit.uscc in text, text.startswith("\ufeff编号")) == (False, True)


@pytest.mark.parametrize("register", ["outlets", "pairings"])
def test_an_untouched_template_holds_nothing_to_import(admin: Client, register: str) -> None:
    template = admin.get(f"/registers/{register}/template")
    assert str(template.mimetype).endswith("sheet")
    response = hand_in(admin, register, template.data)
    assert (response.status_code, "没有数据" in response.text) == (422, True)
