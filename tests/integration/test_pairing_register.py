"""The register of pairing: scope, overlaps, corrections that are told, filters."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock, events
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.events import Subscriptions
from marketplace.pairing import commands, queries
from marketplace.pairing.commands import ArrangementFacts
from marketplace.pairing.events import ArrangementChanged
from marketplace.pairing.models import PairingArrangement
from marketplace.pairing.queries import PairingFilter, Standing, register_rows
from marketplace.pairing.rules import PairingKind
from marketplace.parties.models import PartnerUnit
from marketplace.parties.workflow import UnitState
from tests.factories import builders, registers

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


def audits(number: int) -> list[tuple[str, dict[str, object]]]:
    rows = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == "pairing", AuditEntry.subject_id == str(number))
        .order_by(AuditEntry.id)
    )
    return [(row.action, row.detail) for row in rows]


def test_an_arrangement_is_read_back_and_told(
    admin: Actor, unit: PartnerUnit, facts: ArrangementFacts, told: list[int]
) -> None:
    number = commands.save_arrangement(admin, facts)
    [row] = queries.arrangements_of_unit(unit.id, clock.today())
    assert (row.id, row.unit_name, row.targets) == (number, unit.name, {YEAR: 5_000_000})
    assert [each.id for each in queries.arrangements_of_village(builders.VILLAGE, None)] == [number]
    assert queries.arrangements_of_unit(unit.id, START - timedelta(days=1)) == []
    assert told == [unit.id]
    [(action, detail)] = audits(number)
    assert (action, detail[f"{YEAR}年目标"], detail["到"]) == ("pairing.add", "¥50,000.00", "长期")


def test_a_correction_is_told_and_says_what_changed(
    admin: Actor, unit: PartnerUnit, facts: ArrangementFacts, told: list[int]
) -> None:
    number = commands.save_arrangement(admin, facts)
    other = registers.unit("另一家单位（示例）")
    commands.save_arrangement(admin, replace(facts, unit_id=other.id, targets={}), number)
    assert told == [unit.id, *sorted({unit.id, other.id})]
    assert audits(number)[-1] == (
        "pairing.correct",
        {"单位": f"{unit.name} → {other.name}", f"{YEAR}年目标": "¥50,000.00 → 空"},
    )
    commands.save_arrangement(admin, replace(facts, unit_id=other.id, targets={}), number)
    assert len(audits(number)) == 2


def test_a_failing_subscriber_undoes_the_arrangement(
    app: Flask, admin: Actor, facts: ArrangementFacts
) -> None:
    def refuse(event: ArrangementChanged) -> None:
        raise RuntimeError

    table = Subscriptions()
    table.subscribe(ArrangementChanged, refuse)
    events.install(app.extensions, table)
    with pytest.raises(RuntimeError):
        commands.save_arrangement(admin, facts)
    assert count() == 0


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "clashes"),
    [
        (START, None, True),
        (START + timedelta(days=30), START + timedelta(days=40), True),
        (START - timedelta(days=30), START, True),
        (date(YEAR, 12, 31), None, True),
        (START - timedelta(days=30), START - timedelta(days=1), False),
        (date(YEAR + 1, 1, 1), None, False),
    ],
)
def test_the_same_pair_shares_no_day(
    admin: Actor, facts: ArrangementFacts, starts_on: date, ends_on: date | None, clashes: bool
) -> None:
    commands.save_arrangement(admin, replace(facts, ends_on=date(YEAR, 12, 31)))
    wanted = replace(
        facts, starts_on=starts_on, ends_on=ends_on, kind=PairingKind.JIANGSU_SHAANXI, targets={}
    )
    if clashes:
        with pytest.raises(Conflict, match=r"pairing\.overlap") as caught:
            commands.save_arrangement(admin, wanted)
        assert caught.value.field == "starts_on"
    else:
        commands.save_arrangement(admin, wanted)
    assert count() == (1 if clashes else 2)


def test_a_household_and_its_village_are_two_arrangements(admin: Actor, facts: ArrangementFacts) -> None:
    household = builders.household()
    commands.save_arrangement(admin, facts)
    number = commands.save_arrangement(admin, replace(facts, household_id=household))
    with pytest.raises(Conflict):
        commands.save_arrangement(admin, replace(facts, household_id=household))
    commands.save_arrangement(admin, replace(facts, household_id=household, note=""), number)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit_id": 99}, "unit"),
        ({"village_code": builders.TOWN}, "village"),
        ({"village_code": "x"}, "village"),
        ({"household_id": 99}, "household"),
        ({"ends_on": START - timedelta(days=1)}, "ends_on"),
        ({"targets": {YEAR - 1: 100}}, "targets"),
        ({"ends_on": date(YEAR, 12, 31), "targets": {YEAR + 1: 100}}, "targets"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    admin: Actor, facts: ArrangementFacts, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        commands.save_arrangement(admin, replace(facts, **changes))  # type: ignore[arg-type]
    assert (caught.value.field, count()) == (field, 0)


def test_a_household_of_another_village_is_refused(admin: Actor, facts: ArrangementFacts) -> None:
    elsewhere = builders.household(builders.VILLAGE_OF_SAME_TOWN)
    with pytest.raises(InvalidInput, match="elsewhere"):
        commands.save_arrangement(admin, replace(facts, household_id=elsewhere))


@pytest.mark.parametrize("state", [UnitState.SUBMITTED, UnitState.RETURNED, UnitState.SUSPENDED])
def test_only_admitted_units_are_paired(admin: Actor, facts: ArrangementFacts, state: UnitState) -> None:
    waiting = registers.unit(state=state)
    with pytest.raises(InvalidInput, match=r"pairing\.unit"):
        commands.save_arrangement(admin, replace(facts, unit_id=waiting.id))


@pytest.mark.parametrize(
    ("region", "is_theirs"),
    [
        (builders.CITY, True),
        (builders.TOWN, True),
        (builders.VILLAGE, True),
        (builders.VILLAGE_OF_SAME_TOWN, False),
        (builders.OTHER_COUNTY, False),
    ],
)
def test_an_official_keeps_what_lies_in_its_region(
    admin: Actor, facts: ArrangementFacts, region: str, is_theirs: bool
) -> None:
    official, number = builders.official_of(region), commands.save_arrangement(admin, facts)
    if is_theirs:
        commands.save_arrangement(official, replace(facts, note="改"), number)
        commands.withdraw_arrangement(official, number, "重复登记")
        return
    with pytest.raises(InvalidInput, match="not_yours"):
        commands.save_arrangement(official, replace(facts, starts_on=date(2020, 1, 1)))
    with pytest.raises(NotFound):
        commands.save_arrangement(official, replace(facts, note="改"), number)
    with pytest.raises(NotFound):
        commands.withdraw_arrangement(official, number, "重复登记")
    with pytest.raises(Forbidden):
        commands.save_arrangement(builders.finance(), facts)


def test_a_withdrawn_one_counts_for_nothing_and_stays(
    admin: Actor, unit: PartnerUnit, facts: ArrangementFacts, told: list[int]
) -> None:
    number = commands.save_arrangement(admin, facts)
    with pytest.raises(InvalidInput):
        commands.withdraw_arrangement(admin, number, "错")
    commands.withdraw_arrangement(admin, number, "重复登记")
    assert queries.arrangements_of_unit(unit.id, None) == []
    assert queries.arrangements_in_force([unit.id], START, date(YEAR, 12, 31)) == []
    assert queries.get_register_row(number).standing(clock.today()) is Standing.WITHDRAWN
    assert told == [unit.id, unit.id]
    for act in (
        lambda: commands.withdraw_arrangement(admin, number, "重复登记"),
        lambda: commands.save_arrangement(admin, facts, number),
    ):
        with pytest.raises(Conflict, match="withdrawn"):
            act()
    commands.save_arrangement(admin, facts)


def test_the_register_is_filtered(admin: Actor, unit: PartnerUnit) -> None:
    today = clock.today()
    other = registers.unit("灞桥医院（示例）")
    now = registers.arrangement(unit.id)
    over = registers.arrangement(
        unit.id, builders.VILLAGE_OF_SAME_TOWN, starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31)
    )
    coming = registers.arrangement(
        other.id, builders.VILLAGE_OF_OTHER_COUNTY, starts_on=today + timedelta(days=1)
    )

    def found(**wanted: object) -> set[int]:
        return {row.id for row in register_rows(PairingFilter(**wanted), today)}  # type: ignore[arg-type]

    assert found() == {now, over, coming}
    assert found(text="灞桥医院") == {coming}
    assert found(text="群兴") == {now}
    assert found(text=unit.uscc.lower()) == {now, over}
    assert found(text="%") == set()
    assert found(standing=Standing.IN_FORCE) == {now}
    assert found(standing=Standing.OVER) == {over}
    assert found(standing=Standing.COMING) == {coming}
    assert found(unit_id=unit.id) == {now, over}
    assert found(regions=[]) == set()
    counts = queries.count_by_standing(PairingFilter(), today)
    assert [counts[each] for each in Standing] == [1, 1, 1, 0]
