"""Outlets on all tiers, who works them, and for whom they collect produce."""

from datetime import timedelta

from marketplace.accounts.models import Role, RoleAssignment, ScopeKind, User
from marketplace.demo.build.world import World
from marketplace.demo.content.partners import Outlet as PlannedOutlet
from marketplace.demo.content.partners import Tier
from marketplace.kernel.clock import local_date
from marketplace.outlets.models import Outlet
from marketplace.outlets.rules import OutletTier
from marketplace.parties.models import SupplierOutlet
from marketplace.regions.queries import names_of

#: how an outlet is called after its place
CALLED = {Tier.COUNTY_CENTER: "电商服务中心", Tier.TOWN_STATION: "电商服务站", Tier.VILLAGE_POINT: "服务点"}
HOURS = {
    Tier.COUNTY_CENTER: "每天 8:30–18:00",
    Tier.TOWN_STATION: "每天 8:00–19:00",
    Tier.VILLAGE_POINT: "每天 7:30–20:00，午饭时敲门",
}
OTHER_HOURS = "每天 9:00–21:00"


def build_outlets(world: World) -> None:
    outlets = list(world.content.outlets.values())
    names = names_of({outlet.region for outlet in outlets})
    for index, planned in enumerate(outlets):
        _outlet(world, planned, names[planned.region], index)
        _operator(world, planned)
    grant_outlets(world)


def _outlet(world: World, planned: PlannedOutlet, place: str, index: int) -> None:
    opened = world.now - timedelta(days=400 + index * 17 % 900)
    row = Outlet(
        code=planned.code,
        name=planned.name or f"{place}{CALLED[planned.tier]}（示例）",
        tier=OutletTier(planned.tier.value),
        region_code=planned.region,
        street_code=planned.street,
        address=planned.address,
        phone=planned.phone,
        opening_hours=HOURS.get(planned.tier, OTHER_HOURS),
        takes_pickups=planned.tier is not Tier.COUNTER,
        collects_produce=planned.collects,
        opened_on=local_date(opened),
        created_at=world.start,
        created_by=world.users["admin"],
    )
    world.rows.add(row)
    world.outlets[planned.code] = row.id
    world.outlet_names[planned.code] = row.name
    county, number = planned.code.split("-")[1:]
    world.count_to(f"outlet:{county}", int(number))


def _operator(world: World, planned: PlannedOutlet) -> None:
    login = next((p.login for p in world.content.people.values() if p.outlet == planned.code), "")
    if not login:
        login = f"operator-{planned.code[3:]}"
        user = User(
            username=login,
            display_name="示例网点负责人",
            password_hash=world.password_hash,
            created_at=world.start,
        )
        world.rows.add(user)
        world.users[login] = user.id
    world.operators[planned.code] = world.users[login]
    world.rows.add(
        RoleAssignment(
            user_id=world.users[login],
            role=Role.OUTLET_OPERATOR,
            scope_kind=ScopeKind.OUTLET,
            scope_id=str(world.outlets[planned.code]),
            granted_by=world.users["admin"],
            granted_at=world.start,
        )
    )


def grant_outlets(world: World) -> None:
    """A supplier lets the stations and points of its own places collect for it."""
    collecting = [outlet for outlet in world.content.outlets.values() if outlet.collects]
    for code, supplier in world.content.suppliers.items():
        for outlet in collecting:
            if outlet.is_near(supplier.village) and not supplier.sponsor:
                world.collectors.setdefault(code, []).append(outlet.code)
                world.rows.add(
                    SupplierOutlet(
                        supplier_id=world.suppliers[code],
                        outlet_id=world.outlets[outlet.code],
                        granted_by=world.users["admin"],
                        granted_at=world.start,
                    )
                )
