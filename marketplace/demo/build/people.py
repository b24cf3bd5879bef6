"""Users, households, suppliers and who may act for whom."""

from datetime import timedelta

from marketplace.accounts.commands import mobile_digest
from marketplace.accounts.models import Address, Role, RoleAssignment, ScopeKind, User
from marketplace.demo.build.standing import build_standing
from marketplace.demo.build.world import World
from marketplace.demo.content.households import buyers
from marketplace.demo.content.identity import phone
from marketplace.demo.content.loader import Person
from marketplace.demo.content.loader import Supplier as PlannedSupplier
from marketplace.kernel import clock, crypto
from marketplace.kernel.media import Media
from marketplace.parties.models import (
    Household,
    HouseholdStatusChange,
    Supplier,
    SupplierHousehold,
)
from marketplace.parties.rules import HouseholdStatus, SupplierKind
from marketplace.parties.workflow import SupplierState
from orders.fulfilment.models import FreightRule

#: Villages, towns and counties other than those of the logins have officials too, so that nothing waits for nobody.
_FIRST_PUBLIC_PHONE = 701
PLATFORM_ROLES = {"finance": Role.FINANCE, "auditor": Role.AUDITOR, "admin": Role.ADMIN}


def build_people(world: World, paper: Media) -> None:
    _users(world)
    _households(world)
    _suppliers(world, paper)
    _roles(world)
    _freight(world)


def _users(world: World) -> None:
    planned = [(p.login, p.name, p.phone) for p in world.content.people.values()]
    known = {login for login, _, _ in planned}
    planned += [(b.login, b.name, b.phone) for b in buyers(world.content) if b.login and b.login not in known]
    planned += [(f"official-{code}", f"示例干部{code[4:9]}", "") for code in _other_regions(world)]
    planned += [
        # the phones of copies' owners are those of the first
        (owner_of(s), s.contact, "" if world.content.copy else s.phone)
        for s in world.content.suppliers.values()
        if not s.login
    ]
    planned = [each for each in planned if each[0] not in world.users]
    users = [
        User(
            username=login,
            mobile=phone or None,
            mobile_digest=mobile_digest(phone) if phone else None,
            display_name=name,
            password_hash=world.password_hash,
            created_at=world.start,
        )
        for login, name, phone in planned
    ]
    world.rows.add_all(users)
    world.hired = {login for login, _, _ in planned}
    world.users.update({str(user.username): user.id for user in users})
    addresses = world.content.addresses
    world.rows.add_all(
        Address(
            user_id=world.users[login],
            recipient=name,
            mobile=phone,
            street_code=addresses[index].street,
            detail=addresses[index].detail,
            is_default=True,
        )
        for index, (login, name, phone) in enumerate(planned)
        if login in {"buyer", "buyer2"}
    )


def owner_of(supplier: PlannedSupplier) -> str:
    """The user name of a supplier's owner."""
    return supplier.login or f"owner-{supplier.code}"


def _other_regions(world: World) -> list[str]:
    """Every village, town and county of the demo that no login is an official of."""
    taken = {person.region for person in world.content.people.values() if person.region}
    codes = {
        code
        for village in world.content.village_households
        for code in (village, f"{village[:9]}000", f"{village[:6]}000000")
    }
    return sorted(codes - taken)


def _households(world: World) -> None:
    planned = world.plan.households
    rows = [
        Household(
            code=household.code,
            village_code=household.village,
            head_name=household.name,
            people=household.people,
            status=HouseholdStatus(household.status.value),
            id_number=household.id_number,
            id_digest=crypto.lookup_digest("household-id", household.id_number),
            mobile=household.phone or None,
            bank_name=household.bank_name,
            bank_account=household.bank_card,
            created_at=world.start,
        )
        for household in planned.values()
    ]
    world.rows.add_all(rows)
    world.households = {row.code: row.id for row in rows}
    world.villages = {row.id: row.village_code for row in rows}
    for village, count in world.content.village_households.items():
        world.count_to(f"household:{village}", world.content.first_household + count)
    world.rows.add_all(
        HouseholdStatusChange(
            household_id=row.id,
            status=row.status,
            valid_from=clock.local_date(world.start),
            recorded_at=world.start,
            recorded_by=world.users["admin"],
        )
        for row in rows
    )


def _supplier_row(world: World, planned: PlannedSupplier, number: int) -> Supplier:
    return Supplier(
        kind=SupplierKind(planned.kind.value),
        state=SupplierState.APPROVED,
        name=planned.name,
        uscc=planned.uscc or None,
        village_code=planned.village,
        sponsor_id=world.suppliers[planned.sponsor] if planned.sponsor else None,
        sponsor_agreed_at=world.start + timedelta(days=2) if planned.sponsor else None,
        household_id=world.households[planned.household] if planned.household else None,
        contact_name=planned.contact,
        contact_mobile=planned.phone,
        public_phone=phone(_FIRST_PUBLIC_PHONE + number) if planned.uscc else "",
        bank_name=planned.bank_name,
        bank_account_name=planned.name,
        bank_account=planned.bank_account,
        story=planned.story,
        created_at=world.start,
        submitted_at=world.start + timedelta(days=1),
        approved_at=world.start + timedelta(days=3),
        approved_by=world.users["admin"],
    )


def _suppliers(world: World, paper: Media) -> None:
    in_order = sorted(world.content.suppliers.values(), key=lambda supplier: supplier.sponsor is not None)
    for number, planned in enumerate(in_order):
        row = _supplier_row(world, planned, number)
        world.rows.add(row)
        world.suppliers[planned.code] = row.id
        build_standing(world, row, owner_of(planned), number, paper)
    linked = {
        (product.supplier, code)
        for product in world.content.products.values()
        for code in world.plan.households
        if code.split("-")[1] in product.linked
    }
    world.rows.add_all(
        SupplierHousehold(
            supplier_id=world.suppliers[supplier], household_id=world.households[code], since=world.start
        )
        for supplier, code in sorted(linked)
    )


def _scopes(world: World, person: Person) -> list[tuple[Role, ScopeKind, str]]:
    scopes: list[tuple[Role, ScopeKind, str]] = []
    for role in person.roles:
        if role == "supplier_owner" and person.supplier:
            scopes.append((Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, str(world.suppliers[person.supplier])))
        elif role == "household" and person.household:
            scopes.append((Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, str(world.households[person.household])))
        elif role == "official" and person.region:
            scopes.append((Role.OFFICIAL, ScopeKind.REGION, person.region))
        elif role in PLATFORM_ROLES:
            scopes.append((PLATFORM_ROLES[role], ScopeKind.PLATFORM, ""))
    return scopes


def _roles(world: World) -> None:
    given = [
        (login, *scope)
        for login, person in world.content.people.items()
        if login in world.hired
        for scope in _scopes(world, person)
    ]
    given += [(f"official-{code}", Role.OFFICIAL, ScopeKind.REGION, code) for code in _other_regions(world)]
    given += [
        (owner_of(s), Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, str(world.suppliers[s.code]))
        for s in world.content.suppliers.values()
        if not s.login
    ]
    world.rows.add_all(
        RoleAssignment(
            user_id=world.users[login],
            role=role,
            scope_kind=kind,
            scope_id=scope_id,
            granted_by=world.users["admin"],
            granted_at=world.start,
        )
        for login, role, kind, scope_id in given
        if login in world.hired
    )


def _freight(world: World) -> None:
    """A template's groups become one rule per named province and one for everywhere else."""
    for supplier in world.content.suppliers.values():
        template = world.content.freights[supplier.freight]
        supplier_id = world.suppliers[supplier.code]
        named = {p for group in template.groups for p in group.provinces if p != "*"} | set(template.excluded)
        for province in [*sorted(named), None]:
            group = template.group_for(f"{province or '00'}0000000000")
            world.rows.add(
                FreightRule(
                    supplier_id=supplier_id,
                    province_code=f"{province}0000000000" if province else None,
                    first_size=group.first_grams if group else 1000,
                    first_fen=group.first_fen if group else 0,
                    next_size=group.next_grams if group else 1000,
                    next_fen=group.next_fen if group else 0,
                    free_over_fen=(group.free_over_fen or None) if group else None,
                    is_excluded=group is None,
                )
            )
