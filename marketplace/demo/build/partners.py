"""Partner units with their members, their plans of a year, and whom they support."""

from datetime import timedelta

from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.demo.build.world import World
from marketplace.demo.content.partners import Unit, UnitStage, plan_arrangements
from marketplace.kernel import clock
from marketplace.kernel.media import Media
from marketplace.pairing.models import PairingArrangement, PairingTarget
from marketplace.pairing.rules import PairingKind
from marketplace.parties.models import PartnerUnit, UnitPlan
from marketplace.parties.rules import UnitKind
from marketplace.parties.workflow import UnitState

YUAN = 100
#: who does what in a unit, by the last part of the user name and what it is called
MEMBERS = {
    Role.UNIT_MANAGER: ("manager", "负责人"),
    Role.UNIT_BUYER: ("buyer", "采购员"),
    Role.UNIT_APPROVER: ("approver", "审批人"),
    Role.UNIT_FINANCE: ("finance", "财务"),
}


def build_partners(world: World, paper: Media) -> None:
    for unit in world.content.units.values():
        _unit(world, unit, paper)
        _members(world, unit)
        _plans(world, unit)
    _arrangements(world)


def _unit(world: World, planned: Unit, paper: Media) -> None:
    state = UnitState(planned.state.value)
    decided = planned.state is not UnitStage.SUBMITTED
    registered = world.now - timedelta(days=2) if planned.state is not UnitStage.ADMITTED else world.start
    row = PartnerUnit(
        kind=UnitKind(planned.kind),
        state=state,
        name=planned.name,
        uscc=planned.uscc,
        region_code=planned.region,
        contact_name=planned.contact,
        contact_mobile=planned.phone,
        paper_id=paper.id,
        registered_at=registered,
        decided_at=registered + timedelta(days=1) if decided else None,
        decided_by=world.users["admin"] if decided else None,
        reason=planned.reason or None,
    )
    world.rows.add(row)
    world.units[planned.code] = row.id


def _members(world: World, unit: Unit) -> None:
    """The four roles: those of the logins, and somebody invented for each other one."""
    held = {
        Role(role): person.login
        for person in world.content.people.values()
        if person.unit == unit.code
        for role in person.roles
        if role in set(MEMBERS)
    }
    wanted = MEMBERS if unit.state is UnitStage.ADMITTED else [Role.UNIT_MANAGER]
    for role in wanted:
        login = held.get(role) or _hire(world, unit, role)
        world.members[unit.code, role] = world.users[login]
        world.rows.add(
            RoleAssignment(
                user_id=world.users[login],
                role=role,
                scope_kind=ScopeKind.UNIT,
                scope_id=str(world.units[unit.code]),
                granted_by=world.users["admin"],
                granted_at=world.start,
            )
        )


def _hire(world: World, unit: Unit, role: Role) -> str:
    suffix, called = MEMBERS[role]
    login = f"{unit.code}-{suffix}"
    user = User(
        username=login,
        display_name=f"示例{called}",
        password_hash=world.password_hash,
        created_at=world.start,
    )
    world.rows.add(user)
    world.users[login] = user.id
    return login


def _plans(world: World, unit: Unit) -> None:
    if unit.year is None:
        return
    this_year = clock.local_date(world.now).year
    for year in (this_year - 1, this_year):
        world.rows.add(
            UnitPlan(
                unit_id=world.units[unit.code],
                year=year,
                target_fen=unit.year.target * YUAN,
                canteen_budget_fen=unit.year.canteen * YUAN if unit.year.canteen is not None else None,
                union_budget_fen=unit.year.union * YUAN if unit.year.union is not None else None,
                platform_832_fen=unit.year.platform_832 * YUAN,
                set_by=world.members[unit.code, Role.UNIT_MANAGER],
                set_at=world.start,
            )
        )


def _arrangements(world: World) -> None:
    for planned in plan_arrangements(world.content.units, clock.local_date(world.now)):
        row = PairingArrangement(
            unit_id=world.units[planned.unit],
            village_code=planned.village,
            household_id=world.households[planned.household] if planned.household else None,
            kind=PairingKind(planned.kind),
            starts_on=planned.starts_on,
            ends_on=planned.ends_on,
            created_at=world.start,
            created_by=world.users["city"],
        )
        world.rows.add(row)
        world.rows.add_all(
            PairingTarget(arrangement_id=row.id, year=year, target_fen=yuan * YUAN)
            for year, yuan in planned.targets.items()
        )
