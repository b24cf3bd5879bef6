"""The register of outlets: who may write what where, codes, operators, and tables that write all or nothing."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.numbering import NumberSeries
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.kernel.transaction import transaction
from marketplace.outlets import commands, queries
from marketplace.outlets.commands import OutletFacts
from marketplace.outlets.imports import COLUMNS, import_outlets, plan_outlets, table_of
from marketplace.outlets.models import Outlet
from marketplace.outlets.queries import OutletFilter, outlets_matching
from marketplace.outlets.rules import OutletTier
from marketplace.regions.naming import load_places
from marketplace.regions.queries import forget_cached, get_region
from tests.factories import builders, registers
from tests.support.counting import statements

POINT = OutletFacts(
    "群兴村服务点（示例）", OutletTier.VILLAGE_POINT, builders.VILLAGE, "", "村委会东侧第一间", "029-00000000"
)
ROW: dict[str, object] = {
    "name": "群兴村服务点（示例）",
    "tier": "村级服务点",
    "county": "周至县",
    "town": "马召镇",
    "village": "群兴村",
    "address": "村委会东侧第一间",
}


@pytest.fixture
def admin(app: Flask) -> Actor:
    return builders.admin()


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Outlet)) or 0


def audits(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_an_outlet_is_numbered_in_its_county_and_gets_the_town_of_its_village(admin: Actor) -> None:
    first = queries.get_outlet(commands.save_outlet(admin, POINT))
    second = queries.get_outlet(commands.save_outlet(admin, replace(POINT, name="另一个点")))
    assert (first.code, second.code) == ("WD-610124-0001", "WD-610124-0002")
    assert (first.street_code, first.is_open) == (builders.TOWN, True)
    assert [entry.subject_id for entry in audits("outlets.add")] == [str(first.id), str(second.id)]


def test_a_code_that_is_taken_is_passed_over(admin: Actor) -> None:
    taken = queries.get_outlet(commands.save_outlet(admin, POINT))
    with transaction() as session:
        session.execute(delete(NumberSeries))
    assert queries.get_outlet(commands.save_outlet(admin, replace(POINT, name="另一个点"))).code > taken.code


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"region_code": builders.TOWN}, "region"),
        ({"tier": OutletTier.TOWN_STATION}, "region"),
        ({"tier": OutletTier.COUNTY_CENTER}, "region"),
        ({"tier": OutletTier.HALL, "region_code": builders.CITY}, "region"),
        ({"tier": OutletTier.HALL, "region_code": builders.COUNTY}, "street"),
        ({"street_code": builders.COUNTY}, "street"),
        ({"street_code": "610300000000"}, "street"),
        ({"region_code": "610302001000"}, "region"),
        ({"region_code": "nonsense"}, "region"),
        ({"name": " 点 "}, "name"),
        ({"address": ""}, "address"),
    ],
)
def test_an_outlet_that_does_not_fit_is_refused_at_its_field(
    admin: Actor, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        commands.save_outlet(admin, replace(POINT, **changes))  # type: ignore[arg-type]
    assert (caught.value.field, count()) == (field, 0)


def test_a_correction_keeps_the_code_and_says_what_changed(admin: Actor) -> None:
    number = commands.save_outlet(admin, POINT)
    commands.save_outlet(admin, replace(POINT, phone="029-1", opening_hours="全天"), number)
    commands.save_outlet(admin, replace(POINT, phone="029-1", opening_hours="全天"), number)
    assert queries.get_outlet(number).code == "WD-610124-0001"
    [entry] = audits("outlets.edit")
    assert entry.detail == {"电话": "029-00000000 → 029-1", "营业时间": "空 → 全天"}


def test_the_same_outlet_is_not_registered_twice(admin: Actor) -> None:
    commands.save_outlet(admin, POINT)
    with pytest.raises(Conflict, match=r"outlets\.same"):
        commands.save_outlet(admin, POINT)


SCOPES = [
    (builders.CITY, True),
    (builders.COUNTY, True),
    (builders.TOWN, True),
    (builders.VILLAGE, True),
    (builders.VILLAGE_OF_SAME_TOWN, False),
    (builders.OTHER_COUNTY, False),
    ("610300000000", False),
]


@pytest.mark.parametrize(("region", "is_theirs"), SCOPES)
def test_an_official_keeps_the_register_of_its_own_regions(
    admin: Actor, region: str, is_theirs: bool
) -> None:
    official, number = builders.official_of(region), commands.save_outlet(admin, POINT)
    other = replace(POINT, name="第二个点（示例）")
    if is_theirs:
        commands.save_outlet(official, other)
        commands.save_outlet(official, replace(POINT, phone="1"), number)
        commands.set_open(official, number, False, "店面装修")
        return
    with pytest.raises(InvalidInput, match="not_yours"):
        commands.save_outlet(official, other)
    for act in (
        lambda: commands.save_outlet(official, replace(POINT, phone="1"), number),
        lambda: commands.set_open(official, number, False, "店面装修"),
        lambda: commands.appoint_operator(official, number, "x", "镇里推荐"),
        lambda: commands.withdraw_operator(official, number, 1, "镇里推荐"),
    ):
        with pytest.raises(NotFound):
            act()
    assert count() == 1


def test_an_official_does_not_move_an_outlet_out_of_its_region(admin: Actor) -> None:
    number = commands.save_outlet(admin, POINT)
    elsewhere = replace(POINT, region_code=builders.VILLAGE_OF_OTHER_COUNTY)
    with pytest.raises(InvalidInput, match="not_yours"):
        commands.save_outlet(builders.official_of(builders.COUNTY), elsewhere, number)
    commands.save_outlet(admin, elsewhere, number)


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR, Role.OUTLET_OPERATOR])
def test_nobody_else_keeps_a_register(admin: Actor, role: Role) -> None:
    stranger = builders.user(None, (role, ScopeKind.PLATFORM, ""))
    with pytest.raises(Forbidden):
        commands.save_outlet(stranger, POINT)
    with pytest.raises(Forbidden):
        plan_outlets(stranger, registers.table(COLUMNS, ROW))


def test_closing_and_opening_need_a_reason_and_a_change(admin: Actor) -> None:
    number = commands.save_outlet(admin, POINT)
    with pytest.raises(InvalidInput):
        commands.set_open(admin, number, False, " x ")
    with pytest.raises(Conflict):
        commands.set_open(admin, number, True, "本来就开着")
    commands.set_open(admin, number, False, "店面装修")
    assert queries.outlets_within(get_region(builders.COUNTY)) == []
    assert queries.count_by_county() == {}
    commands.set_open(admin, number, True, "装修好了")
    assert [row.id for row in queries.outlets_serving(builders.VILLAGE)] == [number]
    assert queries.count_by_county() == {builders.COUNTY: 1}


def test_an_operator_is_appointed_by_account_and_withdrawn(admin: Actor) -> None:
    number = commands.save_outlet(admin, POINT)
    person = builders.user("zhang")
    commands.appoint_operator(admin, number, " Zhang ", "镇里推荐")
    assert found(person).outlet_ids == [number]
    with pytest.raises(Conflict, match="is_operator"):
        commands.appoint_operator(admin, number, "zhang", "镇里推荐")
    [held] = queries.operators_of([number])[number]
    commands.withdraw_operator(admin, number, held.assignment_id, "换人经营")
    assert found(person).outlet_ids == []
    with pytest.raises(NotFound):
        commands.withdraw_operator(admin, number, held.assignment_id, "换人经营")


def found(person: Actor) -> Actor:
    actor = load_actor(person.user_id)
    assert actor is not None
    return actor


@pytest.mark.parametrize("who", ["nobody-at-all", "19900009999", "", "boss"])
def test_no_outlet_for_an_unknown_account_or_oneself(app: Flask, who: str) -> None:
    boss = builders.admin("boss")
    number = commands.save_outlet(boss, POINT)
    with pytest.raises(DomainError) as caught:
        commands.appoint_operator(boss, number, who, "镇里推荐")
    assert caught.value.field == "identifier"


def test_another_outlets_operator_is_not_withdrawn_here(admin: Actor) -> None:
    here = commands.save_outlet(admin, POINT)
    there = commands.save_outlet(admin, replace(POINT, name="另一个点"))
    builders.user("zhang")
    commands.appoint_operator(admin, there, "zhang", "镇里推荐")
    [held] = queries.operators_of([there])[there]
    with pytest.raises(NotFound):
        commands.withdraw_operator(admin, here, held.assignment_id, "换人经营")


def test_a_table_writes_all_of_it_once(admin: Actor) -> None:
    station = {**ROW, "name": "马召镇服务站", "tier": "镇级服务站", "village": "", "takes_pickups": "否"}
    center = {
        **ROW,
        "name": "周至县中心",
        "tier": "县级中心",
        "town": "",
        "village": "",
        "street": "二曲街道",
    }
    data = registers.table(COLUMNS, ROW, station, center)
    plan = plan_outlets(admin, data)
    assert (len(plan.new), len(plan.changed), plan.unchanged, plan.errors, count()) == (3, 0, 0, [], 0)
    import_outlets(admin, data)
    assert count() == 3
    before = len(audits("outlets.add"))
    again = import_outlets(admin, data)
    assert (again.writes_nothing, again.unchanged, count()) == (True, 3, 3)
    assert len(audits("outlets.add")) == before
    rows = {row.name: row for row in outlets_matching(OutletFilter())}
    assert (rows["马召镇服务站"].region_code, rows["马召镇服务站"].takes_pickups) == (builders.TOWN, False)
    assert rows["周至县中心"].street_code.startswith("610124")


def test_one_bad_cell_keeps_the_whole_table_out(admin: Actor) -> None:
    existing = commands.save_outlet(admin, POINT)
    code = queries.get_outlet(existing).code
    rows: list[dict[str, object]] = [
        {**ROW, "name": "好的一行"},
        {**ROW, "name": "没有的村", "village": "天宫村"},
        {**ROW, "name": "镇不对级", "tier": "镇级服务站"},
        {**ROW, "name": "不认识的编号", "number": "WD-1"},
        {**ROW, "number": code},
        {**ROW, "number": code, "phone": "2"},
        {**ROW, "name": "代码不对", "code": "610124103999", "county": "", "town": "", "village": ""},
        {**ROW, "name": "对不上", "code": builders.VILLAGE_OF_SAME_TOWN},
        {**ROW, "name": "两处都错", "opened_on": "昨天", "village": "天宫村"},
        {**ROW, "name": "没写地方", "county": "", "town": "", "village": ""},
        {**ROW, "name": "缺镇街", "tier": "专馆", "town": "", "village": ""},
    ]
    plan = plan_outlets(admin, registers.table(COLUMNS, *rows))
    assert [(error.row, error.column) for error in plan.errors] == [
        (3, "村（社区）"),
        (4, "类型"),
        (5, "网点编号"),
        (7, "网点编号"),
        (8, "地区代码"),
        (9, "村（社区）"),
        (10, "开业日期"),
        (10, "村（社区）"),
        (11, "村（社区）"),
        (12, "地址所在镇街"),
    ]
    assert "马召镇没有叫“天宫村”的村" in plan.errors[0].text
    with pytest.raises(Conflict, match=r"imports\.moved_on"):
        import_outlets(admin, registers.table(COLUMNS, *rows))
    assert count() == 1


def test_a_name_that_fits_several_places_is_not_guessed(admin: Actor) -> None:
    """周至县 has two 三合村."""
    data = registers.table(COLUMNS, {**ROW, "town": "", "village": "三合村"})
    [error] = plan_outlets(admin, data).errors
    assert (error.row, error.column) == (2, "村（社区）")
    assert "610124108209" in error.text
    assert "610124119210" in error.text


@pytest.mark.parametrize(
    "place",
    [
        {"county": "", "town": "", "village": "", "code": builders.VILLAGE},
        {"county": "周至", "town": "马召", "village": "群兴"},
        {"county": "周至县", "town": "马召镇", "village": "群兴村村委会"},
        {"code": builders.VILLAGE},
        {"county": "周至县", "town": "", "village": "群兴村"},
    ],
)
def test_a_village_may_be_written_in_several_ways(admin: Actor, place: dict[str, object]) -> None:
    import_outlets(admin, registers.table(COLUMNS, {**ROW, **place}))
    assert [row.region_code for row in outlets_matching(OutletFilter())] == [builders.VILLAGE]


def test_an_empty_cell_leaves_what_is_there_and_a_written_one_changes_it(admin: Actor) -> None:
    number = commands.save_outlet(admin, replace(POINT, opening_hours="全天", takes_pickups=False))
    plan = import_outlets(admin, registers.table(COLUMNS, {**ROW, "phone": "029-9", "is_open": "否"}))
    assert [[change.label for change in row.changes] for row in plan.changed] == [["电话", "在营"]]
    row = queries.get_outlet(number)
    assert (row.phone, row.opening_hours, row.takes_pickups, row.is_open) == ("029-9", "全天", False, False)
    assert len(audits("outlets.close")) == 1


def test_an_exported_register_imports_as_it_is(admin: Actor) -> None:
    commands.save_outlet(admin, replace(POINT, name="=1+1 点", phone="+86 29"))
    center = replace(POINT, name="中心", tier=OutletTier.COUNTY_CENTER, region_code=builders.COUNTY)
    commands.save_outlet(admin, replace(center, street_code=builders.STREET))
    header, rows = table_of(outlets_matching(OutletFilter()), load_places())
    plan = plan_outlets(admin, xlsx_response("登记", header, rows).get_data())
    assert (plan.errors, plan.writes_nothing, plan.unchanged) == ([], True, 2)


def test_an_officials_table_reaches_only_its_own_regions(admin: Actor) -> None:
    foreign = commands.save_outlet(admin, replace(POINT, region_code=builders.VILLAGE_OF_OTHER_COUNTY))
    official = builders.official_of(builders.TOWN)
    rows: list[dict[str, object]] = [
        {**ROW, "town": "哑柏镇", "village": "哑兴村"},
        {**ROW, "number": queries.get_outlet(foreign).code},
    ]
    errors = plan_outlets(official, registers.table(COLUMNS, *rows)).errors
    assert [(error.row, error.column) for error in errors] == [(2, "区县"), (3, "网点编号")]
    assert import_outlets(official, registers.table(COLUMNS, ROW)).new


def test_a_long_table_costs_no_query_a_row(admin: Actor) -> None:
    few = registers.table(COLUMNS, *({**ROW, "name": f"点 {number}"} for number in range(2)))
    many = registers.table(COLUMNS, *({**ROW, "name": f"点 {number}"} for number in range(40)))
    plan_outlets(admin, few)
    with statements() as short:
        plan_outlets(admin, few)
    with statements() as long:
        plan_outlets(admin, many)
    assert len(long) == len(short) <= 4


def test_a_long_table_asks_nothing_row_by_row_while_it_is_written(admin: Actor) -> None:
    """Nobody else writes meanwhile. Also by a process that has not looked at these places before."""
    rows = [
        {**ROW, "name": f"服务点{number}", "is_open": "否" if number == 7 else "是"} for number in range(300)
    ]
    data = registers.table(COLUMNS, *rows)
    forget_cached()
    with statements() as sent:
        import_outlets(admin, data)
    rest = [
        text for text in sent if not text.startswith(("INSERT INTO outlets", "INSERT INTO audit_entries"))
    ]
    assert len(rest) < 15
    found = list(db.session.scalars(select(Outlet).order_by(Outlet.id)))
    assert [outlet.code for outlet in found] == [f"WD-610124-{number:04d}" for number in range(1, 301)]
    assert [outlet.name for outlet in found] == [row["name"] for row in rows]
    assert [outlet.name for outlet in found if not outlet.is_open] == ["服务点7"]
    assert {entry.subject_id for entry in audits("outlets.add")} == {str(outlet.id) for outlet in found}
