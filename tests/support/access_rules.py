"""Who may see or do what: the access rules written anew from ``domain.md``, a second opinion on the shop's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor

#: leading digits that name a region of a level
LEVELS = {"city": 4, "county": 6, "town": 9, "village": 12}


@dataclass(frozen=True)
class Thing:
    """``args`` fill the address. ``ours`` False marks a pair that does not belong together: nobody's."""

    args: dict[str, Any]
    supplier: int | None = None
    suppliers: frozenset[int] = frozenset()
    region: str = ""
    buyer: int | None = None
    households: frozenset[int] = frozenset()
    villages: frozenset[str] = frozenset()
    sponsor: int | None = None
    #: partner units it is of, or that may know of it
    units: frozenset[int] = frozenset()
    #: outlets it lies at or was placed, collected or may be collected by
    outlets: frozenset[int] = frozenset()
    submitted: bool = True
    ours: bool = True


Enumerate = Callable[[], Iterator[Thing]]
May = Callable[[Actor | None, Thing], bool]


@dataclass(frozen=True)
class Access:
    """``sees`` (more than ``may``) is who may know of the object: to them any refusal is fair."""

    things: Enumerate
    may: May
    sees: May | None = None


def prefix_of(code: str) -> str:
    """The digits of an official's region; the test's officials are of a city, county, town or village."""
    for length in LEVELS.values():
        if set(code[length:]) <= {"0"}:
            return code[:length]
    return code


def anyone(actor: Actor | None, thing: Thing) -> bool:
    return True


def buyer(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and actor.user_id == thing.buyer


def holder_of_secret(actor: Actor | None, thing: Thing) -> bool:
    """A guest's checkout is for whoever has its address; a member's for that member only."""
    return thing.buyer is None or buyer(actor, thing)


def seller(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and bool(set(actor.supplier_ids) & {thing.supplier, *thing.suppliers})


def supplier_owner(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and thing.supplier in actor.owned_supplier_ids


def sponsor(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and thing.sponsor in actor.supplier_ids


def seller_or_sponsor(actor: Actor | None, thing: Thing) -> bool:
    return seller(actor, thing) or sponsor(actor, thing)


def operator(actor: Actor | None, thing: Thing) -> bool:
    """Who works the very outlet."""
    return actor is not None and bool(thing.outlets & set(actor.outlet_ids))


def unit_member(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and bool(thing.units & set(actor.unit_ids))


def unit_role(*roles: Role) -> May:
    """Somebody with one of these roles in the very unit, not only in another one."""

    def may(actor: Actor | None, thing: Thing) -> bool:
        return actor is not None and any(
            grant.scope_kind is ScopeKind.UNIT and grant.role in roles and int(grant.scope_id) in thing.units
            for grant in actor.grants
        )

    return may


unit_manager = unit_role(Role.UNIT_MANAGER)
unit_buyer = unit_role(Role.UNIT_BUYER, Role.UNIT_MANAGER)
unit_approver = unit_role(Role.UNIT_APPROVER)
unit_payer = unit_role(Role.UNIT_FINANCE, Role.UNIT_MANAGER)


def buyer_or_unit(actor: Actor | None, thing: Thing) -> bool:
    """A member's order is the member's; a unit's is that of the unit's buyers, whoever drew it up."""
    return unit_buyer(actor, thing) if thing.units else buyer(actor, thing)


def reader_of_order(actor: Actor | None, thing: Thing) -> bool:
    return unit_member(actor, thing) if thing.units else buyer(actor, thing)


def household_member(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and bool(thing.households & set(actor.household_ids))


def official_over(actor: Actor | None, thing: Thing) -> bool:
    """What lies in one's region, once submitted; a village also sees what names its households."""
    if actor is None or not thing.submitted:
        return False
    scopes = [prefix_of(code) for code in actor.official_regions]
    return any(thing.region.startswith(scope) for scope in scopes) or bool(
        thing.villages & set(actor.official_regions)
    )


def village_official(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and thing.submitted and thing.region in actor.official_regions


def asked_village(actor: Actor | None, thing: Thing) -> bool:
    """An official of a village with a household in it."""
    return actor is not None and thing.submitted and bool(thing.villages & set(actor.official_regions))


def city_official(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and any(
        len(prefix_of(code)) == LEVELS["city"] and thing.region.startswith(prefix_of(code))
        for code in actor.official_regions
    )


def supervisor(actor: Actor | None, thing: Thing) -> bool:
    """Whoever sees it in a region larger than a village; whether it is late the command says."""
    return (
        actor is not None
        and thing.submitted
        and any(
            len(prefix_of(code)) < LEVELS["village"] and thing.region.startswith(prefix_of(code))
            for code in actor.official_regions
        )
    )


def county_or_city_official(actor: Actor | None, thing: Thing) -> bool:
    return actor is not None and any(
        len(prefix_of(code)) in {LEVELS["city"], LEVELS["county"]}
        and thing.region.startswith(prefix_of(code))
        for code in actor.official_regions
    )


def party_to_payout(actor: Actor | None, thing: Thing) -> bool:
    """The one who paid, the one who was paid, officials where it lives, and who checks the books."""
    return (
        seller(actor, thing)
        or household_member(actor, thing)
        or official_over(actor, thing)
        or (actor is not None and actor.has_role(Role.FINANCE, Role.AUDITOR))
    )


def keeper_of_register(actor: Actor | None, thing: Thing) -> bool:
    """An admin keeps the whole city's registers, an official those of its regions."""
    if actor is None:
        return False
    if actor.has_role(Role.ADMIN):
        return True
    return any(thing.region.startswith(prefix_of(code)) for code in actor.official_regions)


def official_of_register(actor: Actor | None, thing: Thing) -> bool:
    """An official of its region; an admin keeps the register without seeing who is on it."""
    return actor is not None and any(
        thing.region.startswith(prefix_of(code)) for code in actor.official_regions
    )


def reader_of_reports(actor: Actor | None, thing: Thing) -> bool:
    """The platform sees every order, an official those with goods from their region."""
    if actor is None:
        return False
    if actor.has_role(Role.FINANCE, Role.AUDITOR, Role.ADMIN):
        return True
    return any(
        village.startswith(prefix_of(code)) for code in actor.official_regions for village in thing.villages
    )
