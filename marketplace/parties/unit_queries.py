"""Reading partner units (包扶单位): who they are, who belongs to them, and their own plan of a year. What a unit bought
is reporting's, whom it is paired with is pairing's."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from marketplace.accounts.invitations import MemberRow, members_in
from marketplace.accounts.models import ScopeKind
from marketplace.kernel.columns import columns_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import PartnerUnit, UnitPlan
from marketplace.parties.rules import UnitKind
from marketplace.parties.workflow import UnitState
from marketplace.presentation import mask_mobile, mask_name
from marketplace.regions.queries import get_region, within


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit without personal data. ``reason`` is what the admin said last, while it still holds."""

    id: int
    kind: UnitKind
    state: UnitState
    name: str
    uscc: str
    region_code: str
    paper_id: int | None
    registered_at: datetime
    registered_by: int | None
    decided_at: datetime | None
    decided_by: int | None
    reason: str | None

    @property
    def is_admitted(self) -> bool:
        return self.state is UnitState.ADMITTED


@dataclass(frozen=True, slots=True)
class UnitContact:
    """In clear: only for the unit's own manager and the admin who admits it."""

    name: str = field(repr=False)
    mobile: str = field(repr=False)

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_mobile(self) -> str:
        return mask_mobile(self.mobile)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A unit's plan of a year, fen; a canteen budget of None says 无食堂, a union budget of None that there is none."""

    unit_id: int
    year: int
    target_fen: int
    canteen_budget_fen: int | None
    union_budget_fen: int | None
    platform_832_fen: int
    set_at: datetime


_UNIT = columns_of(PartnerUnit, UnitRow)
_PLAN = columns_of(UnitPlan, PlanRow)


def get_unit(unit_id: int) -> UnitRow:
    """Raises NotFound."""
    row = db.session.execute(select(*_UNIT).where(PartnerUnit.id == unit_id)).one_or_none()
    if row is None:
        raise NotFound
    return _unit(row)


def _unit(row: Sequence[Any]) -> UnitRow:
    """A row of ``_UNIT``: too many columns for their types to be told apart."""
    return UnitRow(*row)


def units_by_ids(unit_ids: Iterable[int]) -> dict[int, UnitRow]:
    """Units by id, for list pages; unknown ids are left out."""
    wanted = set(unit_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(*_UNIT).where(PartnerUnit.id.in_(wanted)))
    return {row[0]: _unit(row) for row in rows}


def unit_names(unit_ids: Iterable[int]) -> dict[int, str]:
    return {unit_id: unit.name for unit_id, unit in units_by_ids(unit_ids).items()}


def admitted_unit_ids(unit_ids: Collection[int]) -> set[int]:
    """Those of these units that may buy now: admitted and not suspended."""
    if not unit_ids:
        return set()
    return set(
        db.session.scalars(
            select(PartnerUnit.id).where(
                PartnerUnit.id.in_(unit_ids), PartnerUnit.state == UnitState.ADMITTED
            )
        )
    )


def admitted_units() -> list[tuple[int, str, str]]:
    """(id, name, code) of every admitted unit by name: to choose one in a form."""
    rows = db.session.execute(
        select(PartnerUnit.id, PartnerUnit.name, PartnerUnit.uscc)
        .where(PartnerUnit.state == UnitState.ADMITTED)
        .order_by(PartnerUnit.name)
    )
    return list(rows.all())


def units_page(
    *,
    page: int,
    states: Collection[UnitState] = (),
    kind: UnitKind | None = None,
    text: str = "",
    region_code: str = "",
) -> Page[UnitRow]:
    """Units for who admits them, those who wait longest first; ``text`` is a part of the name or the start of the
    code."""
    criteria: list[ColumnElement[bool]] = []
    if states:
        criteria.append(PartnerUnit.state.in_(states))
    if kind is not None:
        criteria.append(PartnerUnit.kind == kind)
    if text:
        criteria.append(
            PartnerUnit.name.contains(text, autoescape=True)
            | PartnerUnit.uscc.startswith(text.upper(), autoescape=True)
        )
    if region_code:
        criteria.append(within(PartnerUnit.region_code, get_region(region_code)))
    total = db.session.scalar(select(func.count()).select_from(PartnerUnit).where(*criteria)) or 0
    rows = db.session.execute(
        select(*_UNIT)
        .where(*criteria)
        .order_by(PartnerUnit.state != UnitState.SUBMITTED, PartnerUnit.registered_at, PartnerUnit.id)
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([_unit(row) for row in rows], page, total)


def count_units_by_state() -> dict[UnitState, int]:
    rows = db.session.execute(select(PartnerUnit.state, func.count()).group_by(PartnerUnit.state))
    return dict(rows.all())


def oldest_unit_waiting() -> datetime | None:
    """When the unit that waits longest for admission was registered."""
    return db.session.scalar(
        select(func.min(PartnerUnit.registered_at)).where(PartnerUnit.state == UnitState.SUBMITTED)
    )


def unit_contact(unit_id: int) -> UnitContact:
    """Raises NotFound."""
    row = db.session.execute(
        select(PartnerUnit.contact_name, PartnerUnit.contact_mobile).where(PartnerUnit.id == unit_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return UnitContact(*row)


def unit_paper(unit_id: int) -> Media:
    """The letter or licence a unit registered with; raises NotFound."""
    paper = db.session.scalar(
        select(Media).join(PartnerUnit, PartnerUnit.paper_id == Media.id).where(PartnerUnit.id == unit_id)
    )
    if paper is None:
        raise NotFound
    return paper


def plans_of(unit_id: int) -> dict[int, PlanRow]:
    """A unit's plans by year; there are as many as years."""
    rows = db.session.execute(select(*_PLAN).where(UnitPlan.unit_id == unit_id))
    return {row[1]: PlanRow(*row) for row in rows}


def plan_of(unit_id: int, year: int) -> PlanRow | None:
    """The unit's own plan of a year, or None when it has set none."""
    return plans_of(unit_id).get(year)


def members_of_unit(unit_id: int) -> list[MemberRow]:
    """Roles in force in a unit, managers first, then by when they came."""
    return members_in(ScopeKind.UNIT, unit_id)


def is_unit_member(user_id: int, unit_id: int) -> bool:
    """Whether a person belongs to a unit now: such a person decides nothing about it."""
    return any(member.user_id == user_id for member in members_of_unit(unit_id))
