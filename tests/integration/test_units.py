"""From a registration to a unit with people in four roles; what a suspended one may; plans of a year."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from marketplace.accounts.models import Role, ScopeKind, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.media import Media
from marketplace.parties import unit_commands, unit_queries
from marketplace.parties.models import PartnerUnit
from marketplace.parties.rules import UnitKind
from marketplace.parties.unit_commands import UnitFacts
from marketplace.parties.unit_rules import PlanDraft
from marketplace.parties.workflow import UnitState
from tests.factories import builders, purchases
from tests.factories.registers import code_number

CODE = code_number(900_001)
FACTS = UnitFacts(UnitKind.SCHOOL, "示例中学（示例）", CODE, "610113001000", "刘示安", "19900000777")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def letter(content: bytes = PDF) -> FileStorage:
    return FileStorage(BytesIO(content), "letter.pdf")


def again(actor: Actor) -> Actor:
    found = load_actor(actor.user_id)
    assert found is not None
    return found


def state_of(unit_id: int) -> UnitState:
    return unit_queries.get_unit(unit_id).state


@pytest.fixture
def registered(app: Flask) -> tuple[int, Actor]:
    """(unit that waits, its manager)."""
    person = builders.user()
    unit_id = unit_commands.register_unit(person, FACTS, letter())
    return unit_id, again(person)


def test_who_registers_manages_a_unit_that_may_not_buy_yet(registered: tuple[int, Actor]) -> None:
    unit_id, manager = registered
    assert manager.unit_ids == [unit_id]
    assert [member.role for member in unit_queries.members_of_unit(unit_id)] == [Role.UNIT_MANAGER]
    assert state_of(unit_id) is UnitState.SUBMITTED
    assert unit_queries.admitted_unit_ids([unit_id]) == set()
    assert unit_queries.unit_paper(unit_id).filename == "letter.pdf"


def test_personal_data_is_encrypted_and_masked(registered: tuple[int, Actor]) -> None:
    unit_id, _ = registered
    raw = db.session.execute(
        select(func.length(PartnerUnit.__table__.c.contact_mobile)).where(PartnerUnit.id == unit_id)
    ).scalar_one()
    assert raw > 60
    contact = unit_queries.unit_contact(unit_id)
    assert (contact.masked_name, contact.masked_mobile) == ("刘**", "199****0777")
    assert "刘" not in repr(contact)
    assert "刘" not in repr(FACTS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"uscc": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "uscc"),
        ({"uscc": CODE[:-1]}, "uscc"),
        ({"region_code": "440300000000"}, "region_code"),
        ({"region_code": builders.VILLAGE}, "region_code"),
        ({"region_code": "nonsense"}, "region_code"),
    ],
)
def test_what_a_registration_must_say(app: Flask, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        unit_commands.register_unit(builders.user(), replace(FACTS, **change), letter())
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(PartnerUnit)) == 0
    assert db.session.scalar(select(func.count()).select_from(Media)) == 0


@pytest.mark.parametrize("upload", [None, letter(b""), letter(b"no paper at all")])
def test_a_registration_needs_a_paper(app: Flask, upload: FileStorage | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        unit_commands.register_unit(builders.user(), FACTS, upload)
    assert refused.value.field == "upload"
    assert db.session.scalar(select(func.count()).select_from(PartnerUnit)) == 0


def test_one_code_one_unit(registered: tuple[int, Actor]) -> None:
    with pytest.raises(Conflict) as refused:
        unit_commands.register_unit(builders.user(), replace(FACTS, uscc=CODE.lower()), letter())
    assert refused.value.code == "units.uscc_taken"


def test_returned_corrected_admitted_suspended_reinstated(registered: tuple[int, Actor]) -> None:
    unit_id, manager = registered
    admin = builders.admin()
    unit_commands.decide_unit(admin, unit_id, "return", "介绍信没有盖章")
    assert unit_queries.get_unit(unit_id).reason == "介绍信没有盖章"
    paper = unit_queries.get_unit(unit_id).paper_id
    unit_commands.correct_unit(manager, unit_id, replace(FACTS, name="示例第二中学（示例）"), None)
    corrected = unit_queries.get_unit(unit_id)
    assert (corrected.state, corrected.name, corrected.reason) == (
        UnitState.SUBMITTED,
        "示例第二中学（示例）",
        None,
    )
    assert corrected.paper_id == paper
    unit_commands.decide_unit(admin, unit_id, "admit")
    assert unit_queries.admitted_unit_ids([unit_id, 999]) == {unit_id}
    unit_commands.decide_unit(admin, unit_id, "suspend", "负责人联系不上")
    assert unit_queries.admitted_unit_ids([unit_id]) == set()
    unit_commands.decide_unit(admin, unit_id, "reinstate", "已经联系上了")
    assert unit_queries.admitted_unit_ids([unit_id]) == {unit_id}
    assert unit_queries.get_unit(unit_id).reason is None
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == "unit").order_by(AuditEntry.id)
    ).all()
    assert actions == [
        "units.register",
        "units.return",
        "units.submit",
        "units.admit",
        "units.suspend",
        "units.reinstate",
    ]


@pytest.mark.parametrize("action", ["return", "suspend", "reinstate"])
def test_all_but_admitting_needs_a_reason(app: Flask, action: str) -> None:
    states = {
        "return": UnitState.SUBMITTED,
        "suspend": UnitState.ADMITTED,
        "reinstate": UnitState.SUSPENDED,
    }
    unit = purchases.unit(state=states[action])
    with pytest.raises(InvalidInput):
        unit_commands.decide_unit(builders.admin(), unit.id, action, " 短 ")
    assert state_of(unit.id) is states[action]


@pytest.mark.parametrize("action", ["admit", "return", "suspend", "reinstate"])
def test_only_edges_of_the_table(app: Flask, action: str) -> None:
    unit = purchases.unit(state=UnitState.RETURNED)
    with pytest.raises(IllegalTransition):
        unit_commands.decide_unit(builders.admin(), unit.id, action, "原因写得很清楚")


def test_who_decides(registered: tuple[int, Actor]) -> None:
    unit_id, manager = registered
    for other in (manager, builders.finance(), builders.official_of(builders.CITY)):
        with pytest.raises(Forbidden):
            unit_commands.decide_unit(other, unit_id, "admit")
    concerned = builders.user(
        None, (Role.ADMIN, ScopeKind.PLATFORM, ""), (Role.UNIT_FINANCE, ScopeKind.UNIT, unit_id)
    )
    with pytest.raises(Forbidden) as refused:
        unit_commands.decide_unit(concerned, unit_id, "admit")
    assert refused.value.code == "units.own_unit"
    with pytest.raises(NotFound):
        unit_commands.decide_unit(builders.admin(), unit_id + 1, "admit")
    with pytest.raises(NotFound):  # a member's act, not an admin's
        unit_commands.decide_unit(builders.admin(), unit_id, "submit")
    assert state_of(unit_id) is UnitState.SUBMITTED


ACTS: list[Callable[[Actor, int], object]] = [
    lambda actor, unit_id: unit_commands.correct_unit(actor, unit_id, FACTS, None),
    lambda actor, unit_id: unit_commands.change_contact(actor, unit_id, "郑示平", "19900000888"),
    lambda actor, unit_id: unit_commands.save_plan(actor, unit_id, 2026, PlanDraft(100)),
]


@pytest.mark.parametrize("act", ACTS)
def test_only_its_manager_writes_a_unit(app: Flask, act: Callable[[Actor, int], object]) -> None:
    unit, other = purchases.unit(), purchases.unit()
    for person in (unit.buyer, unit.approver, unit.finance, other.manager, builders.user()):
        with pytest.raises(NotFound):
            act(person, unit.id)


def test_a_corrected_unit_takes_nobody_elses_code(registered: tuple[int, Actor]) -> None:
    unit_id, manager = registered
    other = purchases.unit()
    unit_commands.decide_unit(builders.admin(), unit_id, "return", "代码抄错了一位")
    taken = code_number(900_002)
    unit_commands.register_unit(builders.user(), replace(FACTS, uscc=taken), letter())
    with pytest.raises(Conflict):
        unit_commands.correct_unit(manager, unit_id, replace(FACTS, uscc=taken), None)
    assert state_of(unit_id) is UnitState.RETURNED
    assert state_of(other.id) is UnitState.ADMITTED


def test_a_plan_is_written_once_a_year_and_again_over_itself(
    app: Flask, freeze: Callable[[str], object]
) -> None:
    freeze("2026-11-26 10:00")
    unit = purchases.unit()
    unit_commands.save_plan(unit.manager, unit.id, 2026, PlanDraft(100, None, 50, 7))
    unit_commands.save_plan(unit.manager, unit.id, 2026, PlanDraft(300, 900, None, 0))
    unit_commands.save_plan(unit.manager, unit.id, 2025, PlanDraft(40))
    plan = unit_queries.plan_of(unit.id, 2026)
    assert plan is not None
    assert (plan.target_fen, plan.canteen_budget_fen, plan.union_budget_fen, plan.platform_832_fen) == (
        300,
        900,
        None,
        0,
    )
    assert sorted(unit_queries.plans_of(unit.id)) == [2025, 2026]
    details = db.session.scalars(
        select(AuditEntry.detail).where(AuditEntry.action == "units.plan").order_by(AuditEntry.id)
    ).all()
    assert details[1] == {"year": 2026, "before_fen": 100, "target_fen": 300}
    for year in (2022, 2028):
        with pytest.raises(InvalidInput):
            unit_commands.save_plan(unit.manager, unit.id, year, PlanDraft(100))


@pytest.mark.parametrize("state", [UnitState.SUBMITTED, UnitState.RETURNED, UnitState.SUSPENDED])
def test_a_unit_that_is_not_admitted_plans_nothing(app: Flask, state: UnitState) -> None:
    unit = purchases.unit(state=state)
    with pytest.raises(Conflict):
        unit_commands.save_plan(unit.manager, unit.id, 2026, PlanDraft(100))


def test_the_list_shows_who_waits_first_and_finds_by_name_code_and_place(app: Flask) -> None:
    admitted = purchases.unit("甲中学（示例）")
    waiting = purchases.unit("乙医院（示例）", state=UnitState.SUBMITTED)
    rows = unit_queries.units_page(page=1).items
    assert [row.id for row in rows] == [waiting.id, admitted.id]
    assert [row.id for row in unit_queries.units_page(page=1, text="甲中").items] == [admitted.id]
    assert [row.id for row in unit_queries.units_page(page=1, text="%").items] == []
    code = unit_queries.get_unit(waiting.id).uscc
    assert [row.id for row in unit_queries.units_page(page=1, text=code.lower()).items] == [waiting.id]
    assert unit_queries.units_page(page=1, region_code=builders.COUNTY).total == 0
    assert unit_queries.units_page(page=1, states=[UnitState.ADMITTED], kind=UnitKind.SCHOOL).total == 1
    assert unit_queries.count_units_by_state() == {UnitState.ADMITTED: 1, UnitState.SUBMITTED: 1}
    assert unit_queries.oldest_unit_waiting() is not None
    assert unit_queries.unit_names([admitted.id, 999]) == {admitted.id: "甲中学（示例）"}


def test_registering_audits_and_ends_no_session(app: Flask) -> None:
    person = builders.user()
    before = db.session.scalar(select(User.session_version).where(User.id == person.user_id))
    unit_commands.register_unit(person, FACTS, letter())
    assert db.session.scalar(select(User.session_version).where(User.id == person.user_id)) == before


def test_nothing_of_a_failed_registration_stays(app: Flask) -> None:
    person = builders.user()
    with pytest.raises(DomainError):
        unit_commands.register_unit(person, replace(FACTS, region_code=""), letter())
    assert again(person).unit_ids == []
