"""The register of households as officials keep it: lists within their regions, and one with all that is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, String, cast, exists, func, literal, or_, select, union_all

from marketplace.accounts.models import Role, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.register_scope import lies_within, register_regions
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput, NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.kernel.transaction import transactional
from marketplace.parties.household_commands import (
    AddedHousehold,
    HouseholdDraft,
    HouseholdInClear,
    check_reason,
    find_or_create,
)
from marketplace.parties.household_queries import HouseholdCard, card_of, card_select, id_digest
from marketplace.parties.models import (
    Household,
    HouseholdMove,
    HouseholdStatusChange,
    Supplier,
    SupplierHousehold,
)
from marketplace.parties.rules import HouseholdStatus, check_id_number
from marketplace.regions.picker import is_village_of_city
from marketplace.regions.queries import RegionRow, names_of, within
from marketplace.regions.rules import place_name


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """``regions`` None: the whole city. ``text``: part of a code, or a whole identity number."""

    regions: Sequence[RegionRow] | None
    place: RegionRow | None = None
    status: HouseholdStatus | None = None
    linked: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RegisterCounts:
    total: int
    linked: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing on record about a household, in words."""

    title: str
    day: date
    text: str
    at: datetime
    by: str


def _linked() -> ColumnElement[bool]:
    return exists(select(SupplierHousehold.id).where(SupplierHousehold.household_id == Household.id))


def _criteria(wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    criteria: list[ColumnElement[bool]] = []
    if wanted.regions is not None:
        criteria.append(or_(*(within(Household.village_code, region) for region in wanted.regions)))
    if wanted.place is not None:
        criteria.append(within(Household.village_code, wanted.place))
    if wanted.status is not None:
        criteria.append(Household.status == wanted.status)
    if wanted.linked is not None:
        criteria.append(_linked() if wanted.linked else ~_linked())
    if wanted.text:
        criteria.append(_found_by(wanted.text))
    return criteria


def _found_by(text: str) -> ColumnElement[bool]:
    """By the keyed digest where it is an identity number: the number itself is nowhere to be searched."""
    try:
        return Household.id_digest == id_digest(check_id_number(text, clock.today()))
    except InvalidInput:
        return Household.code.contains(text.upper(), autoescape=True)


def register_page(wanted: RegisterFilter, page: int) -> Page[HouseholdCard]:
    """Masked cards by code. Two queries."""
    criteria = _criteria(wanted)
    total = db.session.scalar(select(func.count()).select_from(Household).where(*criteria)) or 0
    rows = db.session.execute(
        card_select().where(*criteria).order_by(Household.code).limit(PAGE_SIZE).offset(offset_of(page))
    )
    return Page([card_of(row) for row in rows], page, total)


def register_counts(regions: Sequence[RegionRow] | None) -> dict[HouseholdStatus, RegisterCounts]:
    """How many of each status, and how many of them some supplier works with. One query."""
    rows = db.session.execute(
        select(Household.status, func.count(), func.count().filter(_linked()))
        .where(*_criteria(RegisterFilter(regions)))
        .group_by(Household.status)
    )
    return {status: RegisterCounts(total, linked) for status, total, linked in rows}


def kept_household(actor: Actor, household_id: int) -> Household:
    """A household of one's own register. Raises NotFound for one that lives elsewhere."""
    household = db.session.get(Household, household_id)
    if household is None or not lies_within(household.village_code, register_regions(actor)):
        raise NotFound
    return household


def suppliers_linked(household_id: int) -> list[tuple[int, str, datetime]]:
    """(id, name, since) of the suppliers that work with it."""
    rows = db.session.execute(
        select(Supplier.id, Supplier.name, SupplierHousehold.since)
        .join(SupplierHousehold, SupplierHousehold.supplier_id == Supplier.id)
        .where(SupplierHousehold.household_id == household_id)
        .order_by(SupplierHousehold.since)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def happenings(household_id: int) -> list[Happening]:
    """Statuses and moves, newest first. One query, with the places of moves two."""
    status, move = HouseholdStatusChange, HouseholdMove
    statuses = (
        select(
            cast(status.status, String),
            literal(""),
            status.valid_from,
            status.reason,
            status.recorded_at,
            User.display_name,
        )
        .outerjoin(User, User.id == status.recorded_by)
        .where(status.household_id == household_id)
    )
    moves = (
        select(
            move.from_village,
            move.to_village,
            move.moved_on,
            move.reason,
            move.recorded_at,
            User.display_name,
        )
        .outerjoin(User, User.id == move.recorded_by)
        .where(move.household_id == household_id)
    )
    rows = db.session.execute(union_all(statuses, moves)).all()
    places = names_of({code for row in rows if row[1] for code in row[:2]})
    found = [
        Happening(_what_happened(row[0], row[1], places), row[2], row[3], row[4], row[5] or "系统")
        for row in rows
    ]
    return sorted(found, key=lambda each: (each.day, each.at), reverse=True)


def _what_happened(first: str, to_village: str, places: Mapping[str, str]) -> str:
    """``first`` is a status, or where there is ``to_village`` the village moved from."""
    if not to_village:
        return f"身份：{HouseholdStatus(first).label}"
    return f"从{place_name(places.get(first, ''))}迁到{place_name(places.get(to_village, ''))}"


@transactional
def move_household(actor: Actor, household_id: int, to_village: str, moved_on: date, reason: str) -> None:
    """Register that it lives in another village from a day on; its code stays, and so does what it earned before.

    By who keeps both villages' registers (a move between counties is the city's). Raises NotFound, InvalidInput.
    """
    household = kept_household(actor, household_id)
    if not is_village_of_city(to_village) or not lies_within(to_village, register_regions(actor)):
        raise InvalidInput("households.move_where", field="to_village")
    if to_village == household.village_code:
        raise InvalidInput("households.same_village", field="to_village")
    if moved_on > clock.today():
        raise InvalidInput("households.future", field="moved_on")
    why = check_reason(reason)
    record_move(household, to_village, moved_on, why, actor.user_id)


def record_move(household: Household, to_village: str, moved_on: date, reason: str, actor_id: int) -> None:
    """Part of the caller's transaction."""
    db.session.add(
        HouseholdMove(
            household_id=household.id,
            from_village=household.village_code,
            to_village=to_village,
            moved_on=moved_on,
            reason=reason[:200],
            recorded_at=clock.now(),
            recorded_by=actor_id,
        )
    )
    audit.record(
        actor_id,
        "households.move",
        "household",
        household.id,
        {"from": household.village_code, "to": to_village},
        reason=reason,
    )
    household.village_code = to_village


@transactional
def add_on_register(actor: Actor, draft: HouseholdDraft) -> AddedHousehold:
    """One by hand, in a village of one's own register. Raises InvalidInput at the field."""
    if not lies_within(draft.village_code, register_regions(actor)):
        raise InvalidInput("parties.village", field="village_code")
    return find_or_create(actor, draft)


@transactional
def correct_people(actor: Actor, household_id: int, people: int, reason: str) -> None:
    """How many live there. Raises NotFound, InvalidInput at ``people`` or ``reason``."""
    household = kept_household(actor, household_id)
    if not 1 <= people <= 30:
        raise InvalidInput("households.people", field="people")
    if people == household.people:
        raise InvalidInput("parties.nothing_changed", field="people")
    why = check_reason(reason)
    audit.record(
        actor.user_id,
        "households.people",
        "household",
        household.id,
        {"from": household.people, "to": people},
        reason=why,
    )
    household.people = people


@transactional
def unmask_on_register(actor: Actor, household_id: int, reason: str) -> HouseholdInClear:
    """In clear for one answer to an official of its region who says why; admins keep the register without seeing who.

    Raises NotFound, Forbidden, InvalidInput at ``reason``.
    """
    household = kept_household(actor, household_id)
    if not actor.has_role(Role.OFFICIAL) or not actor.official_regions:
        raise Forbidden
    why = check_reason(reason)
    audit.record(
        actor.user_id, "households.unmask", "household", household.id, {"as": "official"}, reason=why
    )
    return HouseholdInClear(
        head_name=household.head_name,
        id_number=household.id_number,
        mobile=household.mobile or "",
        bank_name=household.bank_name or "",
        bank_account=household.bank_account or "",
    )
