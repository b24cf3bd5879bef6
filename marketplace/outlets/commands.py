"""Writing outlets: the register, closing and opening, and who works one. An official writes within its regions only."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.accounts.commands import grant_role, revoke_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import find_user_id
from marketplace.accounts.register_scope import lies_within, register_regions, require_within
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.imports import audit_detail, differences
from marketplace.kernel.numbering import next_numbers
from marketplace.kernel.transaction import transactional
from marketplace.outlets.models import Outlet
from marketplace.outlets.queries import OutletRow, get_outlet, operators_of
from marketplace.outlets.rules import WANTED, OutletTier
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import RegionRow, find_region, full_name
from marketplace.regions.rules import RegionLevel, county_code_of, town_code_of

REASON_MIN = 4


@dataclass(frozen=True, slots=True)
class OutletFacts:
    """What is written about an outlet. ``street_code`` may be "" where the region it serves lies in a town."""

    name: str
    tier: OutletTier
    region_code: str
    street_code: str
    address: str
    phone: str = ""
    opening_hours: str = ""
    takes_pickups: bool = True
    collects_produce: bool = True
    opened_on: date | None = None


def facts_of(row: OutletRow) -> OutletFacts:
    return OutletFacts(
        row.name,
        row.tier,
        row.region_code,
        row.street_code,
        row.address,
        row.phone,
        row.opening_hours,
        row.takes_pickups,
        row.collects_produce,
        row.opened_on,
    )


def words_of(facts: OutletFacts) -> dict[str, str]:
    """The facts as people read them, by the labels of the form and the table."""
    return {
        "名称": facts.name,
        "类型": facts.tier.label,
        "服务地区": full_name(facts.region_code),
        "地址所在镇街": full_name(facts.street_code) if facts.street_code else "",
        "详细地址": facts.address,
        "电话": facts.phone,
        "营业时间": facts.opening_hours,
        "可以自提": "是" if facts.takes_pickups else "否",
        "收农产品": "是" if facts.collects_produce else "否",
        "开业日期": facts.opened_on.isoformat() if facts.opened_on else "",
    }


def street_of(region: RegionRow, written: str) -> str:
    """The town of the address: the written one, or the one the region lies in. Raises InvalidInput at ``street``."""
    code = written or (town_code_of(region.code) if region.level.rank >= RegionLevel.TOWN.rank else "")
    if not code:
        raise InvalidInput("outlets.street", field="street")
    street = find_region(code)
    if street is None or street.level is not RegionLevel.TOWN or not code.startswith(CITY_CODE[:4]):
        raise InvalidInput("outlets.street", field="street")
    return code


def checked(facts: OutletFacts) -> OutletFacts:
    """The facts with their street, fit to be stored; raises InvalidInput at the field."""
    region = find_region(facts.region_code)
    if region is None or not region.code.startswith(CITY_CODE[:4]) or not facts.tier.fits(region.level):
        raise InvalidInput(
            "outlets.region",
            field="region",
            tier=facts.tier.label,
            wanted=WANTED.get(facts.tier, "至少选到区县"),
        )
    name, address = facts.name.strip(), facts.address.strip()
    if not 2 <= len(name) <= 60:
        raise InvalidInput("outlets.name", field="name")
    if not 2 <= len(address) <= 80:
        raise InvalidInput("outlets.address", field="address")
    return OutletFacts(
        name,
        facts.tier,
        region.code,
        street_of(region, facts.street_code),
        address,
        facts.phone.strip()[:20],
        facts.opening_hours.strip()[:60],
        facts.takes_pickups,
        facts.collects_produce,
        facts.opened_on,
    )


def new_codes(region_codes: Sequence[str]) -> list[str]:
    """``WD-610124-0001`` for an outlet in each of these places: numbered within its county, in the running transaction.
    A number that came with rows written by other means is passed over."""
    counties = [county_code_of(code)[:6] for code in region_codes]
    free = {county: _free_codes(county, count) for county, count in sorted(Counter(counties).items())}
    return [next(free[county]) for county in counties]


def _free_codes(county: str, count: int) -> Iterator[str]:
    found: list[str] = []
    while missing := count - len(found):
        drawn = [f"WD-{county}-{number:04d}" for number in next_numbers(f"outlet:{county}", missing)]
        taken = set(db.session.scalars(select(Outlet.code).where(Outlet.code.in_(drawn))))
        found += [code for code in drawn if code not in taken]
    return iter(found)


@transactional
def save_outlet(actor: Actor, facts: OutletFacts, outlet_id: int | None = None) -> int:
    """Put an outlet on the register, or correct it; its code stays. Returns its id.

    Raises NotFound for an outlet outside the actor's regions, InvalidInput at a field, Conflict for a second one of the
    same name, tier and place.
    """
    regions = register_regions(actor)
    before = None if outlet_id is None else _own(outlet_id, regions)
    facts = checked(facts)
    if not lies_within(facts.region_code, regions):
        raise InvalidInput("outlets.not_yours", field="region")
    same = select(Outlet.id).where(
        Outlet.name == facts.name,
        Outlet.tier == facts.tier,
        Outlet.region_code == facts.region_code,
        Outlet.id != (outlet_id or 0),
    )
    if db.session.scalar(same.limit(1)) is not None:
        raise Conflict("outlets.same", field="name")
    return write(actor, facts, before)


def write(actor: Actor, facts: OutletFacts, before: OutletRow | None) -> int:
    """Store checked facts in the running transaction, with what changed on the record."""
    if before is None:
        return add_outlets(actor, [facts])[0]
    _set(db.session.get_one(Outlet, before.id), facts)
    changes = differences(words_of(facts_of(before)), words_of(facts))
    if changes:
        audit.record(actor.user_id, "outlets.edit", "outlet", before.id, audit_detail(changes))
    return before.id


def add_outlets(actor: Actor, many: Sequence[OutletFacts]) -> list[int]:
    """Put checked facts on the register as new outlets, in the running transaction; their ids, in that order.

    Nothing is asked row by row: while a table is written nobody else writes.
    """
    rows = []
    for code, facts in zip(new_codes([facts.region_code for facts in many]), many, strict=True):
        rows.append(Outlet(code=code, created_at=clock.now(), created_by=actor.user_id))
        _set(rows[-1], facts)
    db.session.add_all(rows)
    db.session.flush()
    for row in rows:
        detail = {"code": row.code, "tier": row.tier.label}
        audit.record(actor.user_id, "outlets.add", "outlet", row.id, detail)
    return [row.id for row in rows]


def _set(row: Outlet, facts: OutletFacts) -> None:
    row.name, row.tier = facts.name, facts.tier
    row.region_code, row.street_code, row.address = facts.region_code, facts.street_code, facts.address
    row.phone, row.opening_hours, row.opened_on = facts.phone, facts.opening_hours, facts.opened_on
    row.takes_pickups, row.collects_produce = facts.takes_pickups, facts.collects_produce


def _own(outlet_id: int, regions: list[RegionRow] | None) -> OutletRow:
    found = get_outlet(outlet_id)
    require_within(found.region_code, regions)
    return found


def outlet_for(actor: Actor, outlet_id: int) -> OutletRow:
    """An outlet this person keeps the register of; raises NotFound for any other."""
    return _own(outlet_id, register_regions(actor))


@transactional
def set_open(actor: Actor, outlet_id: int, is_open: bool, reason: str) -> None:
    """Close an outlet, or open it again. A closed one is on no public list and takes no new orders; what it has
    promised it still hands over. Raises NotFound, InvalidInput at ``reason``."""
    found = outlet_for(actor, outlet_id)
    why = _reason(reason)
    if found.is_open is is_open:
        raise Conflict("outlets.already")
    mark(actor, found.id, is_open, why)


def mark(actor: Actor, outlet_id: int, is_open: bool, reason: str | None) -> None:
    """Open or closed from now on, in the running transaction."""
    db.session.get_one(Outlet, outlet_id).is_open = is_open
    audit.record(
        actor.user_id, "outlets.reopen" if is_open else "outlets.close", "outlet", outlet_id, reason=reason
    )


@transactional
def appoint_operator(actor: Actor, outlet_id: int, identifier: str, reason: str) -> None:
    """Let the person with this user name or mobile number work the outlet.

    Raises NotFound for a foreign outlet, InvalidInput at ``identifier`` when there is no such account, it is one's own
    or disabled, or at ``reason``.
    """
    found = outlet_for(actor, outlet_id)
    why = _reason(reason)
    user_id = find_user_id(identifier)
    if user_id is None:
        raise InvalidInput("outlets.no_account", field="identifier")
    if user_id == actor.user_id:
        raise InvalidInput("outlets.not_yourself", field="identifier")
    if any(each.user_id == user_id for each in operators_of([found.id])[found.id]):
        raise Conflict("outlets.is_operator", field="identifier")
    grant_role(user_id, Role.OUTLET_OPERATOR, ScopeKind.OUTLET, str(found.id), actor.user_id, why)
    audit.record(actor.user_id, "outlets.appoint", "outlet", found.id, {"user": user_id}, why)


@transactional
def withdraw_operator(actor: Actor, outlet_id: int, assignment_id: int, reason: str) -> None:
    """Take the outlet from somebody; their sessions end. Raises NotFound, InvalidInput at ``reason``."""
    found = outlet_for(actor, outlet_id)
    why = _reason(reason)
    held = next(
        (each for each in operators_of([found.id])[found.id] if each.assignment_id == assignment_id), None
    )
    if held is None:
        raise NotFound
    revoke_role(assignment_id, actor.user_id, why)
    audit.record(actor.user_id, "outlets.dismiss", "outlet", found.id, {"user": held.user_id}, why)


def _reason(text: str) -> str:
    why = text.strip()
    if len(why) < REASON_MIN:
        raise InvalidInput("accounts.reason", field="reason", minimum=REASON_MIN)
    return why[:200]
