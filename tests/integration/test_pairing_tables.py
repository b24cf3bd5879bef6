"""Tables of arrangements: every bad cell named, all or nothing, the same table twice the same as once."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock, events
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.events import Subscriptions
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.pairing import commands, queries
from marketplace.pairing.commands import ArrangementFacts
from marketplace.pairing.events import ArrangementChanged
from marketplace.pairing.imports import import_arrangements, plan_arrangements, table_of, template_columns
from marketplace.pairing.models import PairingArrangement
from marketplace.pairing.queries import PairingFilter, register_rows
from marketplace.pairing.rules import PairingKind
from marketplace.parties.household_queries import household_card
from marketplace.parties.models import PartnerUnit
from marketplace.regions.naming import load_places
from tests.factories import builders, registers
from tests.support.counting import statements

YEAR = clock.today().year
START = date(YEAR, 1, 1)


@pytest.fixture
def admin(app: Flask) -> Actor:
    return builders.admin()


@pytest.fixture
def unit(app: Flask) -> PartnerUnit:
    return registers.unit()


@pytest.fixture
def facts(unit: PartnerUnit) -> ArrangementFacts:
    return ArrangementFacts(
        unit.id, builders.VILLAGE, PairingKind.CITY, START, targets={YEAR: 5_000_000}, note="文件 3 号"
    )


@pytest.fixture
def told(app: Flask) -> list[int]:
    """The units reporting was told of."""
    heard: list[int] = []
    table = Subscriptions()
    table.subscribe(ArrangementChanged, lambda event: heard.append(event.unit_id))
    events.install(app.extensions, table)
    return heard


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(PairingArrangement)) or 0


@pytest.fixture
def row(unit: PartnerUnit) -> dict[str, object]:
    return {
        "uscc": unit.uscc,
        "county": "周至县",
        "town": "马召镇",
        "village": "群兴村",
        "kind": "市级包扶",
        "starts_on": f"{YEAR}-01-01",
        f"target_{YEAR}": 50000,
    }


def test_a_table_writes_all_of_it_once(
    admin: Actor, unit: PartnerUnit, row: dict[str, object], told: list[int]
) -> None:
    household = builders.household()
    code = code_of(household)
    to_household = {
        **row,
        "household": code.lower(),
        "county": "",
        "town": "",
        "village": "",
        "ends_on": "长期",
    }
    data = registers.table(template_columns(), row, to_household)
    plan = plan_arrangements(admin, data)
    assert (len(plan.new), plan.errors, count(), told) == (2, [], 0, [])
    import_arrangements(admin, data)
    assert (count(), told) == (2, [unit.id])
    found = {each.household_id: each for each in queries.arrangements_of_unit(unit.id, None)}
    assert found[household].village_code == builders.VILLAGE
    assert found[None].targets == {YEAR: 5_000_000}
    again = import_arrangements(admin, data)
    assert (again.writes_nothing, again.unchanged, count(), told) == (True, 2, 2, [unit.id])


def code_of(household_id: int) -> str:
    return household_card(household_id).code


def test_one_bad_cell_keeps_the_whole_table_out(
    admin: Actor, unit: PartnerUnit, row: dict[str, object], facts: ArrangementFacts
) -> None:
    standing = commands.save_arrangement(
        admin, replace(facts, village_code=builders.VILLAGE_OF_SAME_TOWN, targets={})
    )
    gone = commands.save_arrangement(admin, replace(facts, village_code=builders.VILLAGE_OF_SAME_COUNTY))
    commands.withdraw_arrangement(admin, gone, "重复登记")
    rows: list[dict[str, object]] = [
        row,
        {**row, "uscc": "12610100MB0000000X"},
        {**row, "unit": "别的单位"},
        {**row, "village": "天宫村"},
        {**row, "village": ""},
        {**row, "household": "HH-1"},
        {**row, "number": "777"},
        {**row, "number": gone},
        {**row, "starts_on": f"{YEAR}-03-01"},
        {**row, "village": "金盆村", "starts_on": f"{YEAR}-03-01"},
        {**row, "starts_on": f"{YEAR + 2}-01-01"},
        {**row, "ends_on": f"{YEAR - 1}-12-31", "uscc": "x"},
        {**row, "kind": "别的", "uscc": "x"},
        {**row, "ends_on": f"{YEAR - 1}-12-31"},
    ]
    plan = plan_arrangements(admin, registers.table(template_columns(), *rows))
    named = {(error.row, error.column) for error in plan.errors}
    assert named == {
        (3, "统一社会信用代码"),
        (4, "单位名称"),
        (5, "村（社区）"),
        (6, "村（社区）"),
        (7, "户编号"),
        (8, "编号"),
        (9, "编号"),
        (2, "从"),
        (10, "从"),
        (11, "从"),
        (12, f"{YEAR}年目标"),
        (13, "统一社会信用代码"),
        (14, "类型"),
        (14, "统一社会信用代码"),
        (15, "到"),
    }
    assert any(f"编号 {standing} 的结对" in error.text for error in plan.errors)
    with pytest.raises(Conflict):
        import_arrangements(admin, registers.table(template_columns(), *rows))
    assert count() == 2


def test_the_same_arrangement_twice_in_a_table(admin: Actor, row: dict[str, object]) -> None:
    plan = plan_arrangements(admin, registers.table(template_columns(), row, row))
    assert {(error.row, error.column) for error in plan.errors} == {(2, "从"), (3, "从")}
    import_arrangements(admin, registers.table(template_columns(), row))
    plan = plan_arrangements(admin, registers.table(template_columns(), row, row))
    assert [(error.row, error.column) for error in plan.errors] == [(3, "编号")]


def test_a_row_ends_one_and_another_takes_over(
    admin: Actor, unit: PartnerUnit, row: dict[str, object], facts: ArrangementFacts
) -> None:
    """Only what would stand after all rows are written has to be free of overlaps."""
    number = commands.save_arrangement(admin, replace(facts, targets={}))
    plan = import_arrangements(
        admin,
        registers.table(
            template_columns(),
            {**row, "number": number, "ends_on": f"{YEAR}-05-31", f"target_{YEAR}": 0},
            {**row, "starts_on": f"{YEAR}-06-01"},
        ),
    )
    assert ([change.label for change in plan.changed[0].changes], len(plan.new)) == (["到"], 1)
    assert [each.ends_on for each in queries.arrangements_of_unit(unit.id, None)] == [date(YEAR, 5, 31), None]


def test_an_exported_register_imports_as_it_is(
    admin: Actor, unit: PartnerUnit, facts: ArrangementFacts
) -> None:
    household = builders.household()
    commands.save_arrangement(admin, replace(facts, targets={YEAR: 12_345}))
    commands.save_arrangement(
        admin, replace(facts, household_id=household, ends_on=date(YEAR + 1, 6, 30), note="=A1")
    )
    gone = commands.save_arrangement(admin, replace(facts, village_code=builders.VILLAGE_OF_SAME_TOWN))
    commands.withdraw_arrangement(admin, gone, "重复登记")
    header, rows = table_of(register_rows(PairingFilter(), clock.today()), load_places())
    plan = plan_arrangements(admin, xlsx_response("登记", header, rows).get_data())
    assert (plan.errors, plan.writes_nothing, plan.unchanged) == ([], True, 2)


def test_an_officials_table_reaches_only_its_own_regions(
    admin: Actor, row: dict[str, object], facts: ArrangementFacts
) -> None:
    foreign = commands.save_arrangement(
        admin, replace(facts, village_code=builders.VILLAGE_OF_OTHER_COUNTY, targets={})
    )
    household = builders.household(builders.VILLAGE_OF_OTHER_COUNTY)
    official = builders.official_of(builders.TOWN)
    rows: list[dict[str, object]] = [
        {**row, "town": "哑柏镇", "village": "哑兴村"},
        {**row, "number": foreign},
        {**row, "household": code_of(household)},
    ]
    errors = plan_arrangements(official, registers.table(template_columns(), *rows)).errors
    assert {(error.row, error.column) for error in errors} >= {(2, "村（社区）"), (3, "编号"), (4, "户编号")}
    assert import_arrangements(official, registers.table(template_columns(), row)).new


def test_a_long_table_costs_no_query_a_row(admin: Actor, row: dict[str, object]) -> None:
    def many(number: int) -> bytes:
        rows = ({**row, "starts_on": f"{YEAR - each % 5}-01-01"} for each in range(number))
        return registers.table(template_columns(), *rows)

    plan_arrangements(admin, many(2))
    with statements() as short:
        plan_arrangements(admin, many(2))
    with statements() as long:
        plan_arrangements(admin, many(60))
    assert len(long) == len(short) <= 8
